#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace picfind {

/// In a list of nearest rows: it ends here.
inline constexpr uint32_t no_row = 0xffffffff;

/// What is known before rows are compared, so that not every pair has to be.
struct KnownNearest {
  /// uint32[rows·k]: of each row the nearest of those that are not `added`, nearest first, as many as are known, then
  /// no_row. Empty if nothing is known.
  std::span<const uint32_t> lists;
  /// Rows that the lists do not know of; their own lists are empty.
  std::span<const uint32_t> added;
};

/// The nearest other rows of every row by dot product, exactly: uint32[rows·min(k, rows − 1)], nearest first, of equal
/// ones the earlier row. vectors: float32[rows·dim]. A list that is known is brought up to date, which costs one
/// comparison with each added row: it is right as far as it goes, which is no less far than before, and ends with
/// no_row. A list that is empty is made from all rows. Known lists are believed; rows in them that do not exist are
/// not.
std::vector<uint32_t> nearest_rows(std::span<const float> vectors, std::size_t dim, std::size_t k,
                                   const KnownNearest& known = {});

}  // namespace picfind
