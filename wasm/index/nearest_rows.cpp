#include "index/nearest_rows.h"
#include "vector/kernels.h"
#include "vector/top_k.h"

#include <algorithm>

namespace picfind {
namespace {

/// Rows of a block: two blocks of 512 dimensions fit into the second-level cache.
constexpr std::size_t block_rows = 64;

}  // namespace

std::vector<uint32_t> nearest_rows(std::span<const float> vectors, std::size_t dim, std::size_t k) {
  const std::size_t rows = dim == 0 ? 0 : vectors.size() / dim;
  const auto row = [&](std::size_t i) { return vectors.subspan(i * dim, dim); };
  std::vector<TopK> nearest(rows, TopK(k));
  for (std::size_t a = 0; a < rows; a += block_rows)
    for (std::size_t b = a; b < rows; b += block_rows)
      for (std::size_t i = a; i < std::min(a + block_rows, rows); ++i)
        for (std::size_t j = std::max(b, i + 1); j < std::min(b + block_rows, rows); ++j) {
          // Both of the pair, for the product is the same.
          const float score = kernels::dot(row(i), row(j));
          nearest[i].push({static_cast<uint32_t>(j), score});
          nearest[j].push({static_cast<uint32_t>(i), score});
        }
  std::vector<uint32_t> result;
  result.reserve(rows * k);
  for (TopK& best : nearest)
    for (const Hit& hit : best.take())
      result.push_back(hit.row);
  return result;
}

}  // namespace picfind
