#pragma once
#include "../error.h"
#include <cstdint>
#include <span>

namespace picfind {

/// Walks a PNG file from chunk to chunk up to IEND: size within limits, every chunk whole and of the right CRC, which
/// stb_image does not check. What follows IEND is not looked at.
Expected<void> check_png(std::span<const std::uint8_t> bytes);

}  // namespace picfind
