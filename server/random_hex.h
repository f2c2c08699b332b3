#pragma once
#include <cstddef>
#include <string>

namespace picfind::server {

/// That many unpredictable bytes, as lower-case hex digits.
std::string random_hex(std::size_t bytes);

}  // namespace picfind::server
