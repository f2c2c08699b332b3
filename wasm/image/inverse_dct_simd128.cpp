#include "jpeg_simd128.h"

#ifdef __wasm_simd128__
#include <algorithm>
#include <cstdint>
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

/// Eight terms to twelve samples. Called five times a block: inlined, it would be 4 KB.
template <Pass pass> [[gnu::noinline]] void transform_12(v128_t* v) {
  const auto shifted = [](v128_t value) { return wasm_i32x4_shl(value, const_bits); };
  const auto base = scaled_up<pass>(v[0]);
  const auto c4 = times(v[4], 1.224744871), c2 = times(v[2], 1.366025404);
  const auto y2 = shifted(v[2]), y6 = shifted(v[6]);
  const auto tmp20 = add(add(base, c4), add(c2, y6)), tmp25 = sub(add(base, c4), add(c2, y6));
  const auto tmp21 = add(base, sub(y2, y6)), tmp24 = sub(base, sub(y2, y6));
  const auto outer = sub(sub(c2, y2), y6);
  const auto tmp22 = add(sub(base, c4), outer), tmp23 = sub(sub(base, c4), outer);

  const auto y1 = v[1], y3 = v[3], y5 = v[5], y7 = v[7];
  const auto c3 = times(y3, 1.306562965), c9 = times(y3, 0.541196100);
  const auto c7 = times(add(add(y1, y5), y7), 0.860918669);
  const auto c5 = add(c7, times(add(y1, y5), 0.261052384));
  const auto c11 = times(add(y5, y7), 1.045510580);
  const auto tmp10 = add(add(c5, c3), times(y1, 0.280143716));
  const auto tmp12 = sub(sub(sub(c5, c11), c9), times(y5, 1.478575242));
  const auto tmp13 = add(sub(sub(c7, c11), c3), times(y7, 1.586706681));
  const auto tmp15 = sub(sub(sub(c7, c9), times(y1, 0.676326758)), times(y7, 1.982889723));
  const auto z1 = sub(y1, y7), z2 = sub(y3, y5);
  const auto z3 = times(add(z1, z2), 0.541196100);
  const auto tmp11 = add(z3, times(z1, 0.765366865));
  const auto tmp14 = sub(z3, times(z2, 1.847759065));

  const v128_t even[] = {tmp20, tmp21, tmp22, tmp23, tmp24, tmp25};
  const v128_t odd[] = {tmp10, tmp11, tmp12, tmp13, tmp14, tmp15};
  for (int i = 0; i < 6; i++) {
    v[i] = descale<pass>(add(even[i], odd[i]));
    v[11 - i] = descale<pass>(sub(even[i], odd[i]));
  }
}

/// constant: see transform_8.
template <int size, Pass pass> void transform(v128_t* v, v128_t constant) {
  if constexpr (size == 3) transform_3<pass>(v);
  if constexpr (size == 6) transform_6<pass>(v);
  if constexpr (size == 8) transform_8<pass>(v, constant);
  if constexpr (size == 12) transform_12<pass>(v);
}

void transpose(v128_t* v) {
  const auto a = wasm_i32x4_shuffle(v[0], v[1], 0, 4, 1, 5), b = wasm_i32x4_shuffle(v[0], v[1], 2, 6, 3, 7);
  const auto c = wasm_i32x4_shuffle(v[2], v[3], 0, 4, 1, 5), d = wasm_i32x4_shuffle(v[2], v[3], 2, 6, 3, 7);
  v[0] = wasm_i64x2_shuffle(a, c, 0, 2);
  v[1] = wasm_i64x2_shuffle(a, c, 1, 3);
  v[2] = wasm_i64x2_shuffle(b, d, 0, 2);
  v[3] = wasm_i64x2_shuffle(b, d, 1, 3);
}

v128_t zero_lanes(const v128_t* v) {
  auto any = v[1];
  for (int i = 2; i < DCTSIZE; i++)
    any = wasm_v128_or(any, v[i]);
  return wasm_i32x4_eq(any, wasm_i32x4_const_splat(0));
}

/// Stores the first `count` of row `row` of four rows of four samples.
template <int count, int row> void store_row(v128_t samples, JSAMPROW out) {
  if constexpr (count >= 4) wasm_v128_store32_lane(out, samples, row);
  if constexpr (count < 4) wasm_v128_store16_lane(out, samples, 2 * row);
  if constexpr (count == 3) wasm_v128_store8_lane(out + 2, samples, 4 * row + 2);
}

/// Four columns of `rows` rows, of which the first `count` columns are wanted; 0 stands for 128.
template <int count, int rows> void store_columns(const v128_t* columns, JSAMPARRAY out, JDIMENSION at) {
  const auto middle = wasm_i16x8_const_splat(CENTERJSAMPLE);
  const auto bytes = wasm_u8x16_narrow_i16x8(wasm_i16x8_add(wasm_i16x8_narrow_i32x4(columns[0], columns[1]), middle),
                                             wasm_i16x8_add(wasm_i16x8_narrow_i32x4(columns[2], columns[3]), middle));
  const auto samples = wasm_i8x16_shuffle(bytes, bytes, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  store_row<count, 0>(samples, out[0] + at);
  store_row<count, 1>(samples, out[1] + at);
  if constexpr (rows > 2) store_row<count, 2>(samples, out[2] + at);
  if constexpr (rows > 3) store_row<count, 3>(samples, out[3] + at);
}

/// The rows from `row` on, up to four. columns: what the first pass made of columns 0–3 and 4–7.
template <int size, int row> void transform_rows(const v128_t (&columns)[2][12], JSAMPARRAY out, JDIMENSION at) {
  v128_t v[12];
  for (int i = 0; i < 4; i++) {
    v[i] = columns[0][row + i];
    v[4 + i] = columns[1][row + i];
  }
  transpose(v);
  transpose(v + 4);
  transform<size, Pass::rows>(v, zero_lanes(v));
  constexpr int rows = std::min(4, size - row);
  store_columns<size, rows>(v, out + row, at);
  if constexpr (size > 4) store_columns<size - 4, rows>(v + 4, out + row, at + 4);
  if constexpr (size > 8) store_columns<size - 8, rows>(v + 8, out + row, at + 8);
}

template <int size>
void inverse_dct(j_decompress_ptr, jpeg_component_info* component, JCOEFPTR block, JSAMPARRAY out, JDIMENSION at) {
  constexpr int terms = std::min(size, DCTSIZE);
  const auto* quantisers = static_cast<const std::int32_t*>(component->dct_table);
  v128_t columns[2][12] = {};
  auto below = wasm_i16x8_const_splat(0);
  for (int i = 0; i < terms; i++) {
    const auto row = wasm_v128_load(block + i * DCTSIZE);
    if (i > 0) below = wasm_v128_or(below, row);
    columns[0][i] = wasm_i32x4_mul(wasm_i32x4_extend_low_i16x8(row), wasm_v128_load(quantisers + i * DCTSIZE));
    if constexpr (terms > 4)
      columns[1][i] = wasm_i32x4_mul(wasm_i32x4_extend_high_i16x8(row), wasm_v128_load(quantisers + i * DCTSIZE + 4));
  }
  const auto constant = wasm_i16x8_eq(below, wasm_i16x8_const_splat(0));
  transform<size, Pass::columns>(columns[0], wasm_i32x4_extend_low_i16x8(constant));
  if constexpr (terms > 4) transform<size, Pass::columns>(columns[1], wasm_i32x4_extend_high_i16x8(constant));

  transform_rows<size, 0>(columns, out, at);
  if constexpr (size > 4) transform_rows<size, 4>(columns, out, at);
  if constexpr (size > 8) transform_rows<size, 8>(columns, out, at);
}

}  // namespace

inverse_DCT_method_ptr inverse_dct(int size) {
  switch (size) {
  case 3:
    return inverse_dct<3>;
  case 6:
    return inverse_dct<6>;
  case 8:
    return inverse_dct<8>;
  case 12:
    return inverse_dct<12>;
  default:
    return nullptr;
  }
}

}  // namespace picfind::simd128
#endif
