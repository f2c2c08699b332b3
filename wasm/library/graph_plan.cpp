#include "library/graph_plan.h"

#include <algorithm>

namespace picfind {

std::vector<std::size_t> plan_graph(std::span<const GraphCandidate> segments) {
  uint64_t all = 0;
  uint64_t covered = 0;
  std::vector<std::size_t> further;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (!segments[i].ready) continue;
    all += segments[i].rows;
    if (segments[i].covered)
      covered += segments[i].rows;
    else
      further.push_back(i);
  }
  std::ranges::stable_sort(further, std::ranges::greater(), [&](std::size_t i) { return segments[i].rows; });
  std::size_t taken = 0;
  for (; taken < further.size() && covered * 50 < all * 49; ++taken)
    covered += segments[further[taken]].rows;
  further.resize(taken);
  std::ranges::sort(further);
  return further;
}

}  // namespace picfind
