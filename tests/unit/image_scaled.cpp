// JPEGs decoded at a fraction of their size against the same files decoded whole.
#include "image/decode.h"
#include "image/encode.h"
#include "image_files.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <string_view>

namespace picfind::test {
namespace {

/// A JPEG of waves and an edge, 4:2:0 up to quality 90, 4:4:4 above.
Bytes jpeg(int width, int height, int quality = 85) {
  Bytes rgba(std::size_t(width) * std::size_t(height) * 4, 255);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int c = 0; c < 3; c++)
        rgba[std::size_t(y * width + x) * 4 + std::size_t(c)] =
            std::uint8_t(110 + 60 * std::sin(x / (11.0 + c)) * std::cos(y / (17.0 - c)) + (x > y * (c + 1) ? 60 : 0));
  return thumbnail(*from_pixels(std::move(rgba), width, height, 1, ""), std::max(width, height), quality);
}

struct Difference {
  double mean = 0;
  int largest = 0;
};

Difference difference(const Bytes& a, const Bytes& b) {
  Difference found;
  if (a.size() != b.size()) return {255, 255};
  for (std::size_t i = 0; i < a.size(); i++) {
    const int distance = std::abs(int(a[i]) - int(b[i]));
    found.largest = std::max(found.largest, distance);
    found.mean += distance / double(a.size());
  }
  return found;
}

TEST(ImageScaled, AJpegIsMadeAsSmallAsAllowedAndNoSmaller) {
  struct Case {
    LeastSize least;
    int eighths;
  };
  const auto file = jpeg(803, 601);
  for (const auto& [least, eighths] : {Case{{}, 8}, Case{{600, 0}, 8}, Case{{520, 0}, 7}, Case{{300, 0}, 4},
                                       Case{{301, 0}, 5}, Case{{1, 1}, 1}, Case{{1, 500}, 5}, Case{{300, 320}, 4}}) {
    const auto picture = decode(file, least);
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->eighths, eighths) << least.short_side << " " << least.long_side;
    EXPECT_EQ(picture->shown_width(), 803);
    EXPECT_EQ(picture->shown_height(), 601);
  }
}

TEST(ImageScaled, OtherFormatsStayWhole) {
  const auto file = image_file("rgb.bmp");
  const auto scaled = decode(file, {1, 1});
  ASSERT_TRUE(scaled);
  EXPECT_EQ(scaled->eighths, 8);
  EXPECT_EQ(fit(*scaled, {.size = 9}), fit(*decode(file), {.size = 9}));
}

TEST(ImageScaled, EveryFitAndOrientationOfOddSizesIsThatOfTheWholePicture) {
  struct Size {
    int width, height;
  };
  constexpr int size = 24;
  for (const auto [width, height] : {Size{500, 331}, Size{203, 409}, Size{897, 130}, Size{193, 193}})
    for (const int quality : {85, 95}) {
      const auto file = jpeg(width, height, quality);
      auto whole = decode(file), scaled = decode(file, {4 * size, 4 * size});
      ASSERT_TRUE(whole && scaled);
      ASSERT_LT(scaled->eighths, 8);
      for (int orientation = 1; orientation <= 8; orientation++)
        for (const auto how : {Fit::shortest_crop, Fit::letterbox, Fit::squash}) {
          whole->orientation = scaled->orientation = orientation;
          const Preprocess preprocess{.fit = how, .size = size, .background = Rgb{20, 200, 90}};
          const auto [mean, largest] = difference(fit(*whole, preprocess), fit(*scaled, preprocess));
          // A letterbox's edge falls between two pixels of the smaller picture.
          EXPECT_LE(mean, how == Fit::letterbox ? 0.7 : 0.5)
              << width << "×" << height << " orientation " << orientation << " fit " << int(how);
          EXPECT_LE(largest, how == Fit::letterbox ? 16 : 8)
              << width << "×" << height << " orientation " << orientation << " fit " << int(how);
        }
    }
}

TEST(ImageScaled, EveryKindOfJpegCanBeScaled) {
  for (const auto* name : {"420.jpg", "422.jpg", "444.jpg", "411.jpg", "440.jpg", "grey.jpg", "cmyk.jpg", "ycck.jpg",
                           "progressive.jpg", "progressive-restarts.jpg", "restarts.jpg", "arithmetic.jpg",
                           "arithmetic-progressive.jpg", "scan-each.jpg", "oriented-6.jpg"}) {
    const auto file = image_file(name);
    const auto whole = decode(file);
    ASSERT_TRUE(whole) << name;
    for (int eighths = 1; eighths < 8; eighths++) {
      const int shorter = std::min(whole->width, whole->height) * eighths / 8;
      const auto scaled = decode(file, {shorter, 0});
      ASSERT_TRUE(scaled) << name;
      EXPECT_LE(scaled->eighths, eighths);
      const Preprocess preprocess{.size = std::max(1, shorter / 4)};
      EXPECT_LE(difference(fit(*whole, preprocess), fit(*scaled, preprocess)).mean, 3) << name << " at " << eighths;
    }
  }
}

TEST(ImageScaled, AThumbnailHasTheSizeItWouldHaveOfTheWholePicture) {
  const auto file = jpeg(803, 601);
  const auto whole = decode(thumbnail(*decode(file), 320, 80));
  const auto scaled = decode(thumbnail(*decode(file, {64, 320}), 320, 80));
  ASSERT_TRUE(whole && scaled);
  EXPECT_EQ(whole->width, 320);
  EXPECT_EQ(scaled->width, 320);
  EXPECT_EQ(scaled->height, whole->height);
}

TEST(ImageScaled, ATruncatedOrDamagedJpegIsAnErrorAtAnyScale) {
  for (const auto* name : {"420.jpg", "progressive.jpg", "cmyk.jpg", "arithmetic.jpg"}) {
    const auto file = image_file(name);
    for (const auto size : {file.size() - 1, file.size() - 3, file.size() / 2}) {
      const auto picture = decode(std::span(file).first(size), {4, 4});
      ASSERT_FALSE(picture) << name << " cut to " << size;
      EXPECT_EQ(picture.error().code, ErrorCode::corrupt);
    }
  }
}

}  // namespace
}  // namespace picfind::test
