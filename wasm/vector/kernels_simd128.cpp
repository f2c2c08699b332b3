#ifdef __wasm_simd128__
#include "vector/kernels.h"

#include <algorithm>
#include <array>
#include <wasm_simd128.h>

namespace picfind::simd128 {
namespace {

constexpr std::size_t lanes = 16;

/// Four accumulators: fewer would wait for each other's additions. The tail is padded with zeros, whose terms are zero.
template <class Term> float fold(std::span<const float> a, std::span<const float> b, Term term) {
  std::array<v128_t, 4> sums{};
  const auto step = [&](const float* x, const float* y) {
    for (std::size_t s = 0; s < sums.size(); ++s)
      sums[s] = wasm_f32x4_add(sums[s], term(wasm_v128_load(x + 4 * s), wasm_v128_load(y + 4 * s)));
  };
  std::size_t i = 0;
  for (; i + lanes <= a.size(); i += lanes)
    step(a.data() + i, b.data() + i);
  if (i < a.size()) {
    std::array<float, lanes> x{};
    std::array<float, lanes> y{};
    std::copy(a.begin() + static_cast<std::ptrdiff_t>(i), a.end(), x.begin());
    std::copy(b.begin() + static_cast<std::ptrdiff_t>(i), b.end(), y.begin());
    step(x.data(), y.data());
  }
  const v128_t four = wasm_f32x4_add(wasm_f32x4_add(sums[0], sums[1]), wasm_f32x4_add(sums[2], sums[3]));
  return (wasm_f32x4_extract_lane(four, 0) + wasm_f32x4_extract_lane(four, 2)) +
         (wasm_f32x4_extract_lane(four, 1) + wasm_f32x4_extract_lane(four, 3));
}

int32_t dot_row(const int16_t* query, const int8_t* row, std::size_t dim) {
  std::array<v128_t, 4> sums{};
  const auto step = [&](std::size_t s, v128_t bytes, std::size_t i) {
    sums[s] =
        wasm_i32x4_add(sums[s], wasm_i32x4_dot_i16x8(wasm_i16x8_extend_low_i8x16(bytes), wasm_v128_load(query + i)));
    sums[s + 1] = wasm_i32x4_add(
        sums[s + 1], wasm_i32x4_dot_i16x8(wasm_i16x8_extend_high_i8x16(bytes), wasm_v128_load(query + i + 8)));
  };
  std::size_t i = 0;
  for (; i + 32 <= dim; i += 32) {
    step(0, wasm_v128_load(row + i), i);
    step(2, wasm_v128_load(row + i + 16), i + 16);
  }
  if (i + 16 <= dim) {
    step(0, wasm_v128_load(row + i), i);
    i += 16;
  }
  const v128_t four = wasm_i32x4_add(wasm_i32x4_add(sums[0], sums[1]), wasm_i32x4_add(sums[2], sums[3]));
  int32_t sum = wasm_i32x4_extract_lane(four, 0) + wasm_i32x4_extract_lane(four, 1) + wasm_i32x4_extract_lane(four, 2) +
                wasm_i32x4_extract_lane(four, 3);
  for (; i < dim; ++i)
    sum += query[i] * row[i];
  return sum;
}

}  // namespace

float dot(std::span<const float> a, std::span<const float> b) {
  return fold(a, b, [](v128_t x, v128_t y) { return wasm_f32x4_mul(x, y); });
}

float l2(std::span<const float> a, std::span<const float> b) {
  return std::sqrt(fold(a, b, [](v128_t x, v128_t y) {
    const v128_t difference = wasm_f32x4_sub(x, y);
    return wasm_f32x4_mul(difference, difference);
  }));
}

float l1(std::span<const float> a, std::span<const float> b) {
  return fold(a, b, [](v128_t x, v128_t y) { return wasm_f32x4_abs(wasm_f32x4_sub(x, y)); });
}

void dot_int8(std::span<const int16_t> query, const int8_t* rows, std::span<int32_t> out) {
  for (int32_t& result : out) {
    result = dot_row(query.data(), rows, query.size());
    rows += query.size();
  }
}

}  // namespace picfind::simd128
#endif
