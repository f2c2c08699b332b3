#pragma once
#include "vector/top_k.h"

#include <algorithm>
#include <limits>

namespace picfind {

/// Keeps the k best records of rows that come in record order; a record with several rows counts by its best.
class BestRecords {
public:
  explicit BestRecords(std::size_t k) : best_(k) {}

  /// Rows that score less cannot get in.
  float least() const { return best_.full() ? best_.worst().score : -std::numeric_limits<float>::infinity(); }

  void push(Hit hit) {
    if (open_ && hit.row == current_.row) {
      current_.score = std::max(current_.score, hit.score);
    } else {
      if (open_) best_.push(current_);
      current_ = hit;
      open_ = true;
    }
  }

  std::vector<Hit> take() {
    if (open_) best_.push(current_);
    return best_.take();
  }

private:
  TopK best_;
  Hit current_{};
  bool open_ = false;
};

}  // namespace picfind
