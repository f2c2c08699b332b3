#include "image/exif.h"
#include "image_files.h"
#include <gtest/gtest.h>
#include <string_view>

namespace picfind::test {
namespace {

using namespace std::string_view_literals;

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes bytes(std::string_view text) { return Bytes(text.begin(), text.end()); }

/// A TIFF block with Make (for company) and Orientation.
Bytes tiff(bool big, std::uint8_t orientation) {
  if (big)
    return bytes("MM\0*\0\0\0\x08\0\x02\x01\x0f\0\x02\0\0\0\x01X\0\0\0\x01\x12\0\x03\0\0\0\x01\0"sv) +
           Bytes{orientation} + bytes("\0\0\0\0\0\0"sv);
  return bytes("II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x01\0\0\0X\0\0\0\x12\x01\x03\0\x01\0\0\0"sv) + Bytes{orientation} +
         bytes("\0\0\0\0\0\0\0"sv);
}

Bytes jpeg(const Bytes& exif) {
  return bytes("\xff\xd8\xff\xe0\0\x04..\xff\xe1"sv) + Bytes{0, std::uint8_t(exif.size() + 8)} + bytes("Exif\0\0"sv) +
         exif + bytes("\xff\xda"sv);
}

Bytes webp(const Bytes& exif) {
  return bytes("RIFF\0\0\0\0WEBPVP8X\x03\0\0\0abc\0EXIF"sv) + Bytes{std::uint8_t(exif.size()), 0, 0, 0} + exif;
}

Bytes png(const Bytes& exif) {
  return bytes("\x89PNG\r\n\x1a\n\0\0\0\x01tEXtx....\0\0\0"sv) + Bytes{std::uint8_t(exif.size())} + bytes("eXIf"sv) +
         exif + bytes("....");
}

TEST(ImageExif, OrientationIsReadFromEveryContainerInBothByteOrders) {
  for (const bool big : {false, true})
    for (std::uint8_t orientation = 1; orientation <= 8; orientation++) {
      const auto exif = tiff(big, orientation);
      EXPECT_EQ(exif_orientation(jpeg(exif)), orientation);
      EXPECT_EQ(exif_orientation(png(exif)), orientation);
      EXPECT_EQ(exif_orientation(webp(exif)), orientation);
      EXPECT_EQ(exif_orientation(webp(bytes("Exif\0\0"sv) + exif)), orientation);
    }
}

TEST(ImageExif, ValuesThatAreNoOrientationCountAsUpright) {
  for (const std::uint8_t value : {0, 9, 255})
    EXPECT_EQ(exif_orientation(jpeg(tiff(false, value))), 1);
  EXPECT_EQ(exif_orientation({}), 1);
  EXPECT_EQ(exif_orientation(bytes("GIF89a")), 1);
  EXPECT_EQ(exif_orientation(jpeg(bytes("XX*\0\x08\0\0\0"sv))), 1);
}

TEST(ImageExif, CutOrDamagedExifIsReadWithinItsBounds) {
  Random random;
  for (const auto& whole : {jpeg(tiff(true, 6)), png(tiff(false, 6)), webp(tiff(true, 6))}) {
    for (std::size_t size = 0; size < whole.size(); size++) {
      const Bytes cut(whole.begin(), whole.begin() + std::ptrdiff_t(size));
      const auto orientation = exif_orientation(cut);
      EXPECT_TRUE(orientation == 1 || orientation == 6);
    }
    for (int round = 0; round < 3000; round++) {
      auto file = whole;
      for (int i = 0; i < 3; i++)
        file[random.below(file.size())] = std::uint8_t(random.next());
      const auto orientation = exif_orientation(file);
      EXPECT_TRUE(orientation >= 1 && orientation <= 8);
    }
  }
}

TEST(ImageExif, AnOffsetOutsideTheFileIsUpright) {
  EXPECT_EQ(exif_orientation(jpeg(bytes("II*\0\xff\xff\xff\xff"sv))), 1);
  EXPECT_EQ(exif_orientation(jpeg(bytes("MM\0*\x7f\xff\xff\xff"sv))), 1);
}

}  // namespace
}  // namespace picfind::test
