#pragma once
#include "index/hnsw_graph.h"

namespace picfind {

/// A row as a graph sees it: x = scale·values, int8[dim]; the memory is the caller's and outlives the graph's building.
struct GraphRow {
  const int8_t* values;
  float scale;
};

/// Builds a graph of rows by squared Euclidean distance, which ranks unit vectors as the cosine does. hnswlib does the
/// work on row numbers: the vectors stay where they are. One thread and numbered levels: the same rows give the same
/// graph on every machine, in however many slices it is built. Equal rows are one element.
class HnswBuilder {
public:
  /// Goes on from `start`, if given, a graph of the first of the rows with the same settings. Errors: usage, too-large
  /// (memory).
  static Expected<HnswBuilder> create(std::vector<GraphRow> rows, std::size_t dim, const HnswSettings& settings,
                                      const HnswGraph* start = nullptr);
  HnswBuilder(HnswBuilder&&) noexcept;
  HnswBuilder& operator=(HnswBuilder&&) noexcept;
  ~HnswBuilder();

  uint32_t rows() const;
  /// Rows that are in the graph.
  uint32_t added() const;
  /// Adds up to `count` rows. Errors: too-large (memory).
  Expected<void> add(uint32_t count);
  /// The file of the graph as far as it is built; at least one row was added.
  std::vector<uint8_t> save(const GraphSubject& subject) const;

private:
  class Graph;
  explicit HnswBuilder(std::unique_ptr<Graph> graph);

  std::unique_ptr<Graph> graph_;
};

}  // namespace picfind
