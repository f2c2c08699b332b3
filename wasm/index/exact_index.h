#pragma once
#include "index/index.h"
#include "index/row_block.h"
#include "vector/metric.h"

namespace picfind {

/// Scores every allowed row: always right, and fast enough up to about 10^5 rows.
class ExactIndex final : public Index {
public:
  /// mean: float32[dim]; the blocks in record order. By l1 a score is the Manhattan distance with its sign turned, by
  /// all others query·vector, from which they follow.
  ExactIndex(std::vector<float> mean, std::vector<RowBlock> blocks, Metric by = Metric::dot)
      : mean_(std::move(mean)), blocks_(std::move(blocks)), by_(by) {}

  Expected<std::unique_ptr<Search>> begin(std::span<const float> query, const Wanted& wanted,
                                          const RowBitmap& allowed) const override;

  bool empty() const { return blocks_.empty(); }

private:
  std::vector<float> mean_;
  std::vector<RowBlock> blocks_;
  Metric by_;
};

}  // namespace picfind
