#pragma once
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

}  // namespace picfind
