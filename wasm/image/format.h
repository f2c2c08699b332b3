#pragma once
#include <cstdint>
#include <span>
#include <string>

namespace picfind {

/// MIME type of a picture file by its first bytes, never by its name; empty if unknown. Knows more formats than
/// `decode` reads, so that a caller can hand those to something that does.
std::string sniff(std::span<const std::uint8_t> bytes);

}  // namespace picfind
