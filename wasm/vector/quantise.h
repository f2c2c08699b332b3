#pragma once
#include "error.h"

#include <cstdint>
#include <span>
#include <vector>

namespace picfind {

/// Numbers beyond this are refused like NaN: products and squares of what is below stay far inside float's range.
constexpr float max_magnitude = 1e6F;

/// Centred int8: out[i] = round((vector[i] − mean[i]) / scale), scale = max|vector − mean| / 127, ties to even; so
/// vector ≈ mean + scale·out. Centring keeps the few dimensions every picture shares from using up the 8 bits. All
/// spans float32[dim] and int8[dim]. Returns the scale; 0 with zero values where vector equals mean. Refuses NaN and
/// magnitudes beyond max_magnitude. Uses only exactly rounded float operations: the same bits everywhere.
Expected<float> quantise(std::span<const float> vector, std::span<const float> mean, std::span<int8_t> out);

/// vector[i] = mean[i] + scale·values[i]
void dequantise(std::span<const int8_t> values, float scale, std::span<const float> mean, std::span<float> vector);

/// A query as int16: query ≈ scale·values. With 10 bits and more its own error is a small part of the rows' int8 error.
struct QuantisedQuery {
  std::vector<int16_t> values;
  float scale = 0;
};

/// |values| ≤ int16_query_limit(dim). Refuses NaN and magnitudes beyond max_magnitude.
Expected<QuantisedQuery> quantise_query(std::span<const float> query);

}  // namespace picfind
