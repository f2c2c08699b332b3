#include "index/sign_query.h"

#include "vector/kernels.h"
#include "vector/sign_code.h"

#include <numbers>

namespace picfind {
namespace {

constexpr std::size_t dims_per_sum = 4;
constexpr std::size_t combinations = 1U << dims_per_sum;

}  // namespace

SignQuery::SignQuery(std::span<const float> query, std::span<const float> mean)
    : base_(kernels::dot(query, mean) + (1 - kernels::dot(mean, mean)) / 2), dim_(query.size()),
      code_(sign_code_bytes(query.size())), sums_(code_.size() * 2 * combinations) {
  std::vector<float> centred(dim_);
  for (std::size_t i = 0; i < dim_; ++i) {
    centred[i] = query[i] - mean[i];
    if (centred[i] > 0) code_[i / 8] = static_cast<uint8_t>(code_[i / 8] | (1U << (i % 8)));
  }
  length_ = std::sqrt(kernels::dot(centred, centred));
  const float factor = std::sqrt(std::numbers::pi_v<float> / 2 / static_cast<float>(dim_));
  for (std::size_t i = 0; i < dim_; ++i)
    for (std::size_t signs = 0; signs < combinations; ++signs) {
      const bool positive = ((signs >> (i % dims_per_sum)) & 1U) != 0;
      sums_[i / dims_per_sum * combinations + signs] += positive ? factor * centred[i] : -factor * centred[i];
    }
}

void SignQuery::by_difference(std::span<const uint16_t> differing, std::span<const float> lengths,
                              std::span<float> scores) const {
  const float per_sign = 1 / static_cast<float>(dim_);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    // cos(π·d/dim) = sin(π·y), y = 1/2 − d/dim, by the first terms of its series, to 0.005: the same bits everywhere,
    // which std::cos does not promise, and of four rows at a time.
    const float y = 0.5F - static_cast<float>(differing[i]) * per_sign;
    const float sine = y * (3.14159F + y * y * (-5.16771F + y * y * 2.55016F));
    scores[i] = base_ - lengths[i] * lengths[i] * 0.5F + lengths[i] * length_ * sine;
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
