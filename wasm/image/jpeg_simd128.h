#pragma once
#ifdef __wasm_simd128__
#include "jpeg_internals.h"

// Methods for libjpeg in WebAssembly's SIMD. Each gives what libjpeg's own in C gives there, bit for bit, whatever the
// input: also where a damaged file makes its 32-bit sums overflow.
namespace picfind::simd128 {

/// The inverse DCT to size × size samples; null where libjpeg's own is to be used.
inverse_DCT_method_ptr inverse_dct(int size);

/// YCbCr to RGBA; for the rest as libjpeg's color_convert.
void ycc_to_rgba(j_decompress_ptr info, JSAMPIMAGE planes, JDIMENSION first_row, JSAMPARRAY out, int rows);

}  // namespace picfind::simd128
#endif
