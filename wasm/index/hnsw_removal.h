#pragma once
#include "index/hnsw_builder.h"

namespace picfind {

/// The file of a graph without those of its rows that are `gone` (bool[rows]; some row stays), over `subject`. An
/// element whose rows are all gone leaves the graph; what linked to it is linked to the nearest of those that it led
/// to, so that the rest is found as before while not too many have gone.
/// `rows`: those of the graph, in its order, int8[dim] each.
std::vector<uint8_t> without_rows(const HnswGraph& graph, std::span<const GraphRow> rows, std::size_t dim,
                                  const std::vector<bool>& gone, const GraphSubject& subject);

}  // namespace picfind
