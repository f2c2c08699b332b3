#include "image/resample.h"
#include "image_files.h"
#include <gtest/gtest.h>
#include <numeric>

namespace picfind::test {
namespace {

Axis whole(int source, int resized) { return {source, 0, source, resized, 0, resized, false}; }

TEST(ImageResample, WeightsOfEveryPixelSumToOne) {
  for (const auto interpolation : {Interpolation::bicubic, Interpolation::bilinear})
    for (const int source : {1, 2, 7, 100, 999}) {
      const auto kernel = make_kernel(whole(source, 40), interpolation);
      for (const auto& window : kernel.windows) {
        const auto weights = kernel.of(window);
        EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0), 1 << weight_bits, window.count);
      }
    }
}

TEST(ImageResample, TheSameSizeIsTheSamePicture) {
  const auto row = noise(57, 1, true);
  for (const auto interpolation : {Interpolation::bicubic, Interpolation::bilinear}) {
    Bytes out(row.size());
    resample_row(row.data(), RowKernel(make_kernel(whole(57, 57), interpolation)), {}, out.data());
    EXPECT_EQ(out, row);
  }
}

TEST(ImageResample, AMirroredAxisGivesThePixelsOfTheMirroredRow) {
  const auto row = noise(57, 1, true);
  Bytes mirrored;
  for (std::size_t i = 57; i-- > 0;)
    mirrored.insert(mirrored.end(), row.begin() + std::ptrdiff_t(i * 4), row.begin() + std::ptrdiff_t(i * 4 + 4));
  auto axis = whole(57, 20);
  Bytes expected(80), out(80);
  resample_row(mirrored.data(), RowKernel(make_kernel(axis, Interpolation::bicubic)), {}, expected.data());
  axis.mirrored = true;
  resample_row(row.data(), RowKernel(make_kernel(axis, Interpolation::bicubic)), {}, out.data());
  EXPECT_EQ(out, expected);
}

#ifdef __wasm_simd128__
TEST(ImageResample, Simd128EqualsPortable) {
  const Rgba padding{7, 250, 128, 255};
  for (const auto interpolation : {Interpolation::bicubic, Interpolation::bilinear})
    for (const int source : {1, 2, 3, 4, 5, 6, 7, 8, 15, 33, 64, 301, 4000, 60000}) {
      const auto row = noise(source, 1, true);
      const Axis axes[] = {whole(source, 37), {source + 9, 4, source, 37, 0, 37, true}};
      for (const auto& axis : axes) {
        const auto kernel = make_kernel(axis, interpolation);
        Bytes expected(37 * 4), out(37 * 4);
        portable::resample_row(row.data(), kernel, padding, expected.data());
        simd128::resample_row(row.data(), simd128::RowKernel(kernel), padding, out.data());
        ASSERT_EQ(out, expected) << source;

        // The same weights across rows: shifted views of one row stand for them.
        const auto& window = kernel.windows[18];
        const auto long_row = noise(window.count + 70, 1, true);
        std::vector<const std::uint8_t*> rows;
        for (int i = 0; i < window.count; i++)
          rows.push_back(long_row.data() + i * 4);
        for (const int pixels : {1, 2, 3, 4, 5, 13, 64}) {
          Bytes wanted(std::size_t(pixels) * 4), got(wanted.size());
          portable::combine_rows(rows, kernel.of(window), long_row.data() + 8, window.padding, pixels, wanted.data());
          simd128::combine_rows(rows, kernel.of(window), long_row.data() + 8, window.padding, pixels, got.data());
          ASSERT_EQ(got, wanted) << source << " " << pixels;
        }
      }
    }
}
#endif

}  // namespace
}  // namespace picfind::test
