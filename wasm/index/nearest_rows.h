#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace picfind {

/// The k nearest other rows of every row by dot product, exactly: uint32[rows·min(k, rows − 1)], nearest first, of
/// equal ones the earlier row. vectors: float32[rows·dim].
std::vector<uint32_t> nearest_rows(std::span<const float> vectors, std::size_t dim, std::size_t k);

}  // namespace picfind
