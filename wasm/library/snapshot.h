#pragma once
#include "index/hnsw_index.h"
#include "index/manhattan_index.h"
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
    ManhattanIndex manhattan;
    /// Null where no graph covers any of the rows.
    std::unique_ptr<const HnswIndex> graph;
  };

  /// Rows that are not deleted and whose segment is there.
  RowBitmap searchable;
  std::vector<std::shared_ptr<const Segment>> segments;
  /// By name; pictures always.
  std::map<std::string, Kind> kinds;
};

/// rows: of all segments of the library. mean: float32[dim]. The parts in row order, complete; those of `graph`, if
/// given, are among them.
std::shared_ptr<const Snapshot> make_snapshot(uint32_t rows, const std::vector<float>& mean,
                                              std::span<const SnapshotPart> parts, const LoadedGraph* graph);

}  // namespace picfind
