#ifdef __wasm_simd128__
#include "vector/kernels.h"

#include <algorithm>
#include <array>
#include <cstring>
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

int32_t sum_of(v128_t sums) {
  return wasm_i32x4_extract_lane(sums, 0) + wasm_i32x4_extract_lane(sums, 1) + wasm_i32x4_extract_lane(sums, 2) +
         wasm_i32x4_extract_lane(sums, 3);
}

constexpr std::size_t wide = 8;  // int16 lanes

v128_t load_wide(const int16_t* values) { return wasm_v128_load(values); }
v128_t load_wide(const int8_t* values) { return wasm_i16x8_load8x8(values); }

template <class Query> void add_products(v128_t& sums, const Query* query, const int8_t* row) {
  sums = wasm_i32x4_add(sums, wasm_i32x4_dot_i16x8(load_wide(query), load_wide(row)));
}

/// As fast as memory gives rows that follow one another: several rows at a time gain nothing more.
template <class Query> int32_t dot_row(const Query* query, const int8_t* row, std::size_t dim) {
  std::array<v128_t, 4> sums{};
  std::size_t i = 0;
  for (; i + 4 * wide <= dim; i += 4 * wide)
    for (std::size_t s = 0; s < sums.size(); ++s)
      add_products(sums[s], query + i + s * wide, row + i + s * wide);
  for (; i + wide <= dim; i += wide)
    add_products(sums[0], query + i, row + i);
  int32_t sum = sum_of(wasm_i32x4_add(wasm_i32x4_add(sums[0], sums[1]), wasm_i32x4_add(sums[2], sums[3])));
  for (; i < dim; ++i)
    sum += query[i] * row[i];
  return sum;
}

/// Four rows that lie apart, side by side: the processor fetches them all while it would wait for one.
void dot_four(const int16_t* query, const int8_t* const* rows, std::size_t dim, int32_t* out) {
  std::array<v128_t, 4> sums{};
  std::size_t i = 0;
  for (; i + wide <= dim; i += wide)
    for (std::size_t r = 0; r < sums.size(); ++r)
      add_products(sums[r], query + i, rows[r] + i);
  for (std::size_t r = 0; r < sums.size(); ++r) {
    out[r] = sum_of(sums[r]);
    for (std::size_t rest = i; rest < dim; ++rest)
      out[r] += query[rest] * rows[r][rest];
  }
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

void dot_int8_at(std::span<const int16_t> query, std::span<const int8_t* const> rows, std::span<int32_t> out) {
  std::size_t r = 0;
  for (; r + 4 <= out.size(); r += 4)
    dot_four(query.data(), rows.data() + r, query.size(), out.data() + r);
  for (; r < out.size(); ++r)
    out[r] = dot_row(query.data(), rows[r], query.size());
}

int32_t dot_int8_rows(const int8_t* a, const int8_t* b, std::size_t dim) { return dot_row(a, b, dim); }

void signs(const int8_t* row, std::size_t dim, uint8_t* code) {
  std::size_t i = 0;
  for (; i + lanes <= dim; i += lanes) {
    const auto bits =
        static_cast<uint16_t>(wasm_i8x16_bitmask(wasm_i8x16_gt(wasm_v128_load(row + i), wasm_i8x16_const_splat(0))));
    std::memcpy(code + i / 8, &bits, sizeof bits);
  }
  portable::signs(row + i, dim - i, code + i / 8);
}

}  // namespace picfind::simd128
#endif
