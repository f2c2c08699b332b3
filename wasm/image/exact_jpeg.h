#pragma once
#include <cstdint>

namespace picfind {

// Two steps of JPEG decoding with the very rounding of libjpeg, which Pillow uses. stb_image's own are faster and now
// and then one off; in CMYK and YCCK pictures the multiplication by black would add such errors up, so those are
// decoded with these.

/// Inverse DCT of a block. coefficients: int16[64], dequantised, row by row; out: 8 rows of 8 bytes, `stride` bytes
/// apart. Loeffler, Ligtenberg and Moschytz 1989, in 13-bit fixed point with 2 extra bits between the passes, as
/// libjpeg's "islow".
void exact_inverse_dct(std::uint8_t* out, int stride, std::int16_t* coefficients);

/// JFIF's YCbCr to RGB for `count` pixels, in 16-bit fixed point; out: `step` bytes a pixel, the fourth becomes 255.
void exact_ycc_to_rgb(std::uint8_t* out, const std::uint8_t* y, const std::uint8_t* cb, const std::uint8_t* cr,
                      int count, int step);

}  // namespace picfind
