#include "image/format.h"
#include "image_files.h"
#include <gtest/gtest.h>
#include <string_view>

namespace picfind::test {
namespace {

using namespace std::string_view_literals;

std::string type_of(std::string_view text) {
  return sniff({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

TEST(ImageFormat, TypeIsToldByContent) {
  EXPECT_EQ(sniff(image_file("420.jpg")), "image/jpeg");
  EXPECT_EQ(sniff(image_file("rgb-1.png")), "image/png");
  EXPECT_EQ(sniff(image_file("palette.gif")), "image/gif");
  EXPECT_EQ(sniff(image_file("rgb.bmp")), "image/bmp");
  EXPECT_EQ(sniff(image_file("rgb.psd")), "image/vnd.adobe.photoshop");
  EXPECT_EQ(sniff(image_file("rgb.ppm")), "image/x-portable-pixmap");
  EXPECT_EQ(type_of("RIFF....WEBPVP8 "), "image/webp");
  EXPECT_EQ(type_of("\0\0\0\x1c"
                    "ftypavif\0\0\0\0mif1miaf"sv),
            "image/avif");
  EXPECT_EQ(type_of("\0\0\0\x18"
                    "ftypmif1\0\0\0\0mif1heic"sv),
            "image/heic");
  EXPECT_EQ(type_of("\0\0\0\x14"
                    "ftypmif1\0\0\0\0mif1"sv),
            "image/heif");
  EXPECT_EQ(type_of("II*\0\x10\0\0\0CR\x02\0"sv), "image/x-canon-cr2");
  EXPECT_EQ(type_of("II*\0\x08\0\0\0"sv), "image/tiff");
  EXPECT_EQ(type_of("\xef\xbb\xbf<?xml version='1.0'?><!-- drawn --><svg/>"), "image/svg+xml");
}

TEST(ImageFormat, WhatIsNoPictureHasNoType) {
  EXPECT_EQ(type_of(""), "");
  EXPECT_EQ(type_of("BM is how this letter begins, and it goes on"), "");
  EXPECT_EQ(type_of("P6is no netpbm"), "");
  EXPECT_EQ(type_of("<html><body><svg/></body></html>"), "");
  EXPECT_EQ(type_of("\0\0\0\x18"
                    "ftypmp42\0\0\0\0isommp42"sv),
            "");
  EXPECT_EQ(type_of("\xff\xd8"), "");
}

}  // namespace
}  // namespace picfind::test
