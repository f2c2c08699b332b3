#pragma once
#include <cstdint>

namespace picfind {

/// Consecutive rows of one file; the memory is the caller's and outlives the index.
struct RowBlock {
  /// int8[rows·dim], of vector − mean.
  const int8_t* values;
  /// float32[rows]
  const float* scales;
  uint32_t rows;
  /// Record of row 0, or what `owner` counts from.
  uint32_t first_record;
  /// uint32[rows], never decreasing: the record of each row. Null where row i belongs to record first_record + i.
  const uint32_t* owner;

  uint32_t record(uint32_t row) const { return first_record + (owner != nullptr ? owner[row] : row); }
};

}  // namespace picfind
