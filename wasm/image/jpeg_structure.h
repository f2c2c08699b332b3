#pragma once
#include "../error.h"
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace picfind {

struct JpegStructure {
  int width;
  int height;
  int components;
  /// Where the entropy-coded data of each scan ends: the offset of the marker that follows it.
  std::vector<std::size_t> scan_ends;
};

/// Walks a JPEG file from marker to marker up to its end of image, without decoding. stb_image accepts files that stop
/// early or leave components or restart intervals out; here they are corrupt. What follows the end of image is not
/// looked at.
Expected<JpegStructure> read_jpeg_structure(std::span<const std::uint8_t> bytes);

}  // namespace picfind
