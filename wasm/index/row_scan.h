#pragma once
#include "index/best_records.h"
#include "index/index.h"
#include "index/row_block.h"

namespace picfind {

/// A search that looks at every row, block after block.
class RowScan : public Search {
public:
  bool step(uint32_t rows) final {
    while (rows > 0 && block_ < blocks_.size()) {
      const RowBlock& block = blocks_[block_];
      const uint32_t count = std::min({rows_per_call, block.rows - row_, rows});
      scored_ += score(block, row_, count);
      row_ += count;
      rows -= count;
      if (row_ < block.rows) continue;
      row_ = 0;
      ++block_;
    }
    return block_ < blocks_.size();
  }

  std::vector<Hit> take() final { return best_.take(); }
  Engine engine() const final { return Engine::exact; }
  uint64_t scored() const final { return scored_; }

protected:
  /// Rows scored per call. WebAssembly engines replace a function by its optimised version only between calls, so a
  /// long scan is many short ones.
  static constexpr uint32_t rows_per_call = 128;

  /// `blocks` and `allowed` outlive the search.
  RowScan(std::span<const RowBlock> blocks, std::size_t k, const RowBitmap& allowed)
      : allowed_(&allowed), best_(std::min<std::size_t>(k, allowed.rows())), blocks_(blocks) {}

  const RowBitmap* allowed_;
  BestRecords best_;

private:
  /// Puts the allowed ones of `count` rows from `first` on into best_, at most rows_per_call; how many they are.
  virtual uint32_t score(const RowBlock& block, uint32_t first, uint32_t count) = 0;

  std::span<const RowBlock> blocks_;
  std::size_t block_ = 0;
  uint32_t row_ = 0;
  uint64_t scored_ = 0;
};

}  // namespace picfind
