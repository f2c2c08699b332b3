#include "vector/kernels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

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

template <class Query> int32_t dot_row(const Query* query, const int8_t* row, std::size_t dim) {
  int32_t sum = 0;
  for (std::size_t i = 0; i < dim; ++i)
    sum += query[i] * row[i];
  return sum;
}

constexpr std::size_t word_bytes = sizeof(uint64_t);

uint64_t load_word(const uint8_t* bytes, std::size_t count = word_bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, count);
  return word;
}

/// Rows of exactly `words` words, a number the compiler unrolls by.
template <std::size_t words> void hamming_words(const uint8_t* query, const uint8_t* rows, std::span<uint16_t> out) {
  std::array<uint64_t, words> q;
  std::memcpy(q.data(), query, sizeof q);
  for (uint16_t& result : out) {
    int sum = 0;
    for (std::size_t w = 0; w < words; ++w)
      sum += std::popcount(q[w] ^ load_word(rows + w * word_bytes));
    result = static_cast<uint16_t>(sum);
    rows += words * word_bytes;
  }
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
    result = dot_row(query.data(), rows, query.size());
    rows += query.size();
  }
}

void dot_int8_at(std::span<const int16_t> query, std::span<const int8_t* const> rows, std::span<int32_t> out) {
  for (std::size_t r = 0; r < out.size(); ++r)
    out[r] = dot_row(query.data(), rows[r], query.size());
}

int32_t dot_int8_rows(const int8_t* a, const int8_t* b, std::size_t dim) { return dot_row(a, b, dim); }

void hamming(std::span<const uint8_t> query, const uint8_t* rows, std::span<uint16_t> out) {
  if (query.size() == 4 * word_bytes) return hamming_words<4>(query.data(), rows, out);
  if (query.size() == 8 * word_bytes) return hamming_words<8>(query.data(), rows, out);
  const std::size_t whole = query.size() / word_bytes * word_bytes;
  const std::size_t rest = query.size() - whole;
  for (uint16_t& result : out) {
    int sum = std::popcount(load_word(query.data() + whole, rest) ^ load_word(rows + whole, rest));
    for (std::size_t i = 0; i < whole; i += word_bytes)
      sum += std::popcount(load_word(query.data() + i) ^ load_word(rows + i));
    result = static_cast<uint16_t>(sum);
    rows += query.size();
  }
}

void signs(const int8_t* row, std::size_t dim, uint8_t* code) {
  for (std::size_t begin = 0; begin < dim; begin += 8) {
    const std::size_t bits = std::min<std::size_t>(8, dim - begin);
    unsigned byte = 0;
    for (std::size_t bit = 0; bit < bits; ++bit)
      byte |= (row[begin + bit] > 0 ? 1U : 0U) << bit;
    *code++ = static_cast<uint8_t>(byte);
  }
}

}  // namespace picfind::portable
