#pragma once
#include "picture.h"
#include <span>

namespace picfind {

/// Decodes a whole JPEG, PNG, GIF (first frame), BMP, PSD or binary PGM/PPM file; 16-bit channels keep their high byte.
/// Of the formats only JPEG is made smaller where `least` allows.
/// Errors: unsupported (another format), corrupt (truncated, wrong checksum, damaged), too_large (more than
/// `max_pixels`).
Expected<Picture> decode(std::span<const std::uint8_t> bytes, LeastSize least = {});

}  // namespace picfind
