#pragma once
#include "index/exact_index.h"
#include "index/hnsw_graph.h"

namespace picfind {

/// A row of a graph: x − mean = scale·values, and the record it belongs to.
struct HnswRow {
  const int8_t* values;
  float scale;
  uint32_t record;
};

/// Follows a graph's links towards the query, and scans the rows that no graph covers.
class HnswIndex final : public Index {
public:
  /// mean: float32[dim]. `rows`: those of the graph, in its order; `uncovered` the others and `all` both, in record
  /// order. `num_candidates`: rows the search keeps (ef); more find more and take longer.
  HnswIndex(std::vector<float> mean, std::shared_ptr<const HnswGraph> graph, std::vector<HnswRow> rows,
            std::vector<RowBlock> uncovered, std::vector<RowBlock> all, uint32_t num_candidates)
      : mean_(mean), graph_(std::move(graph)), rows_(std::move(rows)), uncovered_(mean, std::move(uncovered)),
        all_(std::move(mean), std::move(all)), num_candidates_(num_candidates) {}

  /// Gives k hits whenever there are k: where the graph does not lead to as many, all rows are scanned.
  Expected<std::unique_ptr<Search>> begin(std::span<const float> query, std::size_t k,
                                          const RowBitmap& allowed) const override;

private:
  std::vector<float> mean_;
  std::shared_ptr<const HnswGraph> graph_;
  std::vector<HnswRow> rows_;
  ExactIndex uncovered_;
  ExactIndex all_;
  uint32_t num_candidates_;
};

}  // namespace picfind
