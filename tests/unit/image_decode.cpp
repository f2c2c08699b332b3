#include "image/decode.h"
#include "image/encode.h"
#include "image_files.h"
#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <string_view>

namespace picfind::test {
namespace {

const std::vector<std::string> files = {"rgb-1.png",
                                        "rgba-6.png",
                                        "interlaced.png",
                                        "palette-2-bit.png",
                                        "rgb-16-bit.png",
                                        "420.jpg",
                                        "progressive.jpg",
                                        "restarts.jpg",
                                        "grey.jpg",
                                        "cmyk.jpg",
                                        "palette.gif",
                                        "animated.gif",
                                        "interlaced.gif",
                                        "rgb.bmp",
                                        "1-bit.bmp",
                                        "rgb.ppm",
                                        "grey.pgm",
                                        "rgb.psd",
                                        "packed.psd",
                                        "444.jpg",
                                        "progressive-restarts.jpg",
                                        "arithmetic.jpg",
                                        "arithmetic-progressive.jpg",
                                        "scan-each.jpg"};

Bytes bytes(std::string_view text) { return Bytes(text.begin(), text.end()); }

void expect_error(const Bytes& file, ErrorCode code, std::string_view says) {
  const auto picture = decode(file);
  ASSERT_FALSE(picture.has_value());
  EXPECT_EQ(picture.error().code, code) << picture.error().message;
  EXPECT_NE(picture.error().message.find(says), std::string::npos) << picture.error().message;
}

std::size_t find(const Bytes& file, std::string_view part) {
  return std::size_t(std::ranges::search(file, bytes(part)).begin() - file.begin());
}

TEST(ImageDecode, SaysSizeAsShownTypeAndOrientation) {
  const auto picture = decode(image_file("rgb-6.png"));
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->type, "image/png");
  EXPECT_EQ(picture->orientation, 6);
  EXPECT_EQ(picture->width, 37);
  EXPECT_EQ(picture->shown_width(), 23);
  EXPECT_EQ(picture->shown_height(), 37);
}

TEST(ImageDecode, AFileCutAnywhereIsAnErrorAndCorruptOnceItsFormatIsKnown) {
  for (const auto& name : files) {
    const auto whole = image_file(name);
    ASSERT_TRUE(decode(whole)) << name;
    const auto step = std::max<std::size_t>(1, whole.size() / 150);
    for (std::size_t size = whole.size() - 1; size > 0; size -= std::min(size, step)) {
      const auto picture = decode(std::span(whole).first(size));
      ASSERT_FALSE(picture) << name << " cut to " << size << " of " << whole.size();
      if (size > 24) {
        EXPECT_EQ(picture.error().code, ErrorCode::corrupt) << name << " " << size << " " << picture.error().message;
      }
    }
  }
}

TEST(ImageDecode, WhatFollowsTheEndOfThePictureDoesNotMatter) {
  for (const auto* name : {"rgb-1.png", "420.jpg", "progressive.jpg", "animated.gif", "rgb.bmp"}) {
    auto file = image_file(name);
    file.insert(file.end(), 1000, 0x5a);
    EXPECT_TRUE(decode(file)) << name;
  }
}

TEST(ImageDecode, FillBytesBeforeAJpegMarkerDoNotMatter) {
  for (const auto* name : {"420.jpg", "progressive.jpg", "grey.jpg"}) {
    auto file = image_file(name);
    file.insert(file.end() - 2, 5, 0xff);
    EXPECT_TRUE(decode(file)) << name;
  }
}

TEST(ImageDecode, AnEmptyFileIsCorrupt) { expect_error({}, ErrorCode::corrupt, "empty"); }

TEST(ImageDecode, AFileThatIsNoPictureIsUnsupportedAndItsFirstBytesAreNamed) {
  expect_error(bytes("hello, this is a text"), ErrorCode::unsupported, "68 65 6c 6c 6f 2c 20 74 \"hello, t\"");
  expect_error(Bytes(10, 0), ErrorCode::unsupported, "00 00");
}

TEST(ImageDecode, AKnownFormatThatTheCoreDoesNotReadIsNamed) {
  expect_error(bytes("RIFF\x10\0\0\0WEBPVP8 "), ErrorCode::unsupported, "begins with");
  expect_error(bytes(std::string_view("RIFF\x10\0\0\0WEBPVP8 ", 16)), ErrorCode::unsupported, "image/webp");
  expect_error(bytes("<svg xmlns='http://www.w3.org/2000/svg'/>"), ErrorCode::unsupported, "image/svg+xml");
}

TEST(ImageDecode, AHeaderThatClaimsTooManyPixelsIsRefusedByItsSize) {
  auto png = image_file("rgb-1.png");
  for (const std::size_t at : {16, 20}) {
    png[at + 2] = 60000 >> 8;
    png[at + 3] = 60000 & 255;
  }
  expect_error(png, ErrorCode::too_large, "60000 × 60000");

  auto jpeg = image_file("420.jpg");
  const auto frame = find(jpeg, "\xff\xc0");
  for (const std::size_t at : {frame + 5, frame + 7}) {
    jpeg[at] = 60000 >> 8;
    jpeg[at + 1] = 60000 & 255;
  }
  expect_error(jpeg, ErrorCode::too_large, "60000 × 60000");

  auto bmp = image_file("rgb.bmp");
  for (const std::size_t at : {18, 22}) {
    bmp[at] = 60000 & 255;
    bmp[at + 1] = 60000 >> 8;
  }
  expect_error(bmp, ErrorCode::too_large, "60000 × 60000");

  auto gif = image_file("palette.gif");
  for (const std::size_t at : {6, 8}) {
    gif[at] = 60000 & 255;
    gif[at + 1] = 60000 >> 8;
  }
  expect_error(gif, ErrorCode::too_large, "60000 × 60000");

  expect_error(bytes("P6 60000 60000 255\n"), ErrorCode::too_large, "60000 × 60000");
}

TEST(ImageDecode, APngWhoseDataInflateToFarMoreThanItsHeaderSaysIsRefused) {
  auto png = encode_png(Bytes(std::size_t(3) * 1000 * 1000), 1000, 1000);
  constexpr std::array<std::uint8_t, 8> one_by_one{0, 0, 0, 1, 0, 0, 0, 1};
  constexpr std::array<std::uint8_t, 4> checksum{0x90, 0x77, 0x53, 0xde};
  std::ranges::copy(one_by_one, png.begin() + 16);
  std::ranges::copy(checksum, png.begin() + 29);
  expect_error(png, ErrorCode::too_large, "memory");
}

TEST(ImageDecode, ABmpStoredFromTheTopDownIsTurnedOver) {
  auto file = image_file("rgb.bmp");
  const auto upright = decode(file);
  ASSERT_TRUE(upright);
  const std::uint32_t negative = 0U - std::uint32_t(upright->height);
  for (int i = 0; i < 4; i++)
    file[22 + std::size_t(i)] = std::uint8_t(negative >> (8 * i));
  const auto turned = decode(file);
  ASSERT_TRUE(turned) << turned.error().message;
  const auto row = std::size_t(upright->width) * 4;
  const auto last = row * std::size_t(upright->height - 1);
  EXPECT_TRUE(std::equal(upright->rgba.get(), upright->rgba.get() + row, turned->rgba.get() + last));
}

TEST(ImageDecode, APictureOfExtremeLengthIsRefused) {
  EXPECT_EQ(check_size(max_side + 1, 1).error().code, ErrorCode::too_large);
  EXPECT_EQ(check_size(0, 10).error().code, ErrorCode::corrupt);
  EXPECT_TRUE(check_size(max_side, 1));
  EXPECT_TRUE(check_size(1 << 14, 1 << 13));
  EXPECT_FALSE(check_size(1 << 14, (1 << 13) + 1));
}

TEST(ImageDecode, APngWithAWrongChecksumIsCorrupt) {
  auto file = image_file("rgb-1.png");
  file[find(file, "IDAT") + 10] ^= 1;
  expect_error(file, ErrorCode::corrupt, "checksum");
}

TEST(ImageDecode, AJpegWhoseDataEndsBeforeThePictureIsCorruptThoughItHasAnEnd) {
  for (const auto* name : {"420.jpg", "444.jpg", "grey.jpg", "restarts.jpg", "cmyk.jpg"}) {
    auto file = image_file(name);
    file.erase(file.end() - 60, file.end() - 2);
    EXPECT_FALSE(decode(file)) << name;
  }
  auto taller = image_file("420.jpg");
  taller[find(taller, "\xff\xc0") + 6] += 100;
  expect_error(taller, ErrorCode::corrupt, "premature end");
}

TEST(ImageDecode, AJpegWithoutAllItsRestartIntervalsIsCorrupt) {
  auto file = image_file("restarts.jpg");
  const auto cut = find(file, "\xff\xd2");
  ASSERT_LT(cut, file.size());
  file.erase(file.begin() + std::ptrdiff_t(cut), file.end() - 2);
  expect_error(file, ErrorCode::corrupt, "damaged");
}

TEST(ImageDecode, AJpegWithoutDataForAComponentIsCorrupt) {
  auto file = image_file("scan-each.jpg");
  file.erase(std::ranges::find_end(file, bytes("\xff\xda")).begin(), file.end() - 2);
  expect_error(file, ErrorCode::corrupt, "no data for one of its components");
}

TEST(ImageDecode, AProgressiveJpegThatRefinesWhatNoScanBeganIsCorrupt) {
  auto file = image_file("progressive.jpg");
  const auto scan = file.begin() + std::ptrdiff_t(find(file, "\xff\xda"));
  file.erase(scan, scan + std::ptrdiff_t(find(Bytes(scan, file.end()), "\xff\xc4")));
  expect_error(file, ErrorCode::corrupt, "progression");
}

TEST(ImageDecode, AJpegWithMoreScansThanAnEncoderWritesIsRefused) {
  auto file = image_file("scan-each.jpg");
  const auto last = std::ranges::find_end(file, bytes("\xff\xda"));
  const Bytes scan(last.begin(), file.end() - 2);
  for (int i = 0; i < 500; i++)
    file.insert(file.end() - 2, scan.begin(), scan.end());
  expect_error(file, ErrorCode::too_large, "more than 500 scans");
}

TEST(ImageDecode, AJpegOfAnotherKindIsUnsupported) {
  auto file = image_file("420.jpg");
  const auto frame = find(file, "\xff\xc0");
  file[frame + 1] = 0xc3;
  expect_error(file, ErrorCode::unsupported, "SOF type 0xc3");
  file[frame + 1] = 0xc1;
  file[frame + 4] = 12;
  expect_error(file, ErrorCode::unsupported, "precision 12");
}

TEST(ImageDecode, DamagedFilesGiveAPictureOrAnErrorButNeverHarm) {
  Random random;
  int pictures = 0, errors = 0;
  for (const auto& name : files) {
    const auto whole = image_file(name);
    for (int round = 0; round < 150; round++) {
      auto file = whole;
      for (auto flips = 1 + random.below(6); flips > 0; flips--)
        file[random.below(file.size())] ^= std::uint8_t(1u << random.below(8));
      if (round % 5 == 0) {
        const auto begin = random.below(file.size());
        const auto end = std::min<std::size_t>(file.size(), begin + random.below(64));
        file.erase(file.begin() + std::ptrdiff_t(begin), file.begin() + std::ptrdiff_t(end));
      }
      const auto picture = decode(file);
      if (!picture) {
        EXPECT_FALSE(picture.error().message.empty());
        errors++;
        continue;
      }
      pictures++;
      EXPECT_EQ(fit(*picture, {.size = 8, .background = Rgb{1, 2, 3}}).size(), 8u * 8 * 3);
    }
  }
  EXPECT_GT(pictures, 0);
  EXPECT_GT(errors, 0);
}

TEST(ImageDecode, NoiseBehindAnySignatureDoesNoHarm) {
  Random random;
  for (const auto& name : files) {
    const auto whole = image_file(name);
    for (int round = 0; round < 30; round++) {
      auto file = whole;
      const auto kept = 8 + random.below(file.size() / 2);
      for (auto at = kept; at < file.size(); at++)
        file[at] = std::uint8_t(random.next());
      if (const auto picture = decode(file)) fit(*picture, {.size = 8});
    }
  }
}

TEST(ImageDecode, PixelsFromElsewhereAreCheckedAgainstTheirSize) {
  EXPECT_TRUE(from_pixels(noise(3, 2), 3, 2, 8, "image/webp"));
  EXPECT_EQ(from_pixels(noise(3, 2), 2, 2, 1, "image/webp").error().code, ErrorCode::usage);
  EXPECT_EQ(from_pixels(noise(3, 2), 3, 2, 9, "image/webp").error().code, ErrorCode::usage);
  EXPECT_EQ(from_pixels({}, 0, 2, 1, "image/webp").error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace picfind::test
