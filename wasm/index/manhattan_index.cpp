#include "index/manhattan_index.h"

#include "index/best_records.h"
#include "vector/check_dim.h"
#include "vector/kernels.h"
#include "vector/quantise.h"

#include <algorithm>

namespace picfind {
namespace {

class ManhattanSearch final : public Search {
public:
  ManhattanSearch(std::span<const float> mean, std::span<const RowBlock> blocks, std::span<const float> query,
                  std::size_t k, const RowBitmap& allowed)
      : mean_(mean), blocks_(blocks), query_(query.begin(), query.end()), vector_(query.size()), allowed_(&allowed),
        best_(k) {}

  bool step(uint32_t rows) override {
    for (; rows > 0 && block_ < blocks_.size(); --rows) {
      const RowBlock& block = blocks_[block_];
      if (allowed_->test(block.record(row_))) score(block, row_);
      if (++row_ < block.rows) continue;
      row_ = 0;
      ++block_;
    }
    return block_ < blocks_.size();
  }

  std::vector<Hit> take() override { return best_.take(); }
  Engine engine() const override { return Engine::exact; }
  uint64_t scored() const override { return scored_; }

private:
  void score(const RowBlock& block, uint32_t row) {
    const std::size_t dim = query_.size();
    dequantise({block.values + std::size_t{row} * dim, dim}, block.scales[row], mean_, vector_);
    best_.push({block.record(row), -kernels::l1(query_, vector_)});
    ++scored_;
  }

  std::span<const float> mean_;
  std::span<const RowBlock> blocks_;
  std::vector<float> query_;
  /// Room for one row.
  std::vector<float> vector_;
  const RowBitmap* allowed_;
  BestRecords best_;
  std::size_t block_ = 0;
  uint32_t row_ = 0;
  uint64_t scored_ = 0;
};

}  // namespace

Expected<std::unique_ptr<Search>> ManhattanIndex::begin(std::span<const float> query, const Wanted& wanted,
                                                        const RowBitmap& allowed) const {
  if (const Expected<void> checked = check_dim(query, mean_.size(), "query"); !checked)
    return std::unexpected(checked.error());
  // Refuses what the other indexes refuse.
  if (const Expected<QuantisedQuery> quantised = quantise_query(query); !quantised)
    return std::unexpected(quantised.error());
  return std::make_unique<ManhattanSearch>(mean_, blocks_, query, std::min<std::size_t>(wanted.k, allowed.rows()),
                                           allowed);
}

}  // namespace picfind
