#include "library/library_search.h"

#include "library/graph_plan.h"

#include <algorithm>

namespace picfind {
namespace {

Expected<std::shared_ptr<const RowBitmap>> allowed_rows(const std::shared_ptr<const Snapshot>& snapshot,
                                                        const std::optional<Bytes>& wanted) {
  const RowBitmap& searchable = snapshot->searchable;
  if (!wanted) return std::shared_ptr<const RowBitmap>(snapshot, &searchable);
  if (wanted->size() != searchable.bytes().size())
    return fail(ErrorCode::usage, "allowed: expected a bitmap of " + std::to_string(searchable.bytes().size()) +
                                      " bytes, found " + std::to_string(wanted->size()));
  Bytes both = *wanted;
  std::ranges::transform(both, searchable.bytes(), both.begin(),
                         [](uint8_t a, uint8_t b) { return static_cast<uint8_t>(a & b); });
  return std::make_shared<const RowBitmap>(searchable.rows(), both);
}

/// `rows` can be found. Errors: usage, not-found.
Expected<const Index*> choose(const Snapshot::Kind& kind, uint32_t rows, const SearchRequest& request) {
  const bool exact = request.engine == Engine::exact || request.metric == Metric::l1;
  if (exact && !kind.has_int8)
    return fail(ErrorCode::usage, "search: the memory budget leaves room for signs only; raise it, or leave metric and "
                                  "engine to the library");
  if (request.metric == Metric::l1) {
    if (request.engine && request.engine != Engine::exact)
      return fail(ErrorCode::usage, "search: expected the engine exact for l1, found another, which is by l2");
    return &kind.manhattan;
  }
  if (request.engine == Engine::hnsw && kind.graph == nullptr)
    return fail(ErrorCode::not_found, "search: there is no graph yet; leave the engine to the library");
  const bool by_graph =
      request.engine ? request.engine == Engine::hnsw : kind.graph != nullptr && rows >= fewest_rows_for_graph;
  if (by_graph) return kind.graph.get();
  if (request.engine == Engine::sign && kind.signs == nullptr)
    return fail(ErrorCode::not_found, "search: so few rows are not compared by signs; leave the engine to the library");
  if (kind.signs != nullptr && request.engine != Engine::exact) return kind.signs.get();
  return &kind.exact;
}

}  // namespace

Expected<LibrarySearch> LibrarySearch::begin(std::shared_ptr<const Snapshot> snapshot, const SearchRequest& request) {
  const auto kind = snapshot->kinds.find(request.kind);
  if (kind == snapshot->kinds.end())
    return fail(ErrorCode::not_found, "library: has no vectors of kind \"" + request.kind + "\"");
  const Expected<const Index*> index = choose(kind->second, snapshot->searchable.count(), request);
  if (!index) return std::unexpected(index.error());
  Expected<std::shared_ptr<const RowBitmap>> allowed = allowed_rows(snapshot, request.allowed);
  if (!allowed) return std::unexpected(allowed.error());
  const Wanted wanted(request.count, request.num_candidates, request.engine == Engine::hnsw);
  Expected<std::unique_ptr<Search>> search = (*index)->begin(request.query, wanted, **allowed);
  if (!search) return std::unexpected(search.error());
  return LibrarySearch(std::move(snapshot), std::move(*allowed), std::move(*search), request.metric,
                       kernels::dot(request.query, request.query));
}

std::vector<Hit> LibrarySearch::take() {
  std::vector<Hit> hits = search_->take();
  // All but l1 were sought by query·x.
  if (metric_ != Metric::l1)
    for (Hit& hit : hits)
      hit.score = nearness_of_unit(metric_, hit.score, squared_length_);
  return hits;
}

}  // namespace picfind
