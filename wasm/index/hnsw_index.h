#pragma once
#include "index/exact_index.h"
#include "index/hnsw_graph.h"
#include "vector/quantise.h"

namespace picfind {

/// A row of a graph: x − mean = scale·values, its sign code with ‖x − mean‖, and the record it belongs to.
struct HnswRow {
  const int8_t* values;
  float scale;
  const uint8_t* code;
  float length;
  uint32_t record;
};

/// Follows a graph's links towards the query, and scans the rows that no graph covers.
class HnswIndex final : public Index {
public:
  /// mean: float32[dim]. `rows`: those of the graph, in its order; `uncovered` the others and `all` both, in record
  /// order.
  HnswIndex(std::vector<float> mean, std::shared_ptr<const HnswGraph> graph, std::vector<HnswRow> rows,
            std::vector<RowBlock> uncovered, std::vector<RowBlock> all);

  /// Gives k hits whenever there are k: where the graph does not lead to as many, all rows are scanned.
  Expected<std::unique_ptr<Search>> begin(std::span<const float> query, const Wanted& wanted,
                                          const RowBitmap& allowed) const override;

  /// Rows that the graph covers.
  uint32_t covered() const { return graph_->rows(); }

private:
  /// The record of a row that is equal to an earlier one.
  struct Duplicate {
    uint32_t element;
    uint32_t record;
  };

  std::span<const Duplicate> duplicates_of(uint32_t element) const;
  bool is_allowed(uint32_t element, const RowBitmap& allowed) const;
  /// Scores as ExactIndex does; `scored` counts the rows.
  std::vector<Hit> follow(std::span<const float> query, const QuantisedQuery& quantised, std::size_t ef, std::size_t k,
                          const RowBitmap& allowed, uint64_t& scored) const;

  std::vector<float> mean_;
  std::shared_ptr<const HnswGraph> graph_;
  /// The first row of each element.
  std::vector<HnswRow> elements_;
  /// The others, by element.
  std::vector<Duplicate> duplicates_;
  /// Some record has several rows.
  bool several_rows_;
  ExactIndex uncovered_;
  ExactIndex all_;
};

}  // namespace picfind
