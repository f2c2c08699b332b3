#pragma once
#include "index/hnsw_index.h"
#include "index/sign_index.h"
#include "library/graph_builder.h"

#include <map>

namespace picfind {

/// A segment as a snapshot takes it.
struct SnapshotPart {
  CoveredSegment segment;
  const RowBitmap* deleted;
  uint32_t first_row;
};

/// What can be found in a library at one moment, with the memory it lies in: a search that began then goes on whatever
/// becomes of the library.
struct Snapshot {
  struct Kind {
    ExactIndex exact;
    ExactIndex manhattan;
    /// Null where no graph covers any of the rows.
    std::unique_ptr<const HnswIndex> graph;
    /// Null where there are few rows.
    std::unique_ptr<const SignIndex> signs;
    /// All rows are in memory as int8; if not, only `signs` searches all of them.
    bool has_int8 = true;
  };

  /// Rows that are not deleted and whose segment is there.
  RowBitmap searchable;
  std::vector<std::shared_ptr<const Segment>> segments;
  /// By name; pictures always.
  std::map<std::string, Kind> kinds;
};

/// Rows from which on comparing signs first is so much quicker than scoring every row that it makes up for being less
/// exact.
constexpr uint32_t fewest_rows_for_signs = 1U << 17U;

/// rows: of all segments of the library. mean: float32[dim]. The parts in row order, complete; those of `graph`, if
/// given, are among them and their codes are derived, see Segment. `by_signs`: those of all segments are, and are to be
/// searched.
std::shared_ptr<const Snapshot> make_snapshot(uint32_t rows, const std::vector<float>& mean,
                                              std::span<const SnapshotPart> parts, const LoadedGraph* graph,
                                              bool by_signs);

}  // namespace picfind
