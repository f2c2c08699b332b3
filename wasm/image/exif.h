#pragma once
#include <cstdint>
#include <span>

namespace picfind {

/// Exif orientation 1–8 (tag 0x0112 of IFD0) of a JPEG, PNG or WebP file; 1 where there is none or it cannot be read.
int exif_orientation(std::span<const std::uint8_t> bytes);

}  // namespace picfind
