#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace picfind {

using Digest = std::array<uint8_t, 32>;

/// SHA-256 (FIPS 180-4) of bytes given piece by piece.
class Sha256 {
public:
  void update(std::span<const uint8_t> bytes);
  /// Of everything so far; more may be added afterwards.
  Digest digest() const;

private:
  void compress(const uint8_t* block);

  std::array<uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, 64> block_{};
  uint64_t length_ = 0;
};

Digest sha256(std::span<const uint8_t> bytes);
/// Lower case.
std::string sha256_hex(std::span<const uint8_t> bytes);
std::string to_hex(std::span<const uint8_t> bytes);
/// Nothing unless it is 64 lower-case hex digits.
std::optional<Digest> digest_from_hex(std::string_view hex);
/// `digits` lower-case hex digits.
bool is_hex(std::string_view text, std::size_t digits);

}  // namespace picfind
