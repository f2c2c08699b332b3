#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace picfind {

/// Antialiased convolution filters, as Pillow defines them: bicubic with a = −0.5, bilinear (a triangle).
enum class Interpolation { bicubic, bilinear };

/// One axis of a resize: `source` pixels are read as if they stood at `source_begin` in a line of `line` pixels that is
/// otherwise padding; that line is resized to `resized` pixels, of which `count` from `first` on are wanted. What is
/// stored may be the source at a smaller scale; all lengths here are of the source itself.
struct Axis {
  std::int64_t line;
  std::int64_t source_begin;
  std::int64_t source;
  std::int64_t resized;
  std::int64_t first;
  int count;
  /// The source is stored last pixel first.
  bool mirrored;
  /// Scale of what is stored (see Picture::eighths).
  int eighths = 8;
};

/// Where one output pixel takes its value from: `count` source pixels, as stored, from `first` on.
struct Window {
  int first;
  int count;
  /// Into Kernel::weights.
  std::size_t weights;
  /// Sum of the weights that fall on padding.
  std::int32_t padding;
};

/// Fixed-point weights of every output pixel of an axis.
struct Kernel {
  std::vector<Window> windows;
  std::vector<std::int32_t> weights;

  std::span<const std::int32_t> of(const Window& window) const {
    return {weights.data() + window.weights, std::size_t(window.count)};
  }
};

/// Weights sum to about 2^weight_bits.
constexpr int weight_bits = 22;

using Rgba = std::array<std::uint8_t, 4>;

/// Weights exactly as Pillow ≤ 12 has them (Resample.c): computed and normalised in double, rounded to 22 bits.
Kernel make_kernel(const Axis& axis, Interpolation interpolation);

/// What an axis makes of a line that is all padding: one pixel per window.
std::vector<Rgba> resample_padding(const Kernel& kernel, Rgba padding);

/// Both passes round to 8 bits and clamp, as Pillow's do.
namespace portable {

/// A kernel as resample_row reads it, made once for many rows.
using RowKernel = const Kernel&;

/// Resamples along a row. row: RGBA pixels; out: uint8[kernel.windows.size()·4].
void resample_row(const std::uint8_t* row, RowKernel kernel, Rgba padding, std::uint8_t* out);

/// Resamples across rows: out, uint8[pixels·4], is the sum of rows[i]·weights[i] and padding_row·padding_weight.
void combine_rows(std::span<const std::uint8_t* const> rows, std::span<const std::int32_t> weights,
                  const std::uint8_t* padding_row, std::int32_t padding_weight, int pixels, std::uint8_t* out);

}  // namespace portable

#ifdef __wasm_simd128__
/// The same results, bit for bit.
namespace simd128 {

struct RowKernel {
  explicit RowKernel(const Kernel& kernel);

  /// Their `weights` are into `quads`.
  std::vector<Window> windows;
  /// Weights by fours, halved: four low halves, four high ones. The last four of a window begin four before its end;
  /// weights that were in the four before them are 0.
  std::vector<std::array<std::int16_t, 8>> quads;
};

void resample_row(const std::uint8_t* row, const RowKernel& kernel, Rgba padding, std::uint8_t* out);
void combine_rows(std::span<const std::uint8_t* const> rows, std::span<const std::int32_t> weights,
                  const std::uint8_t* padding_row, std::int32_t padding_weight, int pixels, std::uint8_t* out);
}  // namespace simd128

using simd128::combine_rows;
using simd128::resample_row;
using simd128::RowKernel;
#else
using portable::combine_rows;
using portable::resample_row;
using portable::RowKernel;
#endif

}  // namespace picfind
