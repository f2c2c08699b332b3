#include "image/decode.h"
#include "image/encode.h"
#include "image_files.h"
#include <gtest/gtest.h>

namespace picfind::test {
namespace {

Picture thumbnail_of(const Picture& picture, int long_side) {
  const auto decoded = decode(thumbnail(picture, long_side, 85));
  EXPECT_TRUE(decoded);
  EXPECT_EQ(decoded->type, "image/jpeg");
  return *decoded;
}

TEST(ImageEncode, AThumbnailHasTheShapeOfThePictureAsShown) {
  const auto small = thumbnail_of(*from_pixels(noise(400, 101), 400, 101, 6, ""), 200);
  EXPECT_EQ(small.width, 51);
  EXPECT_EQ(small.height, 200);
}

TEST(ImageEncode, AThumbnailIsNeverLargerThanThePicture) {
  const auto same = thumbnail_of(*from_pixels(noise(30, 20), 30, 20, 1, ""), 320);
  EXPECT_EQ(same.width, 30);
  EXPECT_EQ(same.height, 20);
}

TEST(ImageEncode, AThumbnailOfALineKeepsOnePixel) {
  const auto line = thumbnail_of(*from_pixels(noise(5000, 1), 5000, 1, 1, ""), 100);
  EXPECT_EQ(line.width, 100);
  EXPECT_EQ(line.height, 1);
}

TEST(ImageEncode, TransparencyBecomesWhiteInAThumbnail) {
  const auto clear = thumbnail_of(*from_pixels(Bytes(64 * 64 * 4, 0), 64, 64, 1, ""), 32);
  for (std::size_t i = 0; i < 32 * 32 * 4; i++)
    EXPECT_GE(clear.rgba[i], 250);
}

TEST(ImageEncode, APngHoldsThePixelsItWasGiven) {
  const auto rgb = resize(*from_pixels(noise(23, 17), 23, 17, 1, ""), 23, 17, Interpolation::bicubic, std::nullopt);
  const auto decoded = decode(encode_png(rgb, 23, 17));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(resize(*decoded, 23, 17, Interpolation::bicubic, std::nullopt), rgb);
}

}  // namespace
}  // namespace picfind::test
