#pragma once
#include "error.h"
#include "vector/metric.h"
#include "vector/top_k.h"

#include <cstdint>
#include <span>
#include <vector>

namespace picfind {

/// How near query is to vectors float32[rows.size()·dim] just read, best first, ties by row, at most k. Rows whose
/// vectors are not all there are left out.
std::vector<Hit> rescore(Metric metric, std::span<const float> query, std::span<const uint32_t> rows,
                         std::span<const float> vectors, std::size_t k);

/// The same for int8 rows just read, values int8[rows.size()·dim] and scales float32[rows.size()] of vector − mean,
/// with the scores that a search of them gives. Errors: usage (l1 among others).
Expected<std::vector<Hit>> rescore_int8(Metric metric, std::span<const float> query, std::span<const float> mean,
                                        std::span<const uint32_t> rows, std::span<const int8_t> values,
                                        std::span<const float> scales, std::size_t k);

}  // namespace picfind
