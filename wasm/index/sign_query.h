#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace picfind {

/// A query as rows are compared with that are known by the signs of v = vector − mean and by ‖v‖ only.
///
/// With r = query − mean and unit vectors, query·vector = query·mean + mean·v + r·v, and mean·v = (1 − ‖mean‖² −
/// ‖v‖²)/2. Only r·v has to be guessed from signs. Leaving out the rest, as comparing signs alone does, needs ten times
/// the candidates for the same recall: mean·v separates vectors more than their directions do.
class SignQuery {
public:
  /// float32[dim] each.
  SignQuery(std::span<const float> query, std::span<const float> mean);

  std::span<const uint8_t> code() const { return code_; }

  /// r·v as ‖r‖·‖v‖·cos(π·differing/dim), the angle that so many differing signs make likely (Charikar 2002).
  float by_difference(uint32_t differing, float length) const {
    return base_ - length * length / 2 + length * cosines_[differing];
  }

  /// r·v as ‖v‖·√(π/2·dim)·Σ rᵢ·sign(vᵢ): the query keeps its numbers. Right for normally distributed vᵢ.
  float by_signs(const uint8_t* code, float length) const;

private:
  float base_;
  std::vector<uint8_t> code_;
  /// ‖r‖·cos(π·d/dim) for d = 0 … dim
  std::vector<float> cosines_;
  /// Of each four dimensions, for each combination of their signs, Σ rᵢ·sign(vᵢ)·√(π/2·dim).
  std::vector<float> sums_;
};

}  // namespace picfind
