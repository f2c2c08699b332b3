#pragma once
#include "picture.h"

namespace picfind {

/// A JPEG of the picture, flattened on white, its longer side at most `long_side` pixels and never enlarged. Quality
/// 1–100.
std::vector<std::uint8_t> thumbnail(const Picture& picture, int long_side, int quality);

/// RGB uint8[width·height·3] as a PNG file.
std::vector<std::uint8_t> encode_png(const std::vector<std::uint8_t>& rgb, int width, int height);

}  // namespace picfind
