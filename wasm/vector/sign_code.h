#pragma once
#include "vector/kernels.h"

namespace picfind {

/// Bytes of a sign code: one bit a dimension.
constexpr std::size_t sign_code_bytes(std::size_t dim) { return (dim + 7) / 8; }

/// The signs of a row, one bit a dimension: see kernels::signs. From the int8 form, so that a code can be made wherever
/// the row is and is the same everywhere. Returns the row's length, ‖vector − mean‖ ≈ scale·‖values‖.
inline float sign_code(std::span<const int8_t> values, float scale, std::span<uint8_t> code) {
  kernels::signs(values.data(), values.size(), code.data());
  return scale * std::sqrt(static_cast<float>(kernels::dot_int8_rows(values.data(), values.data(), values.size())));
}

}  // namespace picfind
