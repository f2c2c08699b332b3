#include "jpeg_simd128.h"

#ifdef __wasm_simd128__
#include <cstdint>
#include <utility>
#include <wasm_simd128.h>

// The algorithms are those of libjpeg's jidctint.c, for four columns at a time, and so are the names of what they
// compute. Columns first, then, transposed, rows.

namespace picfind::simd128 {
namespace {

/// Constants have this many bits behind the point, numbers between the passes `pass1_bits`.
constexpr int const_bits = 13;
constexpr int pass1_bits = 2;

enum class Pass { columns, rows };

constexpr int scale(Pass pass) { return pass == Pass::columns ? const_bits - pass1_bits : const_bits + pass1_bits + 3; }

v128_t add(v128_t a, v128_t b) { return wasm_i32x4_add(a, b); }
v128_t sub(v128_t a, v128_t b) { return wasm_i32x4_sub(a, b); }
v128_t times(v128_t a, double constant) {
  return wasm_i32x4_mul(a, wasm_i32x4_splat(int(constant * (1 << const_bits) + 0.5)));
}

/// The lowest ten bits of a number over 2^scale: all that libjpeg looks at before it clamps.
v128_t sample(v128_t value, int scale) { return wasm_i32x4_shr(wasm_i32x4_shl(value, std::uint32_t(22 - scale)), 22); }

template <Pass pass> v128_t descale(v128_t value) {
  return pass == Pass::columns ? wasm_i32x4_shr(value, std::uint32_t(scale(pass))) : sample(value, scale(pass));
}

/// The constant term, with what makes `descale` round.
template <Pass pass> v128_t scaled_up(v128_t value) {
  return add(wasm_i32x4_shl(value, const_bits), wasm_i32x4_splat(1 << (scale(pass) - 1)));
}

template <Pass pass> void transform_3(v128_t* v) {
  const auto base = scaled_up<pass>(v[0]);
  const auto even = times(v[2], 0.707106781);
  const auto odd = times(v[1], 1.224744871);
  const auto tmp10 = add(base, even);
  v[0] = descale<pass>(add(tmp10, odd));
  v[1] = descale<pass>(sub(sub(base, even), even));
  v[2] = descale<pass>(sub(tmp10, odd));
}

template <Pass pass> void transform_6(v128_t* v) {
  const auto base = scaled_up<pass>(v[0]);
  const auto c4 = times(v[4], 0.707106781);
  const auto c2 = times(v[2], 1.224744871);
  const auto tmp10 = add(add(base, c4), c2);
  const auto tmp12 = sub(add(base, c4), c2);
  const auto tmp11 = sub(sub(base, c4), c4);

  const auto z1 = v[1], z2 = v[3], z3 = v[5];
  const auto c5 = times(add(z1, z3), 0.366025404);
  const auto tmp0 = add(c5, wasm_i32x4_shl(add(z1, z2), const_bits));
  const auto tmp2 = add(c5, wasm_i32x4_shl(sub(z3, z2), const_bits));
  const auto tmp1 = sub(sub(z1, z2), z3);

  v[0] = descale<pass>(add(tmp10, tmp0));
  v[5] = descale<pass>(sub(tmp10, tmp0));
  v[2] = descale<pass>(add(tmp12, tmp2));
  v[3] = descale<pass>(sub(tmp12, tmp2));
  if constexpr (pass == Pass::columns) {
    const auto descaled = descale<pass>(tmp11), odd = wasm_i32x4_shl(tmp1, pass1_bits);
    v[1] = add(descaled, odd);
    v[4] = sub(descaled, odd);
  } else {
    const auto odd = wasm_i32x4_shl(tmp1, const_bits);
    v[1] = descale<pass>(add(tmp11, odd));
    v[4] = descale<pass>(sub(tmp11, odd));
  }
}

/// constant: lanes whose other terms are all 0; libjpeg takes a shorter way there, on which nothing overflows.
template <Pass pass> void transform_8(v128_t* v, v128_t constant) {
  const auto flat = pass == Pass::columns ? wasm_i32x4_shl(v[0], pass1_bits)
                                          : sample(add(v[0], wasm_i32x4_splat(1 << (pass1_bits + 2))), pass1_bits + 3);

  const auto z1 = times(add(v[2], v[6]), 0.541196100);
  const auto even2 = sub(z1, times(v[6], 1.847759065));
  const auto even3 = add(z1, times(v[2], 0.765366865));
  const auto even0 = scaled_up<pass>(add(v[0], v[4]));
  const auto even1 = scaled_up<pass>(sub(v[0], v[4]));
  const auto tmp10 = add(even0, even3), tmp13 = sub(even0, even3);
  const auto tmp11 = add(even1, even2), tmp12 = sub(even1, even2);

  const auto y7 = v[7], y5 = v[5], y3 = v[3], y1 = v[1];
  const auto sum3 = add(y7, y3), sum4 = add(y5, y1);
  const auto z5 = times(add(sum3, sum4), 1.175875602);
  const auto z3 = sub(z5, times(sum3, 1.961570560));
  const auto z4 = sub(z5, times(sum4, 0.390180644));
  const auto o1 = times(add(y7, y1), 0.899976223);
  const auto o2 = times(add(y5, y3), 2.562915447);
  const auto tmp0 = add(sub(times(y7, 0.298631336), o1), z3);
  const auto tmp1 = add(sub(times(y5, 2.053119869), o2), z4);
  const auto tmp2 = add(sub(times(y3, 3.072711026), o2), z3);
  const auto tmp3 = add(sub(times(y1, 1.501321110), o1), z4);

  v[0] = descale<pass>(add(tmp10, tmp3));
  v[7] = descale<pass>(sub(tmp10, tmp3));
  v[1] = descale<pass>(add(tmp11, tmp2));
  v[6] = descale<pass>(sub(tmp11, tmp2));
  v[2] = descale<pass>(add(tmp12, tmp1));
  v[5] = descale<pass>(sub(tmp12, tmp1));
  v[3] = descale<pass>(add(tmp13, tmp0));
  v[4] = descale<pass>(sub(tmp13, tmp0));
  for (int i = 0; i < 8; i++)
    v[i] = wasm_v128_bitselect(flat, v[i], constant);
}

void transpose(v128_t* v) {
  const auto a = wasm_i32x4_shuffle(v[0], v[1], 0, 4, 1, 5), b = wasm_i32x4_shuffle(v[0], v[1], 2, 6, 3, 7);
  const auto c = wasm_i32x4_shuffle(v[2], v[3], 0, 4, 1, 5), d = wasm_i32x4_shuffle(v[2], v[3], 2, 6, 3, 7);
  v[0] = wasm_i64x2_shuffle(a, c, 0, 2);
  v[1] = wasm_i64x2_shuffle(a, c, 1, 3);
  v[2] = wasm_i64x2_shuffle(b, d, 0, 2);
  v[3] = wasm_i64x2_shuffle(b, d, 1, 3);
}

/// Ten-bit samples to bytes, 0 standing for 128: eight of `a`, then eight of `b`.
v128_t to_bytes(v128_t a_low, v128_t a_high, v128_t b_low, v128_t b_high) {
  const auto middle = wasm_i16x8_const_splat(CENTERJSAMPLE);
  return wasm_u8x16_narrow_i16x8(wasm_i16x8_add(wasm_i16x8_narrow_i32x4(a_low, a_high), middle),
                                 wasm_i16x8_add(wasm_i16x8_narrow_i32x4(b_low, b_high), middle));
}

/// int32[4] each: the coefficients' columns 0–3 and 4–7, the samples' rows.
struct Halves {
  v128_t low[8];
  v128_t high[8];
};

v128_t zero_lanes(const v128_t* v) {
  auto any = v[1];
  for (int i = 2; i < 8; i++)
    any = wasm_v128_or(any, v[i]);
  return wasm_i32x4_eq(any, wasm_i32x4_const_splat(0));
}

template <int size, Pass pass> void transform(v128_t* v, v128_t constant) {
  if constexpr (size == 8)
    transform_8<pass>(v, constant);
  else
    transform_6<pass>(v);
}

template <int size> void store_row(v128_t bytes, JSAMPROW out) {
  if constexpr (size == 8) {
    wasm_v128_store64_lane(out, bytes, 0);
  } else {
    wasm_v128_store32_lane(out, bytes, 0);
    wasm_v128_store16_lane(out + 4, bytes, 2);
  }
}

/// columns: eight, or six and two of anything, of eight samples each. Stores the `size` × `size` first.
template <int size> void store_columns(const Halves& columns, JSAMPARRAY out, JDIMENSION at) {
  v128_t pairs[4];
  for (int i = 0; i < size / 2; i++) {
    const auto bytes =
        to_bytes(columns.low[2 * i], columns.high[2 * i], columns.low[2 * i + 1], columns.high[2 * i + 1]);
    pairs[i] = wasm_i8x16_shuffle(bytes, bytes, 0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15);
  }
  if constexpr (size == 6) pairs[3] = pairs[2];
  const v128_t quads[4] = {wasm_i16x8_shuffle(pairs[0], pairs[1], 0, 8, 1, 9, 2, 10, 3, 11),
                           wasm_i16x8_shuffle(pairs[2], pairs[3], 0, 8, 1, 9, 2, 10, 3, 11),
                           wasm_i16x8_shuffle(pairs[0], pairs[1], 4, 12, 5, 13, 6, 14, 7, 15),
                           wasm_i16x8_shuffle(pairs[2], pairs[3], 4, 12, 5, 13, 6, 14, 7, 15)};
  for (int half = 0; half < 2; half++) {
    const auto left = quads[2 * half], right = quads[2 * half + 1];
    const v128_t rows[2] = {wasm_i32x4_shuffle(left, right, 0, 4, 1, 5), wasm_i32x4_shuffle(left, right, 2, 6, 3, 7)};
    for (int i = 0; i < 4 && half * 4 + i < size; i++) {
      const auto row = i % 2 == 0 ? rows[i / 2] : wasm_i64x2_shuffle(rows[i / 2], rows[i / 2], 1, 1);
      store_row<size>(row, out[half * 4 + i] + at);
    }
  }
}

template <int size>
void inverse_dct_by_halves(j_decompress_ptr, jpeg_component_info* component, JCOEFPTR block, JSAMPARRAY out,
                           JDIMENSION at) {
  static_assert(size == 6 || size == 8);
  const auto* quantisers = static_cast<const std::int32_t*>(component->dct_table);
  v128_t coefficients[8];
  for (int i = 0; i < size; i++)
    coefficients[i] = wasm_v128_load(block + i * DCTSIZE);

  auto below = coefficients[1];
  for (int i = 2; i < size; i++)
    below = wasm_v128_or(below, coefficients[i]);
  const auto constant = wasm_i16x8_eq(below, wasm_i16x8_const_splat(0));

  Halves v;
  for (int i = 0; i < size; i++) {
    v.low[i] = wasm_i32x4_mul(wasm_i32x4_extend_low_i16x8(coefficients[i]), wasm_v128_load(quantisers + i * DCTSIZE));
    v.high[i] =
        wasm_i32x4_mul(wasm_i32x4_extend_high_i16x8(coefficients[i]), wasm_v128_load(quantisers + i * DCTSIZE + 4));
  }
  for (int i = size; i < 8; i++)
    v.low[i] = v.high[i] = wasm_i32x4_const_splat(0);

  transform<size, Pass::columns>(v.low, wasm_i32x4_extend_low_i16x8(constant));
  transform<size, Pass::columns>(v.high, wasm_i32x4_extend_high_i16x8(constant));
  for (auto* rows : {v.low, v.low + 4, v.high, v.high + 4})
    transpose(rows);
  for (int i = 0; i < 4; i++)
    std::swap(v.low[4 + i], v.high[i]);
  transform<size, Pass::rows>(v.low, zero_lanes(v.low));
  transform<size, Pass::rows>(v.high, zero_lanes(v.high));
  store_columns<size>(v, out, at);
}

void inverse_dct_3(j_decompress_ptr, jpeg_component_info* component, JCOEFPTR block, JSAMPARRAY out, JDIMENSION at) {
  const auto* quantisers = static_cast<const std::int32_t*>(component->dct_table);
  v128_t v[4];
  for (int i = 0; i < 3; i++)
    v[i] = wasm_i32x4_mul(wasm_i32x4_load16x4(block + i * DCTSIZE), wasm_v128_load(quantisers + i * DCTSIZE));
  v[3] = wasm_i32x4_const_splat(0);
  transform_3<Pass::columns>(v);
  transpose(v);
  transform_3<Pass::rows>(v);
  // Bytes 0–2: the first samples of the three rows, 4–6: the second ones, 8–10: the third.
  const auto columns = to_bytes(v[0], v[1], v[2], v[2]);
  const auto rows = wasm_i8x16_shuffle(columns, columns, 0, 4, 8, 0, 1, 5, 9, 0, 2, 6, 10, 0, 0, 0, 0, 0);
  wasm_v128_store16_lane(out[0] + at, rows, 0);
  wasm_v128_store8_lane(out[0] + at + 2, rows, 2);
  wasm_v128_store16_lane(out[1] + at, rows, 2);
  wasm_v128_store8_lane(out[1] + at + 2, rows, 6);
  wasm_v128_store16_lane(out[2] + at, rows, 4);
  wasm_v128_store8_lane(out[2] + at + 2, rows, 10);
}

}  // namespace

inverse_DCT_method_ptr inverse_dct(int size) {
  switch (size) {
  case 3:
    return inverse_dct_3;
  case 6:
    return inverse_dct_by_halves<6>;
  case 8:
    return inverse_dct_by_halves<8>;
  default:
    return nullptr;
  }
}

}  // namespace picfind::simd128
#endif
