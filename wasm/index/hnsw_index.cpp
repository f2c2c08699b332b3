#include "index/hnsw_index.h"

#include "index/hnsw_search.h"
#include "vector/check_dim.h"
#include "vector/kernels.h"
#include "vector/quantise.h"

#include <algorithm>

namespace picfind {
namespace {

/// Whether scanning the allowed rows is quicker than following links. A scan takes time with `allowed`, a search with
/// the elements it must meet to find ef allowed ones, ef·rows / allowed; measured at 512 dimensions, they are level
/// where allowed² is this many times ef·rows.
bool few_allowed(double allowed, std::size_t rows, std::size_t ef) {
  constexpr double level = 25;
  return allowed * allowed < level * static_cast<double>(ef) * static_cast<double>(rows);
}

/// Scores of a graph's rows: the same bits as ExactIndex gives.
class RowScorer {
public:
  RowScorer(std::span<const HnswRow> rows, const QuantisedQuery& query, float offset, std::size_t most)
      : rows_(rows), query_(&query), offset_(offset), values_(most), dots_(most) {}

  void operator()(std::span<const uint32_t> elements, std::span<float> scores) {
    const std::size_t count = elements.size();
    for (std::size_t i = 0; i < count; ++i)
      values_[i] = rows_[elements[i]].values;
    kernels::dot_int8_at(query_->values, std::span(values_).first(count), std::span(dots_).first(count));
    for (std::size_t i = 0; i < count; ++i)
      scores[i] = offset_ + rows_[elements[i]].scale * query_->scale * static_cast<float>(dots_[i]);
  }

private:
  std::span<const HnswRow> rows_;
  const QuantisedQuery* query_;
  float offset_;
  std::vector<const int8_t*> values_;
  std::vector<int32_t> dots_;
};

/// One hit a record, by its best row.
std::vector<Hit> best_of_records(std::vector<Hit> hits) {
  std::ranges::sort(hits,
                    [](const Hit& a, const Hit& b) { return a.row != b.row ? a.row < b.row : a.score > b.score; });
  const auto repeated = std::ranges::unique(hits, {}, &Hit::row);
  hits.erase(repeated.begin(), repeated.end());
  return hits;
}

class HnswSearch final : public Search {
public:
  HnswSearch(std::unique_ptr<Search> uncovered, std::unique_ptr<Search> all, std::vector<Hit> found, std::size_t k,
             std::size_t possible)
      : uncovered_(std::move(uncovered)), all_(std::move(all)), found_(std::move(found)), k_(k), possible_(possible) {}

  bool step(uint32_t rows) override {
    if (uncovered_ != nullptr) {
      if (uncovered_->step(rows)) return true;
      merge(uncovered_->take());
      uncovered_.reset();
      return found_.size() < possible_;
    }
    if (found_.size() >= possible_) return false;
    if (all_->step(rows)) return true;
    found_ = all_->take();
    possible_ = 0;
    return false;
  }

  std::vector<Hit> take() override { return std::move(found_); }

private:
  void merge(const std::vector<Hit>& others) {
    TopK best(k_);
    for (const Hit& hit : found_)
      best.push(hit);
    for (const Hit& hit : others)
      best.push(hit);
    found_ = best.take();
  }

  std::unique_ptr<Search> uncovered_;
  std::unique_ptr<Search> all_;
  std::vector<Hit> found_;
  std::size_t k_;
  /// Hits there must be at the end.
  std::size_t possible_;
};

}  // namespace

Expected<std::unique_ptr<Search>> HnswIndex::begin(std::span<const float> query, std::size_t k,
                                                   const RowBitmap& allowed) const {
  const uint32_t count = allowed.count();
  const std::size_t possible = std::min<std::size_t>(k, count);
  // Where records have several rows, the best of them are fewer records.
  const double rows_per_record = static_cast<double>(rows_.size()) / std::max(allowed.rows(), 1U);
  const auto ef = static_cast<std::size_t>(static_cast<double>(std::max<std::size_t>(num_candidates_, possible)) *
                                           std::max(1.0, rows_per_record));
  Expected<std::unique_ptr<Search>> all = all_.begin(query, k, allowed);
  if (!all || few_allowed(count * rows_per_record, rows_.size(), ef)) return all;
  Expected<std::unique_ptr<Search>> uncovered = uncovered_.begin(query, k, allowed);
  if (!uncovered) return uncovered;
  std::vector<Hit> found;
  const Expected<QuantisedQuery> quantised = quantise_query(query);
  RowScorer score(rows_, *quantised, kernels::dot(query, mean_), std::size_t{2} * graph_->settings().m + 1);
  for (const Candidate& candidate :
       search_graph(*graph_, ef, score, [&](uint32_t element) { return allowed.test(rows_[element].record); }))
    found.push_back({rows_[candidate.element].record, candidate.score});
  return std::make_unique<HnswSearch>(std::move(*uncovered), std::move(*all), best_of_records(std::move(found)),
                                      std::min<std::size_t>(k, allowed.rows()), possible);
}

}  // namespace picfind
