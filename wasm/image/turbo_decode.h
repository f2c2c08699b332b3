#pragma once
#include "picture.h"
#include <span>

namespace picfind {

/// Which code does what takes most of the time: the fastest there is, or libjpeg's own. The pixels are the same.
enum class JpegMethods { fastest, libjpeg };

/// Decodes a JPEG file, any of 8 bits that libjpeg-turbo reads: baseline, progressive, arithmetic, grey, CMYK. At full
/// size the pixels are Pillow's. Where `least` allows, the inverse DCT makes fewer pixels, which saves most of the
/// time. Orientation stays 1. Errors: corrupt (truncated, damaged, data missing for a part of the picture), unsupported
/// (lossless, hierarchical, 12 bits), too_large (also: more scans over so large a picture than an encoder makes).
Expected<Picture> turbo_decode(std::span<const std::uint8_t> bytes, LeastSize least,
                               JpegMethods methods = JpegMethods::fastest);

}  // namespace picfind
