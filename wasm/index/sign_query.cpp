#include "index/sign_query.h"

#include "vector/kernels.h"
#include "vector/sign_code.h"

#include <numbers>

namespace picfind {
namespace {

/// cos(π·x) for 0 ≤ x ≤ 1, to 0.002 (Bhāskara I): the same bits everywhere, which std::cos does not promise.
float cos_pi(float x) {
  if (x > 0.5F) return -cos_pi(1 - x);
  return (1 - 4 * x * x) / (1 + x * x);
}

constexpr std::size_t dims_per_sum = 4;
constexpr std::size_t combinations = 1U << dims_per_sum;

}  // namespace

SignQuery::SignQuery(std::span<const float> query, std::span<const float> mean)
    : base_(kernels::dot(query, mean) + (1 - kernels::dot(mean, mean)) / 2), code_(sign_code_bytes(query.size())),
      cosines_(query.size() + 1), sums_(code_.size() * 2 * combinations) {
  const std::size_t dim = query.size();
  std::vector<float> centred(dim);
  for (std::size_t i = 0; i < dim; ++i) {
    centred[i] = query[i] - mean[i];
    if (centred[i] > 0) code_[i / 8] = static_cast<uint8_t>(code_[i / 8] | (1U << (i % 8)));
  }
  const float length = std::sqrt(kernels::dot(centred, centred));
  for (std::size_t differing = 0; differing <= dim; ++differing)
    cosines_[differing] = length * cos_pi(static_cast<float>(differing) / static_cast<float>(dim));
  const float factor = std::sqrt(std::numbers::pi_v<float> / 2 / static_cast<float>(dim));
  for (std::size_t i = 0; i < dim; ++i)
    for (std::size_t signs = 0; signs < combinations; ++signs) {
      const bool positive = ((signs >> (i % dims_per_sum)) & 1U) != 0;
      sums_[i / dims_per_sum * combinations + signs] += positive ? factor * centred[i] : -factor * centred[i];
    }
}

float SignQuery::by_signs(const uint8_t* code, float length) const {
  float low = 0;
  float high = 0;
  const float* sums = sums_.data();
  for (std::size_t i = 0; i < code_.size(); ++i, sums += 2 * combinations) {
    low += sums[code[i] % combinations];
    high += sums[combinations + code[i] / combinations];
  }
  return base_ - length * length / 2 + length * (low + high);
}

}  // namespace picfind
