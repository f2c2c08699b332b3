#include "vector/kernels.h"

#include <array>

namespace picfind::portable {
namespace {

constexpr std::size_t lanes = 16;

/// Sums term(aᵢ, bᵢ) in the order kernels.h promises.
template <class Term> float fold(std::span<const float> a, std::span<const float> b, Term term) {
  std::array<float, lanes> sums{};
  std::size_t i = 0;
  for (; i + lanes <= a.size(); i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane)
      sums[lane] += term(a[i + lane], b[i + lane]);
  for (std::size_t lane = 0; i < a.size(); ++i, ++lane)
    sums[lane] += term(a[i], b[i]);
  std::array<float, 4> four{};
  for (std::size_t lane = 0; lane < 4; ++lane)
    four[lane] = (sums[lane] + sums[lane + 4]) + (sums[lane + 8] + sums[lane + 12]);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

}  // namespace

float dot(std::span<const float> a, std::span<const float> b) {
  return fold(a, b, [](float x, float y) { return x * y; });
}

float l2(std::span<const float> a, std::span<const float> b) {
  return std::sqrt(fold(a, b, [](float x, float y) { return (x - y) * (x - y); }));
}

float l1(std::span<const float> a, std::span<const float> b) {
  return fold(a, b, [](float x, float y) { return std::fabs(x - y); });
}

void dot_int8(std::span<const int16_t> query, const int8_t* rows, std::span<int32_t> out) {
  for (int32_t& result : out) {
    int32_t sum = 0;
    for (std::size_t i = 0; i < query.size(); ++i)
      sum += query[i] * rows[i];
    result = sum;
    rows += query.size();
  }
}

}  // namespace picfind::portable
