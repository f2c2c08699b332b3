#include "library/sha256.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace picfind {
namespace {

constexpr std::array<uint32_t, 64> round_constants{
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

uint32_t load_big_endian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | uint32_t{bytes[3]};
}

constexpr std::string_view hex_digits = "0123456789abcdef";

}  // namespace

void Sha256::compress(const uint8_t* block) {
  std::array<uint32_t, 64> schedule;
  for (std::size_t t = 0; t < 16; ++t)
    schedule[t] = load_big_endian(block + 4 * t);
  for (std::size_t t = 16; t < 64; ++t) {
    const uint32_t x = schedule[t - 15];
    const uint32_t y = schedule[t - 2];
    const uint32_t s0 = std::rotr(x, 7) ^ std::rotr(x, 18) ^ (x >> 3);
    const uint32_t s1 = std::rotr(y, 17) ^ std::rotr(y, 19) ^ (y >> 10);
    schedule[t] = schedule[t - 16] + s0 + schedule[t - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (std::size_t t = 0; t < 64; ++t) {
    const uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const uint32_t choice = (e & f) ^ (~e & g);
    const uint32_t t1 = h + s1 + choice + round_constants[t] + schedule[t];
    const uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + s0 + majority;
  }
  const std::array<uint32_t, 8> result{a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i)
    state_[i] += result[i];
}

void Sha256::update(std::span<const uint8_t> bytes) {
  if (bytes.empty()) return;
  std::size_t filled = length_ % block_.size();
  length_ += bytes.size();
  if (filled > 0) {
    const std::size_t taken = std::min(block_.size() - filled, bytes.size());
    std::memcpy(block_.data() + filled, bytes.data(), taken);
    bytes = bytes.subspan(taken);
    filled += taken;
    if (filled < block_.size()) return;
    compress(block_.data());
  }
  for (; bytes.size() >= block_.size(); bytes = bytes.subspan(block_.size()))
    compress(bytes.data());
  std::ranges::copy(bytes, block_.begin());
}

Digest Sha256::digest() const {
  Sha256 padded = *this;
  constexpr std::array<uint8_t, 64> padding{0x80};
  // One bit, zeros up to 8 bytes short of a whole block, then the length in bits.
  padded.update(std::span(padding).first(1 + (119 - length_ % 64) % 64));
  std::array<uint8_t, 8> bits;
  for (std::size_t i = 0; i < 8; ++i)
    bits[i] = static_cast<uint8_t>((length_ * 8) >> (56 - 8 * i));
  padded.update(bits);
  Digest result;
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = static_cast<uint8_t>(padded.state_[i / 4] >> (24 - 8 * (i % 4)));
  return result;
}

Digest sha256(std::span<const uint8_t> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.digest();
}

std::string sha256_hex(std::span<const uint8_t> bytes) { return to_hex(sha256(bytes)); }

std::string to_hex(std::span<const uint8_t> bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    hex += hex_digits[byte >> 4];
    hex += hex_digits[byte & 15];
  }
  return hex;
}

bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of(hex_digits) == std::string_view::npos;
}

std::optional<Digest> digest_from_hex(std::string_view hex) {
  Digest digest;
  if (!is_hex(hex, 2 * digest.size())) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i)
    digest[i] = static_cast<uint8_t>(hex_digits.find(hex[2 * i]) << 4 | hex_digits.find(hex[2 * i + 1]));
  return digest;
}

}  // namespace picfind
