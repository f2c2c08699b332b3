#include "resample.h"

#ifdef __wasm_simd128__
#include <algorithm>
#include <cstring>
#include <wasm_simd128.h>

// i32x4.dot_i16x8 multiplies eight 16-bit numbers and adds neighbours, so weights of 22 bits and sign go in as two
// halves, weight = high·2^15 + low with 0 ≤ low < 2^15. Sums are modulo 2^32 and the true sum fits: the result is exact
// in any order.

namespace picfind::simd128 {
namespace {

constexpr int low_bits = 15;

/// Sums of weight·value for four values, by halves of the weights.
struct Sums {
  v128_t low;
  v128_t high;

  void add(v128_t values, v128_t low_weights, v128_t high_weights) {
    low = wasm_i32x4_add(low, wasm_i32x4_dot_i16x8(values, low_weights));
    high = wasm_i32x4_add(high, wasm_i32x4_dot_i16x8(values, high_weights));
  }
  v128_t total() const { return wasm_i32x4_add(low, wasm_i32x4_shl(high, low_bits)); }
};

v128_t half() { return wasm_i32x4_const_splat(1 << (weight_bits - 1)); }

/// int16[8]: the low halves of four weights, then the high halves.
v128_t split(v128_t weights) {
  const auto low = wasm_v128_and(weights, wasm_i32x4_const_splat((1 << low_bits) - 1));
  return wasm_i16x8_narrow_i32x4(low, wasm_i32x4_shr(weights, low_bits));
}

/// Four sums without their fraction, not yet clamped.
v128_t rounded(const Sums& sums) { return wasm_i32x4_shr(sums.total(), weight_bits); }

/// Fewer than four pixels and zeros.
v128_t load_partial(const std::uint8_t* from, int count) {
  alignas(16) std::uint8_t bytes[16] = {};
  std::memcpy(bytes, from, std::size_t(count) * 4);
  return wasm_v128_load(bytes);
}

/// halves: int16[8], low ones first.
void add_four(Sums& sums, v128_t pixels, const std::int16_t* halves) {
  // Each channel of pixels 0 and 1 side by side, then of pixels 2 and 3.
  const auto paired = wasm_i8x16_shuffle(pixels, pixels, 0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
  sums.add(wasm_u16x8_extend_low_u8x16(paired), wasm_v128_load32_splat(halves), wasm_v128_load32_splat(halves + 4));
  sums.add(wasm_u16x8_extend_high_u8x16(paired), wasm_v128_load32_splat(halves + 2),
           wasm_v128_load32_splat(halves + 6));
}

/// The weights of two rows side by side, four times.
struct PairWeights {
  v128_t low;
  v128_t high;

  PairWeights(std::int32_t a, std::int32_t b) {
    const auto halves = split(wasm_i32x4_make(a, b, 0, 0));
    low = wasm_i32x4_shuffle(halves, halves, 0, 0, 0, 0);
    high = wasm_i32x4_shuffle(halves, halves, 2, 2, 2, 2);
  }
};

/// Adds sixteen bytes of two rows.
void add_rows(Sums (&sums)[4], v128_t a, v128_t b, const PairWeights& weights) {
  const auto first = wasm_i8x16_shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const auto second = wasm_i8x16_shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  sums[0].add(wasm_u16x8_extend_low_u8x16(first), weights.low, weights.high);
  sums[1].add(wasm_u16x8_extend_high_u8x16(first), weights.low, weights.high);
  sums[2].add(wasm_u16x8_extend_low_u8x16(second), weights.low, weights.high);
  sums[3].add(wasm_u16x8_extend_high_u8x16(second), weights.low, weights.high);
}

}  // namespace

RowKernel::RowKernel(const Kernel& kernel) : windows(kernel.windows) {
  for (auto& window : windows) {
    const auto weights = kernel.of(window);
    window.weights = quads.size();
    for (int begin = 0; begin < window.count; begin += 4) {
      auto& quad = quads.emplace_back();
      const int shift = std::max(0, std::min(begin, begin + 4 - window.count));
      for (int i = begin; i < std::min(begin + 4, window.count); i++) {
        const auto weight = weights[std::size_t(i)];
        const auto lane = std::size_t(i - begin + shift);
        quad[lane] = std::int16_t(weight & ((1 << low_bits) - 1));
        quad[lane + 4] = std::int16_t(weight >> low_bits);
      }
    }
  }
}

void resample_row(const std::uint8_t* row, const RowKernel& kernel, Rgba padding, std::uint8_t* out) {
  const auto padding_words = wasm_i32x4_make(padding[0], padding[1], padding[2], padding[3]);
  for (const auto& window : kernel.windows) {
    Sums sums{wasm_i32x4_add(half(), wasm_i32x4_mul(padding_words, wasm_i32x4_splat(window.padding))),
              wasm_i32x4_const_splat(0)};
    const auto* pixels = row + std::size_t(window.first) * 4;
    const auto* quad = kernel.quads.data() + window.weights;
    const int last = window.count - 4;
    if (last >= 0) {
      for (int i = 0; i < window.count; i += 4)
        add_four(sums, wasm_v128_load(pixels + std::min(i, last) * 4), (quad++)->data());
    } else if (window.count > 0) {
      add_four(sums, load_partial(pixels, window.count), quad->data());
    }
    const auto words = wasm_i16x8_narrow_i32x4(rounded(sums), rounded(sums));
    wasm_v128_store32_lane(out, wasm_u8x16_narrow_i16x8(words, words), 0);
    out += 4;
  }
}

void combine_rows(std::span<const std::uint8_t* const> rows, std::span<const std::int32_t> weights,
                  const std::uint8_t* padding_row, std::int32_t padding_weight, int pixels, std::uint8_t* out) {
  constexpr std::size_t block = 16;
  const auto bytes = std::size_t(pixels) * 4;
  if (bytes < block) return portable::combine_rows(rows, weights, padding_row, padding_weight, pixels, out);

  // Rows are added in pairs; an odd last one has itself as a partner of weight 0.
  struct Pair {
    const std::uint8_t* first;
    const std::uint8_t* second;
    PairWeights weights;
  };
  std::vector<Pair> pairs;
  for (std::size_t r = 0; r < rows.size(); r += 2) {
    const bool odd = r + 1 == rows.size();
    pairs.push_back({rows[r], rows[odd ? r : r + 1], {weights[r], odd ? 0 : weights[r + 1]}});
  }
  pairs.push_back({padding_row, padding_row, {padding_weight, 0}});

  for (std::size_t next = 0; next < bytes; next += block) {
    // The last block overlaps the one before it rather than the end.
    const auto at = std::min(next, bytes - block);
    Sums sums[4];
    for (auto& sum : sums)
      sum = {half(), wasm_i32x4_const_splat(0)};
    for (const auto& pair : pairs)
      add_rows(sums, wasm_v128_load(pair.first + at), wasm_v128_load(pair.second + at), pair.weights);

    const auto low = wasm_i16x8_narrow_i32x4(rounded(sums[0]), rounded(sums[1]));
    const auto high = wasm_i16x8_narrow_i32x4(rounded(sums[2]), rounded(sums[3]));
    wasm_v128_store(out + at, wasm_u8x16_narrow_i16x8(low, high));
  }
}

}  // namespace picfind::simd128
#endif
