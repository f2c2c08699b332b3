#include "image/fit.h"
#include "image_files.h"
#include <gtest/gtest.h>

namespace picfind::test {
namespace {

/// The pixels as shown: shown(x, y) of orientation `o`, made by moving every pixel.
Picture turned(const Bytes& rgba, int width, int height, int orientation) {
  const bool transposed = orientation >= 5;
  const int shown_width = transposed ? height : width, shown_height = transposed ? width : height;
  Bytes out(rgba.size());
  for (int y = 0; y < shown_height; y++)
    for (int x = 0; x < shown_width; x++) {
      int from_x = transposed ? y : x, from_y = transposed ? x : y;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) from_x = width - 1 - from_x;
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) from_y = height - 1 - from_y;
      std::copy_n(&rgba[std::size_t(from_y * width + from_x) * 4], 4, &out[std::size_t(y * shown_width + x) * 4]);
    }
  return *from_pixels(std::move(out), shown_width, shown_height, 1, "");
}

TEST(ImageFit, OrientationWhileReadingEqualsTurningThePictureFirst) {
  struct Size {
    int width, height;
  };
  for (const auto [width, height] : {Size{17, 40}, Size{64, 9}, Size{1, 30}, Size{5, 5}})
    for (int orientation = 1; orientation <= 8; orientation++)
      for (const auto how : {Fit::shortest_crop, Fit::letterbox, Fit::squash})
        for (const auto& background : {std::optional<Rgb>{}, std::optional(Rgb{200, 10, 60})}) {
          const auto rgba = noise(width, height, true);
          const auto stored = *from_pixels(rgba, width, height, orientation, "");
          const auto shown = turned(rgba, width, height, orientation);
          const Preprocess preprocess{.fit = how, .size = 13, .background = background};
          EXPECT_EQ(fit(stored, preprocess), fit(shown, preprocess))
              << width << "×" << height << " orientation " << orientation;
          EXPECT_EQ(resize(stored, 21, 8, Interpolation::bilinear, background),
                    resize(shown, 21, 8, Interpolation::bilinear, background));
        }
}

TEST(ImageFit, OpaquePicturesAreTheSameOnAnyBackground) {
  const auto picture = *from_pixels(noise(50, 31), 50, 31, 1, "");
  const auto dropped = fit(picture, {.size = 16});
  EXPECT_EQ(fit(picture, {.size = 16, .background = Rgb{1, 2, 3}}), dropped);
}

TEST(ImageFit, ALetterboxKeepsItsBackgroundAroundThePicture) {
  const auto picture = *from_pixels(Bytes(40 * 10 * 4, 255), 40, 10, 1, "");
  const auto rgb = fit(picture, {.fit = Fit::letterbox, .size = 20, .background = Rgb{9, 80, 7}});
  const auto pixel = [&rgb](std::size_t x, std::size_t y) {
    return Rgb{rgb[(y * 20 + x) * 3], rgb[(y * 20 + x) * 3 + 1], rgb[(y * 20 + x) * 3 + 2]};
  };
  EXPECT_EQ(pixel(0, 0), (Rgb{9, 80, 7}));
  EXPECT_EQ(pixel(19, 19), (Rgb{9, 80, 7}));
  EXPECT_EQ(pixel(10, 10), (Rgb{255, 255, 255}));
}

TEST(ImageFit, TheTensorIsTheFittedPictureNormalisedChannelsFirst) {
  const auto picture = *from_pixels(noise(30, 20), 30, 20, 1, "");
  const Preprocess preprocess{
      .size = 7, .mean = {0.48145466f, 0.4578275f, 0.40821073f}, .std = {0.26862954f, 0.26130258f, 0.27577711f}};
  const auto rgb = fit(picture, preprocess);
  const auto values = tensor(picture, preprocess);
  ASSERT_EQ(values.size(), rgb.size());
  for (std::size_t i = 0; i < 49; i++)
    for (std::size_t c = 0; c < 3; c++)
      EXPECT_EQ(values[c * 49 + i], (float(rgb[i * 3 + c]) / 255.0f - preprocess.mean[c]) / preprocess.std[c]);
}

TEST(ImageFit, ALineOfTheLargestLengthIsFitted) {
  const auto picture = *from_pixels(noise(int(max_side), 1), int(max_side), 1, 6, "");
  for (const auto how : {Fit::shortest_crop, Fit::letterbox, Fit::squash})
    EXPECT_EQ(fit(picture, {.fit = how, .size = 32}).size(), 32u * 32 * 3);
}

}  // namespace
}  // namespace picfind::test
