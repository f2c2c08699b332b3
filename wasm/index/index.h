#pragma once
#include "error.h"
#include "vector/row_bitmap.h"
#include "vector/top_k.h"

#include <span>
#include <vector>

namespace picfind {

/// Finds the records whose vectors are nearest to a query.
class Index {
public:
  virtual ~Index() = default;

  /// The k best of the records in `allowed`, best first, ties by row. query: float32[dim], unit length. A record with
  /// several vectors counts once, by its best.
  virtual Expected<std::vector<Hit>> search(std::span<const float> query, std::size_t k,
                                            const RowBitmap& allowed) const = 0;
};

}  // namespace picfind
