#pragma once
#include "library/graph_file.h"

namespace picfind {

/// The bytes of a graph and how a manifest names them.
struct BuiltGraph {
  GraphRef ref;
  SharedBytes bytes;
};

/// A graph that can be searched: ref.segments are `segments`.
struct LoadedGraph {
  GraphRef ref;
  std::shared_ptr<const HnswGraph> graph;
};

/// Builds a graph over segments in slices. It holds their memory, whatever becomes of the library they are from.
class GraphBuilder {
public:
  /// Goes on from `start`, if given, over the first of the rows. Errors: usage, too-large (memory).
  static Expected<GraphBuilder> create(std::vector<CoveredSegment> segments, uint32_t dim, const HnswSettings& settings,
                                       const HnswGraph* start);

  const std::vector<CoveredSegment>& segments() const { return segments_; }
  uint32_t rows() const { return builder_.rows(); }
  /// Rows that are in the graph.
  uint32_t added() const { return builder_.added(); }
  /// Adds up to `count` rows. Errors: too-large (memory).
  Expected<void> step(uint32_t count) { return builder_.add(count); }

  /// The graph as far as it is built, its pieces named. Errors: usage, without a row.
  Expected<BuiltGraph> finish();
  /// The same to be searched; without names unless finish() was called since the last step. Errors: usage.
  Expected<LoadedGraph> load();

private:
  GraphBuilder(std::vector<CoveredSegment> segments, HnswBuilder builder)
      : segments_(std::move(segments)), builder_(std::move(builder)) {}
  /// Makes built_ what is built.
  Expected<void> save();

  std::vector<CoveredSegment> segments_;
  HnswBuilder builder_;
  BuiltGraph built_;
};

}  // namespace picfind
