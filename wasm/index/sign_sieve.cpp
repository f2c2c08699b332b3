#include "index/sign_sieve.h"

#include "vector/kernels.h"

#include <algorithm>
#include <numbers>

namespace picfind {

SignSieve::SignSieve(std::span<const float> query, std::span<const float> mean)
    : dim_(static_cast<int32_t>(query.size())), code_bytes_(sign_code_bytes(query.size())),
      high_((query.size() + 63) / 64), low_(high_.size()),
      base_(kernels::dot(query, mean) + (1 - kernels::dot(mean, mean)) / 2) {
  std::vector<float> centred(query.size());
  std::ranges::transform(query, mean, centred.begin(), std::minus());
  const float squared = kernels::dot(centred, centred);
  const float deviation = std::sqrt(squared / static_cast<float>(query.size()));
  // ±1 and ±3 halves of a standard deviation are close to the best four values for normally distributed numbers.
  float product = 0;
  for (std::size_t i = 0; i < centred.size(); ++i) {
    const bool high = centred[i] > 0;
    const bool low = std::fabs(centred[i]) > deviation ? high : !high;
    high_[i / 64] |= uint64_t{high} << (i % 64);
    low_[i / 64] |= uint64_t{low} << (i % 64);
    product += std::fabs(centred[i]) * (low == high ? 3.0F : 1.0F);
  }
  // So that r·v is right for v in the direction of r.
  const float step = product > 0 ? squared / product : 0;
  step_ = step * std::sqrt(std::numbers::pi_v<float> / 2 / static_cast<float>(query.size()));
  slack_ = deviation;
}

}  // namespace picfind
