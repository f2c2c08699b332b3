#pragma once
#include "../error.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace picfind {

/// Larger pictures are refused before anything is allocated for them.
constexpr std::int64_t max_pixels = std::int64_t{1} << 27;
/// Twice what JPEG allows; bounds the memory that resampling an extremely long picture takes.
constexpr int max_side = 1 << 17;

/// Length of a side at a scale of `eighths`.
constexpr int scaled_side(int side, int eighths) { return int((std::int64_t{side} * eighths + 7) / 8); }

/// Sides that a decoder may not go below when it makes a picture smaller than it is, pixels. By default it makes none
/// smaller.
struct LeastSize {
  int short_side = max_side;
  int long_side = max_side;
};

/// A decoded picture. Pixels are never changed once made, so copies share them.
struct Picture {
  /// The picture's own, as stored: orientation is not applied to the pixels but while they are read (see fit.h).
  int width = 0;
  int height = 0;
  /// Exif orientation, 1–8: how the stored pixels are to be turned to be shown.
  int orientation = 1;
  /// MIME type by content.
  std::string type;
  /// uint8[scaled(height)·scaled(width)·4], rows from the top, straight alpha.
  std::shared_ptr<const std::uint8_t[]> rgba;
  /// Known to have no transparent pixel; spares looking at every one.
  bool opaque = false;
  /// Scale of the pixels to the picture, 1–8: each stands for 8/eighths of the picture's, counted from where those are
  /// stored first; the last may stand for fewer.
  int eighths = 8;

  /// How many pixels there are for one of the sides.
  int scaled(int side) const { return scaled_side(side, eighths); }
  bool transposed() const { return orientation >= 5; }
  int shown_width() const { return transposed() ? height : width; }
  int shown_height() const { return transposed() ? width : height; }
};

/// A picture of pixels that something else decoded: rgba uint8[width·height·4], straight alpha, not yet oriented;
/// orientation 1–8.
Expected<Picture> from_pixels(std::vector<std::uint8_t> rgba, int width, int height, int orientation, std::string type);

/// too_large beyond `max_pixels` or `max_side`, corrupt if a side is not positive.
Expected<void> check_size(std::int64_t width, std::int64_t height);

}  // namespace picfind
