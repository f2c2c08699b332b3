#pragma once
#include "error.h"
#include "vector/row_bitmap.h"
#include "vector/top_k.h"

#include <memory>
#include <span>
#include <vector>

namespace picfind {

/// A search under way, in slices: a long one lets other work in between, or is given up by letting go of it. It reads
/// the index's memory, which outlives it.
class Search {
public:
  virtual ~Search() = default;

  /// Scores about `rows` rows more. False once there is nothing left to do.
  virtual bool step(uint32_t rows) = 0;
  /// The hits, best first, ties by row; asked for once, when step() has returned false.
  virtual std::vector<Hit> take() = 0;
};

/// Finds the records whose vectors are nearest to a query. A score is the cosine of unit vectors.
class Index {
public:
  virtual ~Index() = default;

  /// For the k best of the records in `allowed`. query: float32[dim], unit length. A record with several vectors counts
  /// once, by its best. `allowed` outlives the search. Errors: usage.
  virtual Expected<std::unique_ptr<Search>> begin(std::span<const float> query, std::size_t k,
                                                  const RowBitmap& allowed) const = 0;

  /// The same in one go.
  Expected<std::vector<Hit>> search(std::span<const float> query, std::size_t k, const RowBitmap& allowed) const {
    constexpr uint32_t slice = 1U << 16U;
    const Expected<std::unique_ptr<Search>> search = begin(query, k, allowed);
    if (!search) return std::unexpected(search.error());
    while ((*search)->step(slice)) {
    }
    return (*search)->take();
  }
};

}  // namespace picfind
