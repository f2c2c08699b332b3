#include "turbo_decode.h"
#include "huffman_decoder.h"
#include "jpeg_internals.h"
#include "jpeg_simd128.h"
#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdlib>
#include <string_view>

namespace picfind {
namespace {

/// Every scan of a progressive file costs a pass over the whole picture; encoders write about ten.
constexpr int max_scans = 500;
constexpr std::int64_t max_scanned_pixels = 64 * max_pixels;

/// Warnings after which libjpeg makes pixels up. The others are about data that it does not need.
bool means_damage(int warning) {
  constexpr std::array damage{JWRN_ARITH_BAD_CODE, JWRN_BOGUS_PROGRESSION, JWRN_HIT_MARKER,
                              JWRN_HUFF_BAD_CODE,  JWRN_JPEG_EOF,          JWRN_MUST_RESYNC};
  return std::ranges::find(damage, warning) != damage.end();
}

ErrorCode code_of(int failure) {
  switch (failure) {
  case JERR_OUT_OF_MEMORY:
  case JERR_IMAGE_TOO_BIG:
  case JERR_WIDTH_OVERFLOW:
    return ErrorCode::too_large;
  case JERR_SOF_UNSUPPORTED:
  case JERR_BAD_PRECISION:
  case JERR_COMPONENT_COUNT:
  case JERR_CONVERSION_NOTIMPL:
  case JERR_FRACT_SAMPLE_NOTIMPL:
  case JERR_CCIR601_NOTIMPL:
    return ErrorCode::unsupported;
  default:
    return ErrorCode::corrupt;
  }
}

/// The smallest scale that `least` allows.
int eighths_for(int width, int height, LeastSize least) {
  const auto [short_side, long_side] = std::minmax({std::int64_t{width}, std::int64_t{height}});
  for (int eighths = 1; eighths < 8; eighths++)
    if (short_side * eighths >= std::int64_t{8} * least.short_side &&
        long_side * eighths >= std::int64_t{8} * least.long_side)
      return eighths;
  return 8;
}

/// CMYK to RGBA in place, as Pillow converts it. Inks are stored inverted, as all programs do.
void inks_to_rgba(std::uint8_t* pixel, std::size_t pixels) {
  for (std::size_t i = 0; i < pixels; i++, pixel += 4) {
    const std::uint32_t light = pixel[3];
    for (std::size_t c = 0; c < 3; c++) {
      const std::uint32_t absorbed = (255u - pixel[c]) * light + 128;
      pixel[c] = std::uint8_t(light - std::min(light, ((absorbed >> 8) + absorbed) >> 8));
    }
    pixel[3] = 255;
  }
}

/// libjpeg ends a call that fails by jumping out of it. So whatever may fail runs inside `guarded`, and nothing with a
/// destructor is made there.
class TurboDecoder {
public:
  explicit TurboDecoder(std::span<const std::uint8_t> bytes) : size_(bytes.size()) {
    info_.err = jpeg_std_error(&errors_);
    info_.client_data = this;
    errors_.error_exit = [](j_common_ptr info) { std::longjmp(of(info).failed_, 1); };
    errors_.emit_message = [](j_common_ptr info, int level) {
      if (level < 0 && means_damage(info->err->msg_code)) info->err->error_exit(info);
    };
    progress_.progress_monitor = [](j_common_ptr info) { of(info).check_scans(); };
    source_.next_input_byte = bytes.data();
    source_.bytes_in_buffer = bytes.size();
    source_.init_source = [](j_decompress_ptr) {};
    source_.term_source = [](j_decompress_ptr) {};
    source_.resync_to_restart = jpeg_resync_to_restart;
    source_.fill_input_buffer = [](j_decompress_ptr info) -> boolean {
      ERREXIT(info, JERR_INPUT_EOF);
      return FALSE;
    };
    source_.skip_input_data = [](j_decompress_ptr info, long count) {
      if (count <= 0) return;
      if (std::size_t(count) > info->src->bytes_in_buffer) ERREXIT(info, JERR_INPUT_EOF);
      info->src->next_input_byte += count;
      info->src->bytes_in_buffer -= std::size_t(count);
    };
  }
  TurboDecoder(const TurboDecoder&) = delete;
  TurboDecoder& operator=(const TurboDecoder&) = delete;
  ~TurboDecoder() { jpeg_destroy_decompress(&info_); }

  Expected<Picture> run(LeastSize least, JpegMethods methods) {
    if (!guarded([this] { read_header(); })) return failure();
    const int width = int(info_.image_width), height = int(info_.image_height);
    if (auto checked = check_size(width, height); !checked) return std::unexpected(checked.error());

    const int eighths = eighths_for(width, height, least);
    if (!guarded([this, eighths, methods] { start(eighths, methods); })) return failure();
    if (lacks_component()) return fail(ErrorCode::corrupt, "the JPEG file has no data for one of its components");

    const std::size_t row_bytes = std::size_t{info_.output_width} * 4;
    const std::shared_ptr<std::uint8_t[]> rgba(static_cast<std::uint8_t*>(std::malloc(row_bytes * info_.output_height)),
                                               std::free);
    if (!rgba) return fail(ErrorCode::too_large, "there is not enough memory for the picture's pixels");
    if (!guarded([this, pixels = rgba.get(), row_bytes] { read_pixels(pixels, row_bytes); })) return failure();
    if (info_.out_color_space == JCS_CMYK)
      inks_to_rgba(rgba.get(), std::size_t{info_.output_width} * info_.output_height);
    return Picture{width, height, 1, "image/jpeg", rgba, true, eighths};
  }

private:
  static TurboDecoder& of(j_common_ptr info) { return *static_cast<TurboDecoder*>(info->client_data); }

  template <class Step> bool guarded(Step step) {
    if (setjmp(failed_) != 0) return false;
    step();
    return true;
  }

  void read_header() {
    jpeg_create_decompress(&info_);
    info_.src = &source_;
    info_.progress = &progress_;
    jpeg_read_header(&info_, TRUE);
  }

  /// Reads all scans of a file that has more than one.
  void start(int eighths, JpegMethods methods) {
    info_.scale_num = unsigned(eighths);
    info_.scale_denom = 8;
    const bool inks = info_.jpeg_color_space == JCS_CMYK || info_.jpeg_color_space == JCS_YCCK;
    info_.out_color_space = inks ? JCS_CMYK : JCS_EXT_RGBA;
    jpeg_start_decompress(&info_);
    if (methods == JpegMethods::fastest) use_faster_methods();
  }

  void use_faster_methods() {
    use_own_huffman_decoder(info_);
#ifdef __wasm_simd128__
    for (int i = 0; i < info_.num_components; i++)
      if (const auto method = simd128::inverse_dct(info_.comp_info[i].DCT_scaled_size))
        info_.idct->inverse_DCT[i] = method;
    if (info_.jpeg_color_space == JCS_YCbCr && info_.out_color_space == JCS_EXT_RGBA)
      info_.cconvert->color_convert = simd128::ycc_to_rgba;
#endif
  }

  /// Up to the end of image, without which a file is truncated.
  void read_pixels(std::uint8_t* pixels, std::size_t row_bytes) {
    while (info_.output_scanline < info_.output_height) {
      std::array<JSAMPROW, 4> rows;
      const auto count = std::min<std::size_t>(rows.size(), info_.output_height - info_.output_scanline);
      for (std::size_t i = 0; i < count; i++)
        rows[i] = pixels + (info_.output_scanline + i) * row_bytes;
      jpeg_read_scanlines(&info_, rows.data(), JDIMENSION(count));
    }
    jpeg_finish_decompress(&info_);
  }

  void check_scans() {
    const auto pixels = std::int64_t{info_.image_width} * std::int64_t{info_.image_height};
    if (info_.input_scan_number > max_scans || info_.input_scan_number * pixels > max_scanned_pixels)
      ERREXIT(&info_, JERR_IMAGE_TOO_BIG);
  }

  /// libjpeg shows a component without data as a flat colour.
  bool lacks_component() const {
    const std::span components(info_.comp_info, std::size_t(info_.num_components));
    return std::ranges::any_of(components, [](const auto& component) { return component.quant_table == nullptr; });
  }

  std::unexpected<Error> failure() {
    if (errors_.msg_code == JERR_INPUT_EOF)
      return fail(ErrorCode::corrupt,
                  "the JPEG file is truncated: it ends at byte " + std::to_string(size_) + ", inside the picture");
    if (errors_.msg_code == JERR_IMAGE_TOO_BIG && info_.input_scan_number > 1)
      return fail(ErrorCode::too_large, "the JPEG file has more than " + std::to_string(info_.input_scan_number - 1) +
                                            " scans, too many for its size: save it again as an ordinary JPEG");
    std::array<char, JMSG_LENGTH_MAX> text{};
    errors_.format_message(reinterpret_cast<j_common_ptr>(&info_), text.data());
    const auto code = code_of(errors_.msg_code);
    const std::string_view problem = code == ErrorCode::corrupt ? "is damaged" : "cannot be decoded";
    return fail(code, "the JPEG file " + std::string(problem) + " (" + text.data() + ")");
  }

  std::size_t size_;
  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  jpeg_source_mgr source_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf failed_{};
};

}  // namespace

Expected<Picture> turbo_decode(std::span<const std::uint8_t> bytes, LeastSize least, JpegMethods methods) {
  return TurboDecoder(bytes).run(least, methods);
}

}  // namespace picfind
