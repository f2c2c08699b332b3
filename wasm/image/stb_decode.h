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

/// Decodes a JPEG file whose scans end at `scan_ends` (see jpeg_structure.h); corrupt unless each has data for all of
/// its blocks. four_inks: it has four components, CMYK or YCCK.
Expected<StbPixels> stb_decode_jpeg(std::span<const std::uint8_t> bytes, std::span<const std::size_t> scan_ends,
                                    bool four_inks);

}  // namespace picfind
