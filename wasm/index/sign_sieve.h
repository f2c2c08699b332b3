#pragma once
#include "vector/sign_code.h"

#include <array>
#include <bit>
#include <cstring>
#include <vector>

namespace picfind {

/// Tells by a row's signs what its score hardly exceeds: most rows that a graph leads to need not be scored.
///
/// With r = query − mean and v = vector − mean, query·vector follows from ‖v‖ and r·v, see SignQuery. Of v only the
/// signs are known, of r two bits a dimension: rᵢ ≈ step·(2·highᵢ + lowᵢ), both ±1, so that r·v ≈ ‖v‖·√(π/(2·dim))·Σ
/// rᵢ·sign(vᵢ) takes no more than counting the signs that differ from high and from low. (After RaBitQ, Gao and Long
/// 2024.)
class SignSieve {
public:
  /// float32[dim] each.
  SignSieve(std::span<const float> query, std::span<const float> mean);

  std::size_t code_bytes() const { return code_bytes_; }

  /// The estimate and about one standard deviation more: what is left out wrongly is at the edge of what a search keeps
  /// and hardly ever among the nearest. code: uint8[⌈dim/8⌉], see kernels::signs; length: ‖v‖. Right for unit vectors.
  float most(const uint8_t* code, float length) const {
    return base_ - length * length / 2 + length * (slack_ + step_ * static_cast<float>(sum(code)));
  }

private:
  static constexpr std::size_t word_bytes = sizeof(uint64_t);

  /// Σ (2·highᵢ + lowᵢ)·sign(vᵢ)
  int32_t sum(const uint8_t* code) const {
    uint64_t differing = 0;
    const auto add = [&](std::size_t at, std::size_t count) {
      uint64_t signs = 0;
      std::memcpy(&signs, code + at * word_bytes, count);
      differing += 2 * static_cast<uint64_t>(std::popcount(signs ^ high_[at])) +
                   static_cast<uint64_t>(std::popcount(signs ^ low_[at]));
    };
    const std::size_t whole = code_bytes_ / word_bytes;
    for (std::size_t at = 0; at < whole; ++at)
      add(at, word_bytes);
    if (code_bytes_ % word_bytes != 0) add(whole, code_bytes_ % word_bytes);
    return 3 * dim_ - 2 * static_cast<int32_t>(differing);
  }

  int32_t dim_;
  std::size_t code_bytes_;
  /// A bit a dimension, set for +1. Apart from each other: side by side, compilers compute both in one vector register
  /// and take them out of it again to count.
  std::vector<uint64_t> high_;
  std::vector<uint64_t> low_;
  /// What the score would be for r·v = 0, but for −‖v‖²/2.
  float base_;
  /// step·√(π/(2·dim))
  float step_;
  float slack_;
};

}  // namespace picfind
