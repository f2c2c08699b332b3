#include "index/rescore.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace picfind {

std::vector<Hit> rescore(Metric metric, std::span<const float> query, std::span<const uint32_t> rows,
                         std::span<const float> vectors, std::size_t k) {
  TopK best(std::min(k, rows.size()));
  for (std::size_t i = 0; i < rows.size() && (i + 1) * query.size() <= vectors.size(); ++i) {
    const float score = nearness(metric, query, vectors.subspan(i * query.size(), query.size()));
    // A damaged vector ranks last.
    best.push({rows[i], std::isfinite(score) ? score : std::numeric_limits<float>::lowest()});
  }
  return best.take();
}

}  // namespace picfind
