#include "index/exact_index.h"

#include "index/row_scan.h"
#include "vector/check_dim.h"
#include "vector/kernels.h"
#include "vector/quantise.h"

#include <array>

namespace picfind {
namespace {

/// query·vector ≈ query·mean + scale·(query·values)
class DotScan final : public RowScan {
public:
  DotScan(std::span<const RowBlock> blocks, QuantisedQuery query, float offset, std::size_t k, const RowBitmap& allowed)
      : RowScan(blocks, k, allowed), query_(std::move(query)), offset_(offset),
        all_allowed_(allowed.count() == allowed.rows()) {}

private:
  uint32_t score(const RowBlock& block, uint32_t first, uint32_t count) override {
    std::array<uint32_t, rows_per_call> rows;
    std::array<const int8_t*, rows_per_call> values;
    uint32_t chosen = 0;
    for (uint32_t row = first; row < first + count; ++row) {
      rows[chosen] = row;
      values[chosen] = block.values + std::size_t{row} * query_.values.size();
      chosen += all_allowed_ || allowed_->test(block.record(row)) ? 1 : 0;
    }
    std::array<int32_t, rows_per_call> dots;
    if (chosen == count)
      kernels::dot_int8(query_.values, values[0], std::span(dots).first(chosen));
    else
      kernels::dot_int8_at(query_.values, std::span(values).first(chosen), std::span(dots).first(chosen));
    for (uint32_t i = 0; i < chosen; ++i) {
      const float score = offset_ + block.scales[rows[i]] * query_.scale * static_cast<float>(dots[i]);
      if (score >= best_.least()) best_.push({block.record(rows[i]), score});
    }
    return chosen;
  }

  QuantisedQuery query_;
  float offset_;
  bool all_allowed_;
};

/// The distance Σ|queryᵢ − xᵢ| to x = mean + scale·values, its sign turned.
class ManhattanScan final : public RowScan {
public:
  ManhattanScan(std::span<const RowBlock> blocks, std::span<const float> mean, std::span<const float> query,
                std::size_t k, const RowBitmap& allowed)
      : RowScan(blocks, k, allowed), mean_(mean), query_(query.begin(), query.end()), vector_(query.size()) {}

private:
  uint32_t score(const RowBlock& block, uint32_t first, uint32_t count) override {
    const std::size_t dim = query_.size();
    uint32_t chosen = 0;
    for (uint32_t row = first; row < first + count; ++row) {
      if (!allowed_->test(block.record(row))) continue;
      dequantise({block.values + std::size_t{row} * dim, dim}, block.scales[row], mean_, vector_);
      best_.push({block.record(row), -kernels::l1(query_, vector_)});
      ++chosen;
    }
    return chosen;
  }

  std::span<const float> mean_;
  std::vector<float> query_;
  /// Room for one row.
  std::vector<float> vector_;
};

}  // namespace

Expected<std::unique_ptr<Search>> ExactIndex::begin(std::span<const float> query, const Wanted& wanted,
                                                    const RowBitmap& allowed) const {
  if (const Expected<void> checked = check_dim(query, mean_.size(), "query"); !checked)
    return std::unexpected(checked.error());
  // Refuses what cannot be searched for; Manhattan distances then do without.
  Expected<QuantisedQuery> quantised = quantise_query(query);
  if (!quantised) return std::unexpected(quantised.error());
  if (by_ == Metric::l1) return std::make_unique<ManhattanScan>(blocks_, mean_, query, wanted.k, allowed);
  return std::make_unique<DotScan>(blocks_, std::move(*quantised), kernels::dot(query, mean_), wanted.k, allowed);
}

}  // namespace picfind
