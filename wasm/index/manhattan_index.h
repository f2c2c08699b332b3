#pragma once
#include "index/index.h"
#include "index/row_block.h"

namespace picfind {

/// Scans every allowed row for the least Manhattan distance Σ|queryᵢ − xᵢ| to x = mean + scale·values. A score is that
/// distance with its sign turned.
class ManhattanIndex final : public Index {
public:
  /// mean: float32[dim]; the blocks in record order.
  ManhattanIndex(std::vector<float> mean, std::vector<RowBlock> blocks)
      : mean_(std::move(mean)), blocks_(std::move(blocks)) {}

  Expected<std::unique_ptr<Search>> begin(std::span<const float> query, const Wanted& wanted,
                                          const RowBitmap& allowed) const override;

private:
  std::vector<float> mean_;
  std::vector<RowBlock> blocks_;
};

}  // namespace picfind
