#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace picfind {

/// Merging keeps a library at no more segments than this.
constexpr std::size_t max_segments = 24;

struct SegmentSize {
  uint32_t rows;
  /// Rows that are not deleted.
  uint32_t live;
  /// In memory; others are left alone.
  bool ready;
};

/// Which segments to put together now, in order; empty for none. A segment is of tier ⌊log₄ live⌋; four of a tier
/// become one of a higher tier, so a row is rewritten about log₄(rows) times. A segment more than half deleted is
/// rewritten alone. Where tiers alone would come near max_segments, the smallest are put together.
std::vector<std::size_t> plan_merge(std::span<const SegmentSize> segments);

}  // namespace picfind
