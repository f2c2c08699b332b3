#include "index/rescore.h"

#include "vector/check_dim.h"
#include "vector/quantise.h"

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

Expected<std::vector<Hit>> rescore_int8(Metric metric, std::span<const float> query, std::span<const float> mean,
                                        std::span<const uint32_t> rows, std::span<const int8_t> values,
                                        std::span<const float> scales, std::size_t k) {
  if (metric == Metric::l1)
    return fail(ErrorCode::usage, "rescore: expected a metric that int8 is scored by, found l1");
  if (const Expected<void> checked = check_dim(query, mean.size(), "query"); !checked)
    return std::unexpected(checked.error());
  const Expected<QuantisedQuery> quantised = quantise_query(query);
  if (!quantised) return std::unexpected(quantised.error());
  const std::size_t count = std::min({rows.size(), scales.size(), values.size() / query.size()});
  std::vector<int32_t> dots(count);
  kernels::dot_int8(quantised->values, values.data(), dots);
  const float offset = kernels::dot(query, mean);
  const float squared_length = kernels::dot(query, query);
  TopK best(std::min(k, count));
  for (std::size_t i = 0; i < count; ++i) {
    const bool in_range = scales[i] >= 0 && scales[i] <= max_magnitude;  // a damaged row ranks last
    best.push({rows[i], in_range ? offset + scales[i] * quantised->scale * static_cast<float>(dots[i]) : -1});
  }
  std::vector<Hit> hits = best.take();
  for (Hit& hit : hits)
    hit.score = nearness_of_unit(metric, hit.score, squared_length);
  return hits;
}

}  // namespace picfind
