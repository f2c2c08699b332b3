#pragma once
#include "../error.h"
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace picfind {

/// What stb_image makes of a file: uint8[width·height·4], straight alpha.
struct StbPixels {
  int width;
  int height;
  std::shared_ptr<const std::uint8_t[]> rgba;
};

struct StbSize {
  int width;
  int height;
};

/// Size by the header alone, of a PNG, BMP, PSD or PNM file.
Expected<StbSize> stb_size(std::span<const std::uint8_t> bytes);

/// Decodes a PNG, BMP, PSD or PNM file; corrupt if stb_image had to read past its end, too_large if a buffer had to
/// grow beyond `largest_buffer` bytes.
Expected<StbPixels> stb_decode(std::span<const std::uint8_t> bytes, std::size_t largest_buffer);

}  // namespace picfind
