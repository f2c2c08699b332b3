// The core's own parts of a JPEG decoder against those of libjpeg that they take the place of.
#include "image/decode.h"
#include "image/encode.h"
#include "image/jpeg_simd128.h"
#include "image/turbo_decode.h"
#include "image_files.h"
#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <string>
#ifdef __wasm_simd128__
extern "C" {
#include <jdct.h>
}
#endif

namespace picfind::test {
namespace {

LeastSize least_for(int width, int height, int eighths) { return {std::min(width, height) * eighths / 8, 0}; }

void expect_same(const Expected<Picture>& own, const Expected<Picture>& libjpeg, const std::string& what) {
  ASSERT_TRUE(own && libjpeg) << what;
  ASSERT_EQ(own->eighths, libjpeg->eighths) << what;
  const auto bytes = std::size_t(libjpeg->scaled(libjpeg->width)) * std::size_t(libjpeg->scaled(libjpeg->height)) * 4;
  EXPECT_TRUE(std::equal(own->rgba.get(), own->rgba.get() + bytes, libjpeg->rgba.get()))
      << what << " at " << own->eighths << "/8";
}

void expect_same_at_every_scale(const Bytes& file, const std::string& what) {
  const auto whole = turbo_decode(file, {}, JpegMethods::libjpeg);
  ASSERT_TRUE(whole) << what;
  for (int eighths = 1; eighths <= 8; eighths++) {
    const auto least = least_for(whole->width, whole->height, eighths);
    expect_same(turbo_decode(file, least), turbo_decode(file, least, JpegMethods::libjpeg), what);
  }
}

Bytes jpeg_of(Bytes rgba, int width, int height, int quality) {
  return thumbnail(*from_pixels(std::move(rgba), width, height, 1, ""), std::max(width, height), quality);
}

TEST(JpegMethods, EveryKindOfFileHasLibjpegsPixelsAtEveryScale) {
  for (const auto* name : {"420.jpg", "422.jpg", "444.jpg", "411.jpg", "440.jpg", "grey.jpg", "cmyk.jpg", "ycck.jpg",
                           "progressive.jpg", "restarts.jpg", "arithmetic.jpg", "scan-each.jpg", "oriented-6.jpg"})
    expect_same_at_every_scale(image_file(name), name);
}

TEST(JpegMethods, NoiseOfAnySizeAndQualityHasLibjpegsPixels) {
  // The finer the quality, the longer the codes; the width goes through every rest of a block.
  for (const int quality : {5, 50, 90, 91, 100})
    for (const int width : {1, 7, 15, 16, 17, 33, 190, 301})
      expect_same_at_every_scale(jpeg_of(noise(width, 77), width, 77, quality),
                                 std::to_string(width) + " wide, quality " + std::to_string(quality));
}

TEST(JpegMethods, AFlatPictureHasLibjpegsPixels) {
  expect_same_at_every_scale(jpeg_of(Bytes(std::size_t{64} * 64 * 4, 200), 64, 64, 85), "flat");
}

TEST(JpegMethods, ADamagedFileIsAnErrorOrHasLibjpegsPixels) {
  Random random;
  int decoded = 0, failed = 0;
  for (const auto* name : {"420.jpg", "444.jpg", "restarts.jpg", "grey.jpg", "cmyk.jpg"})
    for (int i = 0; i < 200; i++) {
      auto file = image_file(name);
      for (std::uint64_t flips = random.below(3); flips <= 3; flips++)
        file[file.size() / 4 + random.below(file.size() * 3 / 4)] ^= std::uint8_t(1u << random.below(8));
      const LeastSize least{i % 2 == 0 ? 0 : 8, 0};
      const auto own = turbo_decode(file, least), libjpeg = turbo_decode(file, least, JpegMethods::libjpeg);
      if (own)
        expect_same(own, libjpeg, name);
      else
        EXPECT_EQ(own.error().code, libjpeg ? ErrorCode::corrupt : libjpeg.error().code) << own.error().message;
      (own ? decoded : failed)++;
    }
  EXPECT_GT(decoded, 100);
  EXPECT_GT(failed, 100);
}

TEST(JpegMethods, ATruncatedFileIsAnErrorAtEveryByte) {
  const auto file = image_file("420.jpg");
  for (std::size_t size = file.size() * 9 / 10; size < file.size(); size++)
    EXPECT_FALSE(turbo_decode(std::span(file).first(size), {})) << size;
}

#ifdef __wasm_simd128__

/// A decoder of libjpeg that has begun with a file, for its tables and methods.
class StartedDecoder {
public:
  explicit StartedDecoder(Bytes file) : file_(std::move(file)) {
    info.err = jpeg_std_error(&errors_);
    jpeg_create_decompress(&info);
    source_.next_input_byte = file_.data();
    source_.bytes_in_buffer = file_.size();
    source_.init_source = source_.term_source = [](j_decompress_ptr) {};
    source_.fill_input_buffer = [](j_decompress_ptr) -> boolean { std::abort(); };
    source_.skip_input_data = [](j_decompress_ptr decoder, long count) {
      decoder->src->next_input_byte += count;
      decoder->src->bytes_in_buffer -= std::size_t(count);
    };
    info.src = &source_;
    jpeg_read_header(&info, TRUE);
    info.out_color_space = JCS_EXT_RGBA;
    jpeg_start_decompress(&info);
  }
  StartedDecoder(const StartedDecoder&) = delete;
  StartedDecoder& operator=(const StartedDecoder&) = delete;
  ~StartedDecoder() { jpeg_destroy_decompress(&info); }

  jpeg_decompress_struct info{};

private:
  Bytes file_;
  jpeg_error_mgr errors_{};
  jpeg_source_mgr source_{};
};

using Block = std::array<JCOEF, DCTSIZE2>;
constexpr std::size_t longest = 12;
using Samples = std::array<JSAMPLE, (longest + 2) * (longest + 2)>;

/// A block's samples with a byte around them that must stay as it is.
Samples samples(inverse_DCT_method_ptr method, StartedDecoder& decoder, std::array<int, DCTSIZE2>& quantisers,
                Block& block) {
  Samples pixels;
  pixels.fill(77);
  std::array<JSAMPROW, longest> rows;
  for (std::size_t i = 0; i < rows.size(); i++)
    rows[i] = &pixels[(i + 1) * (longest + 2)];
  jpeg_component_info component{};
  component.dct_table = quantisers.data();
  method(&decoder.info, &component, block.data(), rows.data(), 1);
  return pixels;
}

TEST(JpegMethods, InverseDctsAreLibjpegsForAnyCoefficients) {
  StartedDecoder decoder(image_file("444.jpg"));
  Random random;
  struct Case {
    int size;
    inverse_DCT_method_ptr libjpeg;
  };
  for (const auto& [size, libjpeg] :
       {Case{3, jpeg_idct_3x3}, Case{6, jpeg_idct_6x6}, Case{8, jpeg_idct_islow}, Case{12, jpeg_idct_12x12}}) {
    const auto own = simd128::inverse_dct(size);
    ASSERT_NE(own, nullptr);
    // Up to 16-bit coefficients times 16-bit quantisers, which no encoder makes and a damaged file can hold.
    for (const int coefficient_bits : {1, 4, 8, 11, 16})
      for (const int quantiser_bits : {1, 5, 8, 16})
        for (const std::uint64_t nonzero : {1, 3, 10, 64})
          for (int i = 0; i < 200; i++) {
            Block block{};
            std::array<int, DCTSIZE2> quantisers;
            for (auto& quantiser : quantisers)
              quantiser = int(random.below(1ull << quantiser_bits));
            const auto range = 1ll << coefficient_bits;
            const auto value = [&] {
              return JCOEF(static_cast<long long>(random.below(std::uint64_t(range))) - range / 2);
            };
            block[0] = value();
            for (std::uint64_t n = 1; n < nonzero; n++)
              block[random.below(DCTSIZE2)] = value();
            ASSERT_EQ(samples(own, decoder, quantisers, block), samples(libjpeg, decoder, quantisers, block))
                << size << "×" << size << ", " << coefficient_bits << " and " << quantiser_bits << " bits";
          }
  }
}

TEST(JpegMethods, EveryColourIsLibjpegs) {
  StartedDecoder decoder(image_file("444.jpg"));
  constexpr std::size_t width = 256;
  decoder.info.output_width = width;
  std::array<JSAMPLE, width> y, cb, cr;
  std::array<JSAMPROW, 1> ys{y.data()}, cbs{cb.data()}, crs{cr.data()};
  std::array<JSAMPARRAY, 3> planes{ys.data(), cbs.data(), crs.data()};
  std::array<JSAMPLE, width * 4> own, libjpeg;
  std::array<JSAMPROW, 1> own_row{own.data()}, libjpeg_row{libjpeg.data()};
  for (int red = 0; red < 256; red++)
    for (const int light : {0, 1, 77, 128, 254, 255}) {
      y.fill(JSAMPLE(light));
      cr.fill(JSAMPLE(red));
      for (std::size_t i = 0; i < width; i++)
        cb[i] = JSAMPLE(i);
      simd128::ycc_to_rgba(&decoder.info, planes.data(), 0, own_row.data(), 1);
      decoder.info.cconvert->color_convert(&decoder.info, planes.data(), 0, libjpeg_row.data(), 1);
      ASSERT_EQ(own, libjpeg) << "Y " << light << ", Cr " << red;
    }
}

#endif

}  // namespace
}  // namespace picfind::test
