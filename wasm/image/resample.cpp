#include "resample.h"
#include "picture.h"
#include <algorithm>
#include <cmath>

namespace picfind {
namespace {

double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

double bilinear(double x) {
  x = std::abs(x);
  return x < 1 ? 1 - x : 0;
}

std::uint8_t rounded(std::int32_t sum) { return std::uint8_t(std::clamp(sum >> weight_bits, 0, 255)); }

constexpr std::int32_t half = 1 << (weight_bits - 1);

}  // namespace

Kernel make_kernel(const Axis& axis, Interpolation interpolation) {
  const auto filter = interpolation == Interpolation::bicubic ? bicubic : bilinear;
  const double scaling = axis.eighths / 8.0;
  const double scale = double(axis.line) / double(axis.resized) * scaling;
  const double filter_scale = std::max(scale, 1.0);
  const double support = (interpolation == Interpolation::bicubic ? 2.0 : 1.0) * filter_scale;
  const double step = 1.0 / filter_scale;

  // Stored pixels make up a line of their own size, in which they begin at a whole number; `shift` is how much later
  // the source really begins. Where nothing is scaled that is 0.
  const auto stored = std::int64_t{scaled_side(int(axis.source), axis.eighths)};
  const double begin_stored =
      double(axis.source_begin) * scaling + (axis.mirrored ? double(axis.source) * scaling - double(stored) : 0);
  const auto source_begin = std::max<std::int64_t>(std::int64_t(std::floor(begin_stored)), 0);
  const double shift = begin_stored - double(source_begin);
  const auto source_end = source_begin + stored;
  const auto line = std::max(source_end, std::int64_t{scaled_side(int(axis.line), axis.eighths)});

  Kernel kernel;
  kernel.windows.reserve(std::size_t(axis.count));
  std::vector<double> exact;
  for (int i = 0; i < axis.count; i++) {
    const double center = (double(axis.first + i) + 0.5) * scale - shift;
    const auto begin = std::max<std::int64_t>(std::int64_t(center - support + 0.5), 0);
    const auto end = std::min(std::int64_t(center + support + 0.5), line);

    double sum = 0;
    exact.clear();
    for (auto x = begin; x < end; x++) {
      exact.push_back(filter((double(x) - center + 0.5) * step));
      sum += exact.back();
    }

    const auto inner_begin = std::clamp(source_begin, begin, end), inner_end = std::clamp(source_end, begin, end);
    const auto offset = axis.mirrored ? source_end - inner_end : inner_begin - source_begin;
    Window window{int(offset), int(inner_end - inner_begin), kernel.weights.size(), 0};
    for (auto x = begin; x < end; x++) {
      const double normalised = sum != 0 ? exact[std::size_t(x - begin)] / sum : exact[std::size_t(x - begin)];
      const auto weight = std::int32_t((normalised < 0 ? -0.5 : 0.5) + normalised * (1 << weight_bits));
      if (x < inner_begin || x >= inner_end)
        window.padding += weight;
      else
        kernel.weights.push_back(weight);
    }
    if (axis.mirrored) std::reverse(kernel.weights.begin() + std::ptrdiff_t(window.weights), kernel.weights.end());
    kernel.windows.push_back(window);
  }
  return kernel;
}

std::vector<Rgba> resample_padding(const Kernel& kernel, Rgba padding) {
  std::vector<Rgba> line;
  line.reserve(kernel.windows.size());
  for (const auto& window : kernel.windows) {
    std::int32_t total = window.padding;
    for (const auto weight : kernel.of(window))
      total += weight;
    Rgba pixel;
    for (std::size_t c = 0; c < 4; c++)
      pixel[c] = rounded(half + padding[c] * total);
    line.push_back(pixel);
  }
  return line;
}

namespace portable {

void resample_row(const std::uint8_t* row, RowKernel kernel, Rgba padding, std::uint8_t* out) {
  for (const auto& window : kernel.windows) {
    std::int32_t sums[4];
    for (std::size_t c = 0; c < 4; c++)
      sums[c] = half + padding[c] * window.padding;
    const auto* pixel = row + std::size_t(window.first) * 4;
    for (const auto weight : kernel.of(window)) {
      for (std::size_t c = 0; c < 4; c++)
        sums[c] += pixel[c] * weight;
      pixel += 4;
    }
    for (const auto sum : sums)
      *out++ = rounded(sum);
  }
}

void combine_rows(std::span<const std::uint8_t* const> rows, std::span<const std::int32_t> weights,
                  const std::uint8_t* padding_row, std::int32_t padding_weight, int pixels, std::uint8_t* out) {
  // In blocks whose sums stay in the first-level cache.
  constexpr std::size_t block = 1024;
  std::int32_t sums[block];
  const auto bytes = std::size_t(pixels) * 4;
  for (std::size_t begin = 0; begin < bytes; begin += block) {
    const auto count = std::min(block, bytes - begin);
    for (std::size_t i = 0; i < count; i++)
      sums[i] = half + padding_row[begin + i] * padding_weight;
    for (std::size_t r = 0; r < rows.size(); r++)
      for (std::size_t i = 0; i < count; i++)
        sums[i] += rows[r][begin + i] * weights[r];
    for (std::size_t i = 0; i < count; i++)
      out[begin + i] = rounded(sums[i]);
  }
}

}  // namespace portable
}  // namespace picfind
