#include "index/exact_index.h"

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

/// Passes on the best score of each record; a record's rows follow one another.
class BestOfRecord {
public:
  explicit BestOfRecord(std::size_t k) : best_(k) {}

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

}  // namespace

Expected<std::vector<Hit>> ExactIndex::search(std::span<const float> query, std::size_t k,
                                              const RowBitmap& allowed) const {
  if (const Expected<void> checked = check_dim(query, mean_.size(), "query"); !checked)
    return std::unexpected(checked.error());
  const Expected<QuantisedQuery> quantised = quantise_query(query);
  if (!quantised) return std::unexpected(quantised.error());
  const float offset = kernels::dot(query, mean_);
  const std::size_t dim = query.size();

  BestOfRecord best(std::min<std::size_t>(k, allowed.rows()));
  std::array<int32_t, rows_per_call> dots{};
  for (const Int8Block& block : blocks_) {
    for (uint32_t first = 0; first < block.rows; first += rows_per_call) {
      const uint32_t count = std::min(rows_per_call, block.rows - first);
      kernels::dot_int8(quantised->values, block.values + first * dim, std::span(dots).first(count));
      for (uint32_t i = 0; i < count; ++i) {
        const uint32_t row = first + i;
        const uint32_t record = block.first_record + (block.owner != nullptr ? block.owner[row] : row);
        if (!allowed.test(record)) continue;
        const float product = block.scales[row] * quantised->scale * static_cast<float>(dots[i]);
        best.push({record, offset + product});
      }
    }
  }
  return best.take();
}

}  // namespace picfind
