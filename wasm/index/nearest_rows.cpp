#include "index/nearest_rows.h"
#include "vector/kernels.h"
#include "vector/top_k.h"

#include <algorithm>

namespace picfind {
namespace {

/// Rows of a block: two blocks of 512 dimensions fit into the second-level cache.
constexpr std::size_t block_rows = 64;

class NearestRows {
public:
  NearestRows(std::span<const float> vectors, std::size_t dim, std::size_t k)
      : vectors_(vectors), dim_(dim), rows_(dim == 0 ? 0 : vectors.size() / dim), k_(k), nearest_(rows_, TopK(k)) {}

  std::size_t rows() const { return rows_; }

  void compare_all() {
    for (std::size_t a = 0; a < rows_; a += block_rows)
      for (std::size_t b = a; b < rows_; b += block_rows)
        for (std::size_t i = a; i < std::min(a + block_rows, rows_); ++i)
          for (std::size_t j = std::max(b, i + 1); j < std::min(b + block_rows, rows_); ++j) {
            // Both of the pair, for the product is the same.
            const float similarity = score(i, j);
            nearest_[i].push({static_cast<uint32_t>(j), similarity});
            nearest_[j].push({static_cast<uint32_t>(i), similarity});
          }
  }

  /// Completes lists that are known and makes those that are empty.
  void update(const KnownNearest& known) {
    std::vector<bool> is_added(rows_);
    for (const uint32_t row : known.added)
      if (row < rows_) is_added[row] = true;
    std::vector<bool> is_wanted(rows_);
    std::vector<Hit> last(rows_);
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < rows_; ++i) {
      if (!is_added[i]) last[i] = take(i, known.lists.subspan(i * k_, k_));
      is_wanted[i] = is_added[i] || last[i].row == no_row;
      if (is_wanted[i]) wanted.push_back(i);
    }
    for (std::size_t a = 0; a < wanted.size(); a += block_rows)
      for (std::size_t b = 0; b < rows_; b += block_rows)
        for (std::size_t n = a; n < std::min(a + block_rows, wanted.size()); ++n)
          for (std::size_t j = b; j < std::min(b + block_rows, rows_); ++j) {
            const std::size_t i = wanted[n];
            if (i == j) continue;
            const float similarity = score(i, j);
            nearest_[i].push({static_cast<uint32_t>(j), similarity});
            // Of what comes after the last that is known, rows that are not added are not known.
            const Hit hit{static_cast<uint32_t>(i), similarity};
            if (is_added[i] && !is_wanted[j] && ranks_before(hit, last[j])) nearest_[j].push(hit);
          }
  }

  std::vector<uint32_t> take_lists() {
    const std::size_t width = rows_ == 0 ? 0 : std::min(k_, rows_ - 1);
    std::vector<uint32_t> result;
    result.reserve(rows_ * width);
    for (TopK& best : nearest_) {
      const std::vector<Hit> hits = best.take();
      for (std::size_t i = 0; i < width; ++i)
        result.push_back(i < hits.size() ? hits[i].row : no_row);
    }
    return result;
  }

private:
  std::span<const float> row(std::size_t i) const { return vectors_.subspan(i * dim_, dim_); }
  float score(std::size_t i, std::size_t j) const { return kernels::dot(row(i), row(j)); }

  /// Takes a list that is known; its last row.
  Hit take(std::size_t i, std::span<const uint32_t> list) {
    Hit last{no_row, 0};
    for (const uint32_t j : list) {
      if (j >= rows_) break;
      last = {j, score(i, j)};
      nearest_[i].push(last);
    }
    return last;
  }

  std::span<const float> vectors_;
  std::size_t dim_;
  std::size_t rows_;
  std::size_t k_;
  std::vector<TopK> nearest_;
};

/// Whether enough lists are known to be worth it: comparing all rows takes each pair once, an update each wanted row
/// with all.
bool is_worth(const KnownNearest& known, std::size_t rows, std::size_t k) {
  if (k == 0 || known.lists.size() != rows * k) return false;
  std::size_t empty = 0;
  for (std::size_t i = 0; i < rows; ++i)
    if (known.lists[i * k] >= rows) ++empty;
  return 2 * empty < rows;
}

}  // namespace

std::vector<uint32_t> nearest_rows(std::span<const float> vectors, std::size_t dim, std::size_t k,
                                   const KnownNearest& known) {
  NearestRows nearest(vectors, dim, k);
  if (is_worth(known, nearest.rows(), k))
    nearest.update(known);
  else
    nearest.compare_all();
  return nearest.take_lists();
}

}  // namespace picfind
