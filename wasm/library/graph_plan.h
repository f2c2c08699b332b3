#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace picfind {

/// A scan of fewer rows takes 3 ms at most (512 dimensions) and misses nothing.
constexpr uint32_t fewest_rows_for_graph = 65'536;

struct GraphCandidate {
  uint32_t rows;
  /// In memory; others are left alone.
  bool ready;
  /// By the graph there is, which goes on from these.
  bool covered;
};

/// Which further segments a graph is to cover, in order: the largest, until with those it covers it has 98 % of all
/// rows. The small ones are merged soon and quickly scanned.
std::vector<std::size_t> plan_graph(std::span<const GraphCandidate> segments);

}  // namespace picfind
