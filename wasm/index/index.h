#pragma once
#include "error.h"
#include "vector/row_bitmap.h"
#include "vector/top_k.h"

#include <memory>
#include <span>
#include <vector>

namespace picfind {

enum class Engine { exact, hnsw, sign };

/// What a search is to find, and how hard an approximate one tries.
struct Wanted {
  Wanted(std::size_t records, std::size_t candidates = 0, bool always = false)
      : k(records), num_candidates(candidates), forced(always) {}

  /// Records.
  std::size_t k;
  /// Rows an approximate search keeps, at least k: more find more and take longer. 0: for a graph (ef) 512, or k
  /// where that is more; by signs 8,192, or 4·k.
  std::size_t num_candidates;
  /// An approximate index goes its own way even where scanning is quicker.
  bool forced;
};

/// A search under way, in slices: a long one lets other work in between, or is given up by letting go of it. It reads
/// the index's memory, which outlives it.
class Search {
public:
  virtual ~Search() = default;

  /// Scores about `rows` rows more. False once there is nothing left to do.
  virtual bool step(uint32_t rows) = 0;
  /// The hits, best first, ties by row; asked for once, when step() has returned false.
  virtual std::vector<Hit> take() = 0;
  /// What found the hits; known at the end.
  virtual Engine engine() const = 0;
  /// Rows scored so far.
  virtual uint64_t scored() const = 0;
};

/// Finds the records whose vectors are nearest to a query. A score is the cosine of unit vectors.
class Index {
public:
  virtual ~Index() = default;

  /// For the best of the records in `allowed`. query: float32[dim], unit length. A record with several vectors counts
  /// once, by its best. `allowed` outlives the search. Errors: usage.
  virtual Expected<std::unique_ptr<Search>> begin(std::span<const float> query, const Wanted& wanted,
                                                  const RowBitmap& allowed) const = 0;

  /// The same in one go.
  Expected<std::vector<Hit>> search(std::span<const float> query, const Wanted& wanted,
                                    const RowBitmap& allowed) const {
    constexpr uint32_t slice = 1U << 16U;
    const Expected<std::unique_ptr<Search>> search = begin(query, wanted, allowed);
    if (!search) return std::unexpected(search.error());
    while ((*search)->step(slice)) {
    }
    return (*search)->take();
  }
};

}  // namespace picfind
