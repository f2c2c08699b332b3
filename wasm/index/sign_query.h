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

  /// scores[i] of rows of which differing[i] signs are not the query's: r·v as ‖r‖·‖v‖·cos(π·differing/dim), the angle
  /// that so many differing signs make likely (Charikar 2002). Spans of the same length.
  void by_difference(std::span<const uint16_t> differing, std::span<const float> lengths,
                     std::span<float> scores) const;

  /// r·v as ‖v‖·√(π/2·dim)·Σ rᵢ·sign(vᵢ): the query keeps its numbers. Right for normally distributed vᵢ.
  float by_signs(const uint8_t* code, float length) const;

private:
  float base_;
  std::size_t dim_;
  std::vector<uint8_t> code_;
  /// ‖r‖
  float length_;
  /// Of each four dimensions, for each combination of their signs, Σ rᵢ·sign(vᵢ)·√(π/2·dim).
  std::vector<float> sums_;
};

}  // namespace picfind
