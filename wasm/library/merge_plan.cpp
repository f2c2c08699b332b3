#include "library/merge_plan.h"

#include <algorithm>
#include <bit>
#include <map>

namespace picfind {
namespace {

constexpr std::size_t fan_in = 4;
/// Leaves room for commits between two merges.
constexpr std::size_t crowded = max_segments - 4;

int tier_of(uint32_t live) { return (std::bit_width(live) - 1) / 2; }

}  // namespace

std::vector<std::size_t> plan_merge(std::span<const SegmentSize> segments) {
  std::map<int, std::vector<std::size_t>> tiers;
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const SegmentSize& segment = segments[i];
    if (!segment.ready) continue;
    if (segment.live < segment.rows - segment.live) return {i};
    tiers[tier_of(segment.live)].push_back(i);
    ready.push_back(i);
  }
  for (const auto& [tier, members] : tiers)
    if (members.size() >= fan_in) return members;
  if (segments.size() <= crowded || ready.size() < fan_in) return {};
  std::ranges::stable_sort(ready, {}, [&](std::size_t i) { return segments[i].live; });
  ready.resize(fan_in);
  std::ranges::sort(ready);
  return ready;
}

}  // namespace picfind
