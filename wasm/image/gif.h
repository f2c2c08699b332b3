#pragma once
#include "../error.h"
#include <cstdint>
#include <span>
#include <vector>

namespace picfind {

struct GifFrame {
  int width;
  int height;
  /// uint8[width·height·4], straight alpha.
  std::vector<std::uint8_t> rgba;
};

/// The first frame of a GIF file on its canvas. Transparent pixels keep the colour their index has, as in Pillow
/// (stb_image makes them black), so that a model that drops alpha sees the same; pixels outside the frame are
/// transparent, or of colour 0 where the file has no transparency. The file must be whole up to its trailer.
Expected<GifFrame> decode_gif(std::span<const std::uint8_t> bytes);

}  // namespace picfind
