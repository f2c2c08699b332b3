// The files of tests/data/image against what Pillow makes of them; make_image_goldens.py describes cases.tsv.
#include "image/decode.h"
#include "image_files.h"
#include <charconv>
#include <cstdlib>
#include <gtest/gtest.h>
#include <sstream>

namespace picfind::test {
namespace {

struct Case {
  std::string file, fit, size, interpolation, background, comparison, expected;
};

std::vector<Case> cases() {
  std::ifstream file(image_folder() / "cases.tsv");
  std::vector<Case> all;
  for (std::string line; std::getline(file, line);) {
    std::istringstream columns(line);
    auto& c = all.emplace_back();
    for (auto* column : {&c.file, &c.fit, &c.size, &c.interpolation, &c.background, &c.comparison, &c.expected})
      std::getline(columns, *column, '\t');
  }
  return all;
}

std::optional<Rgb> colour(const std::string& text) {
  if (text == "-") return std::nullopt;
  std::istringstream parts(text);
  Rgb rgb{};
  for (auto& channel : rgb) {
    std::string part;
    std::getline(parts, part, ',');
    channel = std::uint8_t(std::stoi(part));
  }
  return rgb;
}

Bytes result(const Picture& picture, const Case& c) {
  const auto interpolation = c.interpolation == "bicubic" ? Interpolation::bicubic : Interpolation::bilinear;
  const auto background = colour(c.background);
  if (c.fit == "whole")
    return resize(picture, picture.shown_width(), picture.shown_height(), interpolation, background);
  const auto fit_name = c.fit == "shortest-crop" ? Fit::shortest_crop
                        : c.fit == "letterbox"   ? Fit::letterbox
                                                 : Fit::squash;
  return fit(picture,
             {.fit = fit_name, .size = std::stoi(c.size), .interpolation = interpolation, .background = background});
}

std::string fnv1a(const Bytes& bytes) {
  std::uint64_t value = 0xcbf29ce484222325;
  for (const auto byte : bytes)
    value = (value ^ byte) * 0x100000001b3;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(value));
  return digits;
}

/// Checks every case whose comparison begins as given, and says how many there were.
int check(const std::string& comparison) {
  int checked = 0;
  for (const auto& c : cases()) {
    if (!c.comparison.starts_with(comparison)) continue;
    checked++;
    SCOPED_TRACE(c.file + " " + c.fit + " " + c.size + " " + c.interpolation + " on " + c.background);
    const auto picture = decode(image_file(c.file));
    if (!picture) {
      ADD_FAILURE() << picture.error().message;
      continue;
    }
    const auto rgb = result(*picture, c);
    if (comparison == "exact") {
      EXPECT_EQ(fnv1a(rgb), c.expected);
      continue;
    }
    const auto expected = image_file(c.expected);
    EXPECT_EQ(rgb.size(), expected.size());
    if (rgb.size() != expected.size()) continue;
    int largest = 0;
    for (std::size_t i = 0; i < rgb.size(); i++)
      largest = std::max(largest, std::abs(int(rgb[i]) - int(expected[i])));
    EXPECT_LE(largest, std::stoi(c.comparison.substr(comparison.size())));
  }
  return checked;
}

TEST(ImageGolden, EightBitPicturesEqualPillowsByteForByteJpegToo) { EXPECT_GT(check("exact"), 530); }
TEST(ImageGolden, SixteenBitPicturesDifferByAtMostOne) { EXPECT_GE(check("max:"), 8); }

}  // namespace
}  // namespace picfind::test
