#include "library/library_search.h"

#include "library_store.h"
#include "vector/kernels.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <limits>

namespace picfind {
namespace {

using test::make_row;
using test::RandomVectors;
using test::Store;
using test::store_dim;

constexpr uint32_t records = 600;
constexpr std::array<Metric, 4> metrics{Metric::cosine, Metric::dot, Metric::l2, Metric::l1};

std::string id_of(uint32_t number) { return make_row(number).id; }

/// Three segments, deleted rows in each, a graph over most.
Store searched_store() {
  Store store;
  store.commit(0, 400);
  store.commit(400, 150);
  store.commit(550, 50);
  store.erase({id_of(5), id_of(6), id_of(399), id_of(420), id_of(599)});
  Expected<GraphBuilder> builder = store.library().start_graph({12, 80});
  EXPECT_TRUE(builder->step(records));
  EXPECT_TRUE(store.library().use_graph(*builder));
  return store;
}

/// By the stored rows, as they are.
std::vector<Hit> brute_force(const Library& library, const SearchRequest& request) {
  const std::vector<uint32_t> live = const_cast<Library&>(library).newest(0, records);
  TopK best(request.count);
  for (const uint32_t row : live) {
    if (request.allowed && ((*request.allowed)[row / 8] >> (row % 8) & 1) == 0) continue;
    best.push({row, nearness(request.metric, request.query, library.vector(picture_kind, row))});
  }
  return best.take();
}

template <class Search> std::vector<Hit> run(Search&& search, uint32_t slice = 64) {
  while (search.step(slice)) {
  }
  return search.take();
}

double recall(const std::vector<Hit>& found, const std::vector<Hit>& right) {
  std::size_t common = 0;
  for (const Hit& hit : right)
    common += static_cast<std::size_t>(std::ranges::count(found, hit.row, &Hit::row));
  return right.empty() ? 1 : static_cast<double>(common) / static_cast<double>(right.size());
}

Bytes every(uint32_t step) {
  Bytes bits((records + 7) / 8);
  for (uint32_t row = 0; row < records; row += step)
    bits[row / 8] = static_cast<uint8_t>(bits[row / 8] | 1U << (row % 8));
  return bits;
}

TEST(LibrarySearch, AgreesWithBruteForceForEveryEngineMetricAndFilter) {
  Store store = searched_store();
  const Library& library = store.library();
  for (const Metric metric : metrics)
    for (const Engine engine : {Engine::exact, Engine::hnsw})
      for (const uint32_t step : {0U, 1U, 2U, 9U, 300U}) {
        if (metric == Metric::l1 && engine == Engine::hnsw) continue;
        double sum = 0;
        for (uint64_t seed = 0; seed < 10; ++seed) {
          SearchRequest request;
          request.query = RandomVectors(9000 + seed).unit(store_dim);
          request.count = 10;
          request.metric = metric;
          request.engine = engine;
          request.num_candidates = 64;
          if (step > 0) request.allowed = every(step);
          Expected<LibrarySearch> search = library.begin_search(request);
          ASSERT_TRUE(search) << search.error().message;
          const std::vector<Hit> hits = run(*search);
          const std::vector<Hit> right = brute_force(library, request);
          ASSERT_EQ(hits.size(), right.size());
          EXPECT_TRUE(std::ranges::is_sorted(hits, ranks_before));
          sum += recall(hits, right);
          for (std::size_t i = 0; i < hits.size(); ++i)
            EXPECT_NEAR(hits[i].score, right[i].score, engine == Engine::exact ? 0.02 : 0.2);
        }
        EXPECT_GT(sum / 10, 0.93) << "metric " << static_cast<int>(metric) << " engine " << static_cast<int>(engine)
                                  << " every " << step;
      }
}

TEST(LibrarySearch, ScoresQueriesOfAnyLengthByTheirMetric) {
  Store store = searched_store();
  for (const Metric metric : metrics) {
    SearchRequest request;
    request.query = RandomVectors(4).unit(store_dim);
    for (float& x : request.query)
      x *= 3;
    request.count = 5;
    request.metric = metric;
    Expected<LibrarySearch> search = store.library().begin_search(request);
    const std::vector<Hit> hits = run(*search);
    const std::vector<Hit> right = brute_force(store.library(), request);
    for (std::size_t i = 0; i < hits.size(); ++i)
      EXPECT_NEAR(hits[i].score, right[i].score, 0.05);
  }
}

TEST(LibrarySearch, HasDefinedAnswersAtTheEdges) {
  Store store = searched_store();
  const Library& library = store.library();
  for (const Metric metric : metrics)
    for (const std::optional<Engine> engine : {std::optional<Engine>(), std::optional(Engine::exact)}) {
      SearchRequest request;
      request.query = RandomVectors(1).unit(store_dim);
      request.metric = metric;
      request.engine = engine;
      const auto hits = [&] { return run(*library.begin_search(request)).size(); };
      EXPECT_EQ(hits(), 0U) << "none are wanted";
      request.count = 5000;
      EXPECT_EQ(hits(), 595U) << "more than there are";
      request.allowed = Bytes((records + 7) / 8);
      EXPECT_EQ(hits(), 0U) << "a filter that allows none";
      request.allowed = Bytes(3);
      EXPECT_EQ(library.begin_search(request).error().code, ErrorCode::usage);
      request.allowed.reset();
      request.query.assign(store_dim, 0);
      request.count = 10;
      EXPECT_EQ(hits(), 10U) << "a query of zeros";
      request.query[3] = std::numeric_limits<float>::quiet_NaN();
      EXPECT_EQ(library.begin_search(request).error().code, ErrorCode::usage);
      request.query.pop_back();
      EXPECT_EQ(library.begin_search(request).error().code, ErrorCode::usage);
    }
  SearchRequest manhattan;
  manhattan.query = RandomVectors(1).unit(store_dim);
  manhattan.metric = Metric::l1;
  manhattan.engine = Engine::hnsw;
  EXPECT_EQ(library.begin_search(manhattan).error().code, ErrorCode::usage);
  SearchRequest forced = {.query = manhattan.query, .count = 700, .engine = Engine::hnsw};
  EXPECT_EQ(run(*library.begin_search(forced)).size(), 595U) << "however hard the graph is to follow";
}

TEST(LibrarySearch, FindsNothingOnceAllRowsAreDeleted) {
  Store store;
  store.commit(0, 40);
  std::vector<std::string> ids;
  for (uint32_t i = 0; i < 40; ++i)
    ids.push_back(id_of(i));
  store.erase(ids);
  for (const Metric metric : metrics) {
    SearchRequest request{.query = make_row(3).vector, .count = 10, .metric = metric};
    EXPECT_TRUE(run(*store.library().begin_search(request)).empty());
  }
}

TEST(LibrarySearch, SeesTheLibraryAsItWasWhenItBegan) {
  Store store = searched_store();
  for (const Engine engine : {Engine::exact, Engine::hnsw}) {
    SearchRequest request{.query = make_row(30).vector, .count = 10, .engine = engine, .num_candidates = 32};
    const std::vector<Hit> before = run(*store.library().begin_search(request));
    Store changing = store;
    Expected<GraphBuilder> builder = changing.library().start_graph({12, 80});
    ASSERT_TRUE(builder->step(records));
    ASSERT_TRUE(changing.library().use_graph(*builder));
    Expected<LibrarySearch> search = changing.library().begin_search(request);
    static_cast<void>(search->step(10));
    changing.erase({id_of(30), id_of(31)});
    changing.merge(changing.descriptors());
    EXPECT_EQ(run(*search, 10), before);
    const Expected<LibrarySearch> given_up = changing.library().begin_search({.query = request.query, .count = 3});
    EXPECT_TRUE(given_up) << "a search may be left at any time";
  }
}

TEST(LibrarySearch, CountsTheRowsItScores) {
  Store store = searched_store();
  SearchRequest request{.query = make_row(30).vector, .count = 5, .engine = Engine::exact};
  Expected<LibrarySearch> exact = store.library().begin_search(request);
  run(*exact);
  EXPECT_EQ(exact->scored(), 595U);
  EXPECT_EQ(exact->engine(), Engine::exact);
  request.engine = Engine::hnsw;
  request.num_candidates = 32;
  Expected<LibrarySearch> graph = store.library().begin_search(request);
  run(*graph);
  EXPECT_LT(graph->scored(), 595U);
  EXPECT_GT(graph->scored(), 50U);
  EXPECT_EQ(graph->engine(), Engine::hnsw);
}

}  // namespace
}  // namespace picfind
