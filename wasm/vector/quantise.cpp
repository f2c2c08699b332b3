#include "vector/quantise.h"

#include "vector/kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace picfind {
namespace {

/// Nearest integer, ties to even, for |x| < 2²²: adding 1.5·2²³ leaves no bits for a fraction.
float round_to_even(float x) {
  constexpr float shift = 12582912.0F;
  return (x + shift) - shift;
}

/// max/steps, or 0 where that is too small to divide by.
float step_size(float max, float steps) {
  const float scale = max / steps;
  return scale >= std::numeric_limits<float>::min() ? scale : 0;
}

/// Rejects NaN too: comparisons with it are false.
bool in_range(float x) { return std::fabs(x) <= max_magnitude; }

std::unexpected<Error> out_of_range(std::size_t index) {
  return fail(ErrorCode::usage, "vector: expected numbers up to 10^6, found NaN or more at index " +
                                    std::to_string(index) + "; check the model's output");
}

}  // namespace

Expected<float> quantise(std::span<const float> vector, std::span<const float> mean, std::span<int8_t> out) {
  float max = 0;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    if (!in_range(vector[i])) return out_of_range(i);
    max = std::max(max, std::fabs(vector[i] - mean[i]));
  }
  const float scale = step_size(max, 127);
  for (std::size_t i = 0; i < vector.size(); ++i) {
    const float value = scale > 0 ? round_to_even((vector[i] - mean[i]) / scale) : 0;
    out[i] = static_cast<int8_t>(std::clamp(value, -127.0F, 127.0F));
  }
  return scale;
}

void dequantise(std::span<const int8_t> values, float scale, std::span<const float> mean, std::span<float> vector) {
  for (std::size_t i = 0; i < vector.size(); ++i)
    vector[i] = mean[i] + scale * static_cast<float>(values[i]);
}

Expected<QuantisedQuery> quantise_query(std::span<const float> query) {
  float max = 0;
  for (std::size_t i = 0; i < query.size(); ++i) {
    if (!in_range(query[i])) return out_of_range(i);
    max = std::max(max, std::fabs(query[i]));
  }
  const auto limit = static_cast<float>(int16_query_limit(query.size()));
  QuantisedQuery result{std::vector<int16_t>(query.size()), step_size(max, limit)};
  if (result.scale == 0) return result;
  for (std::size_t i = 0; i < query.size(); ++i)
    result.values[i] = static_cast<int16_t>(std::clamp(round_to_even(query[i] / result.scale), -limit, limit));
  return result;
}

}  // namespace picfind
