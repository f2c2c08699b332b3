#include "jpeg_simd128.h"

#ifdef __wasm_simd128__
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <wasm_simd128.h>

namespace picfind::simd128 {
namespace {

constexpr std::size_t block = 16;

struct Rgb16 {
  v128_t red;
  v128_t green;
  v128_t blue;
};

/// int16[8] each, cb and cr from −128 to 127. libjpeg's factors by 2^16, less the whole part where 16 bits would not
/// hold them: 1.402 = 1 + 26345/2^16, 1.772 = 2 − 7471/2^15, 0.34414 = 22554/2^16, 0.71414 = 1 − 18734/2^16.
Rgb16 convert_eight(v128_t y, v128_t cb, v128_t cr) {
  const auto rounded = [](v128_t sums) {
    return wasm_i32x4_shr(wasm_i32x4_add(sums, wasm_i32x4_const_splat(1 << 15)), 16);
  };
  const auto low = wasm_i16x8_shuffle(cb, cr, 0, 8, 1, 9, 2, 10, 3, 11);
  const auto high = wasm_i16x8_shuffle(cb, cr, 4, 12, 5, 13, 6, 14, 7, 15);
  const auto sums = [&](v128_t factors) {
    return wasm_i16x8_narrow_i32x4(rounded(wasm_i32x4_dot_i16x8(low, factors)),
                                   rounded(wasm_i32x4_dot_i16x8(high, factors)));
  };
  const auto red = sums(wasm_i16x8_const(0, 26345, 0, 26345, 0, 26345, 0, 26345));
  const auto green = sums(wasm_i16x8_const(-22554, 18734, -22554, 18734, -22554, 18734, -22554, 18734));
  const auto blue = wasm_i16x8_q15mulr_sat(cb, wasm_i16x8_const_splat(-7471));
  return {wasm_i16x8_add(wasm_i16x8_add(y, cr), red), wasm_i16x8_add(wasm_i16x8_sub(y, cr), green),
          wasm_i16x8_add(wasm_i16x8_add(y, wasm_i16x8_shl(cb, 1)), blue)};
}

/// Sixteen pixels.
void convert_block(const std::uint8_t* y, const std::uint8_t* cb, const std::uint8_t* cr, std::uint8_t* out) {
  const auto middle = wasm_i16x8_const_splat(CENTERJSAMPLE);
  const auto ys = wasm_v128_load(y), cbs = wasm_v128_load(cb), crs = wasm_v128_load(cr);
  const auto low =
      convert_eight(wasm_u16x8_extend_low_u8x16(ys), wasm_i16x8_sub(wasm_u16x8_extend_low_u8x16(cbs), middle),
                    wasm_i16x8_sub(wasm_u16x8_extend_low_u8x16(crs), middle));
  const auto high =
      convert_eight(wasm_u16x8_extend_high_u8x16(ys), wasm_i16x8_sub(wasm_u16x8_extend_high_u8x16(cbs), middle),
                    wasm_i16x8_sub(wasm_u16x8_extend_high_u8x16(crs), middle));
  const auto red = wasm_u8x16_narrow_i16x8(low.red, high.red);
  const auto green = wasm_u8x16_narrow_i16x8(low.green, high.green);
  const auto blue = wasm_u8x16_narrow_i16x8(low.blue, high.blue);
  const auto alpha = wasm_u8x16_const_splat(255);

  const auto rg_low = wasm_i8x16_shuffle(red, green, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const auto rg_high = wasm_i8x16_shuffle(red, green, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const auto ba_low = wasm_i8x16_shuffle(blue, alpha, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const auto ba_high = wasm_i8x16_shuffle(blue, alpha, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  wasm_v128_store(out, wasm_i16x8_shuffle(rg_low, ba_low, 0, 8, 1, 9, 2, 10, 3, 11));
  wasm_v128_store(out + 16, wasm_i16x8_shuffle(rg_low, ba_low, 4, 12, 5, 13, 6, 14, 7, 15));
  wasm_v128_store(out + 32, wasm_i16x8_shuffle(rg_high, ba_high, 0, 8, 1, 9, 2, 10, 3, 11));
  wasm_v128_store(out + 48, wasm_i16x8_shuffle(rg_high, ba_high, 4, 12, 5, 13, 6, 14, 7, 15));
}

void convert_row(const std::uint8_t* y, const std::uint8_t* cb, const std::uint8_t* cr, std::size_t width,
                 std::uint8_t* out) {
  if (width >= block) {
    // The last block overlaps the one before it rather than the end.
    for (std::size_t next = 0; next < width; next += block) {
      const auto at = std::min(next, width - block);
      convert_block(y + at, cb + at, cr + at, out + at * 4);
    }
    return;
  }
  std::array<std::array<std::uint8_t, block>, 3> planes{};
  std::array<std::uint8_t, block * 4> rgba;
  std::memcpy(planes[0].data(), y, width);
  std::memcpy(planes[1].data(), cb, width);
  std::memcpy(planes[2].data(), cr, width);
  convert_block(planes[0].data(), planes[1].data(), planes[2].data(), rgba.data());
  std::memcpy(out, rgba.data(), width * 4);
}

}  // namespace

void ycc_to_rgba(j_decompress_ptr info, JSAMPIMAGE planes, JDIMENSION first_row, JSAMPARRAY out, int rows) {
  for (int i = 0; i < rows; i++) {
    const auto row = first_row + JDIMENSION(i);
    convert_row(planes[0][row], planes[1][row], planes[2][row], info->output_width, out[i]);
  }
}

}  // namespace picfind::simd128
#endif
