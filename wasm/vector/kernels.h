#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

/// Metric kernels: one interface, one file per instruction set, chosen when the core is compiled.
///
/// Every implementation adds in the same order (element i goes to partial sum i mod 16, the partial sums are then added
/// as a tree), so all of them return the same bits. Spans given together have the same length. Squares and products
/// must stay inside float's range.
namespace picfind {

/// The largest |q| an int16 query may hold so that its product with `dim` int8 values cannot overflow int32. It counts
/// −128 as a possible value, which this project never writes but a foreign file may hold.
constexpr int32_t int16_query_limit(std::size_t dim) {
  const std::size_t limit = std::size_t{INT32_MAX} / (128 * (dim == 0 ? 1 : dim));
  return limit < INT16_MAX ? static_cast<int32_t>(limit) : INT16_MAX;
}

namespace portable {
/// Σ aᵢ·bᵢ
float dot(std::span<const float> a, std::span<const float> b);
/// Euclidean distance √Σ(aᵢ−bᵢ)²
float l2(std::span<const float> a, std::span<const float> b);
/// Manhattan distance Σ|aᵢ−bᵢ|
float l1(std::span<const float> a, std::span<const float> b);
/// out[r] = Σ queryᵢ·rows[r·dim+i], dim = query.size(), |queryᵢ| ≤ int16_query_limit(dim); rows: int8[out.size()·dim].
void dot_int8(std::span<const int16_t> query, const int8_t* rows, std::span<int32_t> out);
/// The same for rows that lie apart: out[r] = Σ queryᵢ·rows[r][i], rows[r]: int8[dim].
void dot_int8_at(std::span<const int16_t> query, std::span<const int8_t* const> rows, std::span<int32_t> out);
/// Σ aᵢ·bᵢ of two rows int8[dim]
int32_t dot_int8_rows(const int8_t* a, const int8_t* b, std::size_t dim);
/// out[r] = bits that differ between the query and row r; rows: uint8[out.size()·query.size()], at most 8,191 bytes
/// each.
void hamming(std::span<const uint8_t> query, const uint8_t* rows, std::span<uint16_t> out);
/// Bit i mod 8 of byte i / 8 of `code` is set where row[i] > 0; row: int8[dim], code: uint8[⌈dim/8⌉].
void signs(const int8_t* row, std::size_t dim, uint8_t* code);
}  // namespace portable

#ifdef __wasm_simd128__
namespace simd128 {
float dot(std::span<const float> a, std::span<const float> b);
float l2(std::span<const float> a, std::span<const float> b);
float l1(std::span<const float> a, std::span<const float> b);
void dot_int8(std::span<const int16_t> query, const int8_t* rows, std::span<int32_t> out);
void dot_int8_at(std::span<const int16_t> query, std::span<const int8_t* const> rows, std::span<int32_t> out);
int32_t dot_int8_rows(const int8_t* a, const int8_t* b, std::size_t dim);
void signs(const int8_t* row, std::size_t dim, uint8_t* code);
/// Counts with i64.popcnt, one instruction on every processor of the last decade: measured 3.0 ms for a million rows of
/// 512 bits where i8x16.popcnt, which x86 must put together from table look-ups, takes 4.9 ms.
using portable::hamming;
}  // namespace simd128
namespace kernels = simd128;
#else
namespace kernels = portable;
#endif

/// Σ aᵢ·bᵢ / (‖a‖·‖b‖); 0 where either is zero.
inline float cosine(std::span<const float> a, std::span<const float> b) {
  const float norms = std::sqrt(kernels::dot(a, a)) * std::sqrt(kernels::dot(b, b));
  return norms > 0 ? kernels::dot(a, b) / norms : 0;
}

}  // namespace picfind
