#pragma once
#include <cstddef>
#include <cstdint>

namespace picfind {

/// Reads memory that is needed soon, a byte of each cache line, so that the processor fetches it meanwhile. WebAssembly
/// has no instruction for that; a load whose value nobody waits for does as well.
inline void touch(const void* memory, std::size_t bytes) {
  constexpr std::size_t line = 64;
  const auto* byte = static_cast<const volatile uint8_t*>(memory);
  for (std::size_t i = 0; i < bytes; i += line)
    static_cast<void>(byte[i]);
  // It may begin in the middle of a line.
  if (bytes > 0) static_cast<void>(byte[bytes - 1]);
}

}  // namespace picfind
