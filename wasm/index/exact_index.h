#pragma once
#include "index/index.h"
#include "index/row_block.h"

namespace picfind {

/// Scores every allowed row: always right, and fast enough up to about 10^5 rows.
/// query·vector ≈ query·mean + scale·(query·values).
class ExactIndex final : public Index {
public:
  /// mean: float32[dim]; the blocks in record order.
  ExactIndex(std::vector<float> mean, std::vector<RowBlock> blocks)
      : mean_(std::move(mean)), blocks_(std::move(blocks)) {}

  Expected<std::unique_ptr<Search>> begin(std::span<const float> query, const Wanted& wanted,
                                          const RowBitmap& allowed) const override;

private:
  std::vector<float> mean_;
  std::vector<RowBlock> blocks_;
};

}  // namespace picfind
