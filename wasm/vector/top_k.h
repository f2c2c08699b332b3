#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace picfind {

struct Hit {
  uint32_t row;
  float score;
  bool operator==(const Hit&) const = default;
};

/// Higher scores first, equal scores by row: a total order, so the same rows give the same hits whatever order they
/// came in.
inline bool ranks_before(const Hit& a, const Hit& b) { return a.score != b.score ? a.score > b.score : a.row < b.row; }

/// Keeps the k best hits it is shown. Scores must not be NaN.
class TopK {
public:
  explicit TopK(std::size_t k) : k_(k) {}

  void push(Hit hit) {
    if (heap_.size() < k_) {
      heap_.push_back(hit);
      std::ranges::push_heap(heap_, ranks_before);
    } else if (k_ > 0 && ranks_before(hit, heap_.front())) {
      std::ranges::pop_heap(heap_, ranks_before);
      heap_.back() = hit;
      std::ranges::push_heap(heap_, ranks_before);
    }
  }

  /// Whether k hits are kept, at least one, so that a hit has to rank before worst() to get in.
  bool full() const { return !heap_.empty() && heap_.size() == k_; }
  /// The last of the hits kept; there is one.
  const Hit& worst() const { return heap_.front(); }

  /// The hits, best first; leaves nothing behind.
  std::vector<Hit> take() {
    std::ranges::sort_heap(heap_, ranks_before);
    return std::move(heap_);
  }

private:
  std::size_t k_;
  std::vector<Hit> heap_;
};

}  // namespace picfind
