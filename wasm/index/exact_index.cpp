#include "index/exact_index.h"

#include "index/best_records.h"
#include "vector/check_dim.h"
#include "vector/kernels.h"
#include "vector/quantise.h"

#include <algorithm>
#include <array>

namespace picfind {
namespace {

/// Rows scored per kernel call. WebAssembly engines replace a function by its optimised version only between calls, so
/// a long scan is many short ones.
constexpr uint32_t rows_per_call = 128;

class ExactSearch final : public Search {
public:
  ExactSearch(std::span<const RowBlock> blocks, QuantisedQuery query, float offset, std::size_t k,
              const RowBitmap& allowed)
      : blocks_(blocks), query_(std::move(query)), offset_(offset), allowed_(&allowed),
        all_allowed_(allowed.count() == allowed.rows()), best_(k) {}

  bool step(uint32_t rows) override {
    while (rows > 0 && block_ < blocks_.size()) {
      const RowBlock& block = blocks_[block_];
      const uint32_t count = std::min({rows_per_call, block.rows - row_, rows});
      score(block, row_, count);
      row_ += count;
      rows -= count;
      if (row_ < block.rows) continue;
      row_ = 0;
      ++block_;
    }
    return block_ < blocks_.size();
  }

  std::vector<Hit> take() override { return best_.take(); }
  Engine engine() const override { return Engine::exact; }
  uint64_t scored() const override { return scored_; }

private:
  void score(const RowBlock& block, uint32_t first, uint32_t count) {
    std::array<uint32_t, rows_per_call> rows;
    std::array<const int8_t*, rows_per_call> values;
    uint32_t chosen = 0;
    for (uint32_t row = first; row < first + count; ++row) {
      rows[chosen] = row;
      values[chosen] = block.values + std::size_t{row} * query_.values.size();
      chosen += all_allowed_ || allowed_->test(block.record(row)) ? 1 : 0;
    }
    scored_ += chosen;
    std::array<int32_t, rows_per_call> dots;
    if (chosen == count)
      kernels::dot_int8(query_.values, values[0], std::span(dots).first(chosen));
    else
      kernels::dot_int8_at(query_.values, std::span(values).first(chosen), std::span(dots).first(chosen));
    for (uint32_t i = 0; i < chosen; ++i) {
      const float score = offset_ + block.scales[rows[i]] * query_.scale * static_cast<float>(dots[i]);
      if (score >= best_.least()) best_.push({block.record(rows[i]), score});
    }
  }

  std::span<const RowBlock> blocks_;
  QuantisedQuery query_;
  float offset_;
  const RowBitmap* allowed_;
  bool all_allowed_;
  BestRecords best_;
  std::size_t block_ = 0;
  uint32_t row_ = 0;
  uint64_t scored_ = 0;
};

}  // namespace

Expected<std::unique_ptr<Search>> ExactIndex::begin(std::span<const float> query, const Wanted& wanted,
                                                    const RowBitmap& allowed) const {
  if (const Expected<void> checked = check_dim(query, mean_.size(), "query"); !checked)
    return std::unexpected(checked.error());
  Expected<QuantisedQuery> quantised = quantise_query(query);
  if (!quantised) return std::unexpected(quantised.error());
  return std::make_unique<ExactSearch>(blocks_, std::move(*quantised), kernels::dot(query, mean_),
                                       std::min<std::size_t>(wanted.k, allowed.rows()), allowed);
}

}  // namespace picfind
