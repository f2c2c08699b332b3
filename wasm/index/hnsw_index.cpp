#include "index/hnsw_index.h"

#include "index/hnsw_search.h"
#include "index/sign_sieve.h"
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

/// Elements whose links are followed together. Measured at 10,000 and 100,000 rows: 2 win a twentieth of the time, 4 a
/// little more, 6 nothing beyond.
constexpr std::size_t at_once = 4;

/// Scores of a graph's elements: the same bits as ExactIndex gives.
class RowScorer {
public:
  RowScorer(std::span<const HnswRow> rows, const QuantisedQuery& query, float offset, std::size_t most)
      : rows_(rows), query_(&query), offset_(offset), values_(most), dots_(most) {}

  void operator()(std::span<const uint32_t> elements, std::span<float> scores) {
    const std::size_t count = elements.size();
    scored_ += count;
    for (std::size_t i = 0; i < count; ++i) {
      values_[i] = rows_[elements[i]].values;
      touch(values_[i], query_->values.size());
    }
    kernels::dot_int8_at(query_->values, std::span(values_).first(count), std::span(dots_).first(count));
    for (std::size_t i = 0; i < count; ++i)
      scores[i] = offset_ + rows_[elements[i]].scale * query_->scale * static_cast<float>(dots_[i]);
  }

  uint64_t scored() const { return scored_; }

private:
  std::span<const HnswRow> rows_;
  const QuantisedQuery* query_;
  float offset_;
  uint64_t scored_ = 0;
  std::vector<const int8_t*> values_;
  std::vector<int32_t> dots_;
};

/// Leaves out the elements whose signs say that they hardly score as much as is wanted.
class ElementSift {
public:
  ElementSift(std::span<const HnswRow> rows, const SignSieve& sieve) : rows_(rows), sieve_(&sieve) {}

  std::size_t operator()(std::span<uint32_t> elements, float least) const {
    for (const uint32_t element : elements)
      touch(rows_[element].code, sieve_->code_bytes());
    std::size_t kept = 0;
    for (const uint32_t element : elements) {
      const HnswRow& row = rows_[element];
      elements[kept] = element;
      kept += sieve_->most(row.code, row.length) < least ? 0 : 1;
    }
    return kept;
  }

private:
  std::span<const HnswRow> rows_;
  const SignSieve* sieve_;
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
  /// `found` by the graph, which scored `scored` rows; of `possible` hits that there must be at the end. `uncovered` is
  /// null where there are no such rows; `scan_all` is asked where the hits are too few.
  HnswSearch(std::unique_ptr<Search> uncovered, std::function<std::unique_ptr<Search>()> scan_all,
             std::vector<Hit> found, std::size_t k, std::size_t possible, uint64_t scored)
      : uncovered_(std::move(uncovered)), scan_all_(std::move(scan_all)), found_(std::move(found)), k_(k),
        possible_(possible), scored_(scored) {}

  bool step(uint32_t rows) override {
    if (uncovered_ != nullptr) {
      if (uncovered_->step(rows)) return true;
      merge(uncovered_->take());
      scored_ += uncovered_->scored();
      uncovered_.reset();
      return found_.size() < possible_;
    }
    if (found_.size() >= possible_) return false;
    if (all_ == nullptr) all_ = scan_all_();
    if (all_->step(rows)) return true;
    found_ = all_->take();
    possible_ = 0;
    return false;
  }

  std::vector<Hit> take() override { return std::move(found_); }
  Engine engine() const override { return all_ != nullptr ? Engine::exact : Engine::hnsw; }
  uint64_t scored() const override {
    return scored_ + (uncovered_ ? uncovered_->scored() : 0) + (all_ ? all_->scored() : 0);
  }

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
  std::function<std::unique_ptr<Search>()> scan_all_;
  std::unique_ptr<Search> all_;
  std::vector<Hit> found_;
  std::size_t k_;
  std::size_t possible_;
  uint64_t scored_;
};

}  // namespace

HnswIndex::HnswIndex(std::vector<float> mean, std::shared_ptr<const HnswGraph> graph, std::vector<HnswRow> rows,
                     std::vector<RowBlock> uncovered, std::vector<RowBlock> all)
    : mean_(mean), graph_(std::move(graph)), elements_(std::move(rows)), uncovered_(mean, std::move(uncovered)),
      all_(std::move(mean), std::move(all)) {
  // Rows of a record follow one another.
  several_rows_ = std::ranges::adjacent_find(elements_, {}, &HnswRow::record) != elements_.end();
  // Elements are numbered as they first appear, so each moves to the front or stays.
  uint32_t elements = 0;
  for (uint32_t row = 0; row < graph_->rows(); ++row) {
    const uint32_t element = graph_->element_of(row);
    if (element == elements)
      elements_[elements++] = elements_[row];
    else
      duplicates_.push_back({element, elements_[row].record});
  }
  elements_.resize(elements);
  std::ranges::stable_sort(duplicates_, {}, &Duplicate::element);
}

std::span<const HnswIndex::Duplicate> HnswIndex::duplicates_of(uint32_t element) const {
  const auto range = std::ranges::equal_range(duplicates_, element, {}, &Duplicate::element);
  return {range.begin(), range.end()};
}

bool HnswIndex::is_allowed(uint32_t element, const RowBitmap& allowed) const {
  return allowed.test(elements_[element].record) ||
         std::ranges::any_of(duplicates_of(element), [&](const Duplicate& row) { return allowed.test(row.record); });
}

std::vector<Hit> HnswIndex::follow(std::span<const float> query, const QuantisedQuery& quantised, std::size_t ef,
                                   std::size_t k, const RowBitmap& allowed, uint64_t& scored) const {
  RowScorer score(elements_, quantised, kernels::dot(query, mean_),
                  at_once * (std::size_t{2} * graph_->settings().m + 1));
  const SignSieve sieve(query, mean_);
  const auto test = [&](uint32_t element) { return is_allowed(element, allowed); };
  const std::vector<Candidate> candidates =
      search_graph(*graph_, ef, std::ref(score), test, ElementSift(elements_, sieve), at_once);
  scored = score.scored();
  std::vector<Hit> found;
  for (const auto& [value, element] : candidates) {
    if (allowed.test(elements_[element].record)) found.push_back({elements_[element].record, value});
    for (const Duplicate& row : duplicates_of(element))
      if (allowed.test(row.record)) found.push_back({row.record, value});
  }
  if (several_rows_) found = best_of_records(std::move(found));
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(k, found.size()));
  std::ranges::partial_sort(found, end, ranks_before);
  found.erase(end, found.end());
  return found;
}

Expected<std::unique_ptr<Search>> HnswIndex::begin(std::span<const float> query, const Wanted& wanted,
                                                   const RowBitmap& allowed) const {
  // Measured at 50,000 rows spread like CLIP's vectors, of the ten best: for queries spread like them 32 find 98.9 %,
  // 512 all; for words, which lie elsewhere, 32 find 43 %, 256 85 %, 512 93 %.
  constexpr std::size_t fewest_candidates = 512;
  const uint32_t count = allowed.count();
  const std::size_t possible = std::min<std::size_t>(wanted.k, count);
  const std::size_t candidates = wanted.num_candidates > 0 ? wanted.num_candidates : fewest_candidates;
  // Where records have several rows, the best of them are fewer records.
  const double rows_per_record = static_cast<double>(covered()) / std::max(allowed.rows(), 1U);
  const auto wide = static_cast<double>(std::max(candidates, possible)) * std::max(1.0, rows_per_record);
  const auto ef = static_cast<std::size_t>(std::min<double>(wide, graph_->elements()));
  if (!wanted.forced && few_allowed(count * rows_per_record, covered(), ef)) return all_.begin(query, wanted, allowed);
  if (const Expected<void> checked = check_dim(query, mean_.size(), "query"); !checked)
    return std::unexpected(checked.error());
  const Expected<QuantisedQuery> quantised = quantise_query(query);
  if (!quantised) return std::unexpected(quantised.error());
  std::unique_ptr<Search> uncovered;
  if (!uncovered_.empty()) uncovered = std::move(*uncovered_.begin(query, wanted, allowed));
  const auto scan_all = [this, query = std::vector(query.begin(), query.end()), wanted, &allowed] {
    return std::move(*all_.begin(query, wanted, allowed));
  };
  uint64_t scored = 0;
  const std::size_t k = std::min<std::size_t>(wanted.k, allowed.rows());
  std::vector<Hit> found = follow(query, *quantised, ef, k, allowed, scored);
  return std::make_unique<HnswSearch>(std::move(uncovered), scan_all, std::move(found), k, possible, scored);
}

}  // namespace picfind
