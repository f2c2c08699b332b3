#include "index/rescore.h"

#include "vector/kernels.h"

#include <cmath>

namespace picfind {

std::vector<Hit> rescore(std::span<const float> query, std::span<const uint32_t> rows, std::span<const float> vectors,
                         std::size_t k) {
  TopK best(std::min(k, rows.size()));
  for (std::size_t i = 0; i < rows.size() && (i + 1) * query.size() <= vectors.size(); ++i) {
    const float score = cosine(query, vectors.subspan(i * query.size(), query.size()));
    best.push({rows[i], std::isfinite(score) ? score : -1});  // a damaged vector ranks last
  }
  return best.take();
}

}  // namespace picfind
