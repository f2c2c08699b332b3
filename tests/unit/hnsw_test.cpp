#include "index/hnsw_builder.h"
#include "index/hnsw_index.h"
#include "index/hnsw_search.h"
#include "library/sha256.h"
#include "vector/kernels.h"

#include "quantised_rows.h"

#include <cstring>
#include <gtest/gtest.h>
#include <hnswlib/hnswlib.h>
#include <limits>
#include <set>

namespace picfind {
namespace {

using test::all;
using test::Clusters;
using test::RandomVectors;
using test::Rows;

constexpr HnswSettings settings{8, 60};
constexpr GraphSubject subject{1, 2, 3};

std::vector<uint8_t> build(const Rows& rows, uint32_t slice = UINT32_MAX, const HnswGraph* start = nullptr) {
  Expected<HnswBuilder> builder = HnswBuilder::create(rows.graph_rows(), rows.vectors.front().size(), settings, start);
  EXPECT_TRUE(builder);
  while (builder->added() < builder->rows())
    EXPECT_TRUE(builder->add(slice));
  return builder->save(subject);
}

Expected<HnswGraph> read(std::vector<uint8_t> bytes, uint32_t rows) {
  return HnswGraph::read(std::make_shared<const std::vector<uint8_t>>(std::move(bytes)), rows, subject);
}

Rows clustered(std::size_t count, std::size_t dim, uint64_t seed) {
  Clusters clusters(dim, seed);
  Rows rows;
  for (std::size_t i = 0; i < count; ++i)
    rows.add(clusters.next(), std::vector<float>(dim));
  return rows;
}

HnswIndex index_of(const Rows& rows, const uint32_t* owner = nullptr) {
  std::vector<HnswRow> graph_rows;
  for (uint32_t row = 0; row < rows.count(); ++row)
    graph_rows.push_back(rows.hnsw_row(row, rows.block(0, owner).record(row)));
  auto graph = std::make_shared<const HnswGraph>(*read(build(rows), rows.count()));
  return {std::vector<float>(rows.vectors.front().size()), graph, graph_rows, {}, {rows.block(0, owner)}};
}

double recall(const std::vector<Hit>& found, const std::vector<Hit>& right) {
  std::size_t common = 0;
  for (const Hit& hit : right)
    common += static_cast<std::size_t>(std::ranges::count(found, hit));
  return right.empty() ? 1 : static_cast<double>(common) / static_cast<double>(right.size());
}

TEST(Hnsw, FindsNearlyAllThatAnExactScanFindsWithTheSameScores) {
  const Rows rows = clustered(3000, 40, 31);
  const HnswIndex index = index_of(rows);
  const ExactIndex exact(std::vector<float>(40), {rows.block(0)});
  Clusters clusters(40, 31);
  double sum = 0;
  for (int i = 0; i < 50; ++i) {
    const std::vector<float> query = clusters.next();
    const auto hits = index.search(query, {10, 64}, all(rows.count()));
    EXPECT_TRUE(std::ranges::is_sorted(*hits, ranks_before));
    sum += recall(*hits, *exact.search(query, 10, all(rows.count())));
  }
  EXPECT_GT(sum / 50, 0.98);
}

/// A search of the graph that scores every element it meets, one after the other.
std::vector<Hit> search_all_scored(const Rows& rows, const HnswGraph& graph, std::span<const float> query,
                                   std::size_t ef, std::size_t k) {
  // Elements are rows: none are equal.
  EXPECT_EQ(graph.elements(), rows.count());
  const std::vector<Hit> scores =
      *ExactIndex(std::vector<float>(query.size()), {rows.block(0)}).search(query, rows.count(), all(rows.count()));
  std::vector<float> score_of(rows.count());
  for (const Hit& hit : scores)
    score_of[hit.row] = hit.score;
  const auto score = [&](std::span<const uint32_t> elements, std::span<float> out) {
    std::ranges::transform(elements, out.begin(), [&](uint32_t element) { return score_of[element]; });
  };
  std::vector<Hit> hits;
  for (const Candidate& candidate : search_graph(graph, ef, score, [](uint32_t) { return true; }))
    hits.push_back({candidate.element, candidate.score});
  hits.resize(std::min(hits.size(), k));
  return hits;
}

TEST(Hnsw, FindsBySignsFirstWhatScoringEveryElementFinds) {
  for (const std::size_t dim : {7U, 24U, 100U, 512U, 4096U}) {
    SCOPED_TRACE(dim);
    const uint32_t count = dim > 1000 ? 300 : 3000;
    const Rows rows = clustered(count, dim, 48);
    const HnswIndex index = index_of(rows);
    const HnswGraph graph = *read(build(rows), count);
    Clusters clusters(dim, 48);
    double sum = 0;
    uint64_t scored = 0;
    for (int i = 0; i < 40; ++i) {
      const std::vector<float> query = clusters.next();
      const RowBitmap allowed = all(count);
      const auto search = index.begin(query, {10, 50, true}, allowed);
      ASSERT_TRUE(search);
      while ((*search)->step(1000)) {
      }
      scored += (*search)->scored();
      sum += recall((*search)->take(), search_all_scored(rows, graph, query, 50, 10));
    }
    EXPECT_GT(sum / 40, 0.98);
    if (dim == 512) {
      EXPECT_LT(scored, 40 * count / 3) << "by their signs most are seen to be far";
    }
  }
}

TEST(Hnsw, LosesNoHitToFiltersHoweverFewTheyAllow) {
  const Rows rows = clustered(4000, 24, 32);
  const HnswIndex index = index_of(rows);
  const ExactIndex exact(std::vector<float>(24), {rows.block(0)});
  Clusters clusters(24, 32);
  for (const uint32_t every : {1U, 2U, 3U, 7U, 60U, 500U, 3999U, 5000U}) {
    RowBitmap allowed(rows.count());
    for (uint32_t row = every - 1; row < rows.count(); row += every)
      allowed.set(row);
    double sum = 0;
    for (int i = 0; i < 10; ++i) {
      const std::vector<float> query = clusters.next();
      const auto hits = index.search(query, {10, 32}, allowed);
      EXPECT_EQ(hits->size(), std::min(10U, allowed.count()));
      for (const Hit& hit : *hits)
        EXPECT_TRUE(allowed.test(hit.row));
      sum += recall(*hits, *exact.search(query, 10, allowed));
    }
    EXPECT_GT(sum / 10, 0.97) << every;
  }
}

TEST(Hnsw, MergesInTheRowsThatNoGraphCovers) {
  const Rows covered = clustered(3000, 24, 33);
  const Rows others = clustered(150, 24, 34);
  std::vector<HnswRow> graph_rows;
  for (uint32_t row = 0; row < covered.count(); ++row)
    graph_rows.push_back(covered.hnsw_row(row, 150 + row));
  const HnswIndex index(std::vector<float>(24), std::make_shared<const HnswGraph>(*read(build(covered), 3000)),
                        graph_rows, {others.block(0)}, {others.block(0), covered.block(150)});
  const ExactIndex exact(std::vector<float>(24), {others.block(0), covered.block(150)});
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_GT(recall(*index.search(covered.vectors[i], {12, 40}, all(3150)),
                     *exact.search(covered.vectors[i], 12, all(3150))),
              0.8);
    EXPECT_EQ(index.search(others.vectors[i], {12, 32}, all(3150))->front().row, i);
  }
}

TEST(Hnsw, CountsARecordWithSeveralRowsOnce) {
  const Rows rows = clustered(6000, 24, 35);
  std::vector<uint32_t> owner;
  for (uint32_t row = 0; row < rows.count(); ++row)
    owner.push_back(row / 3);
  const HnswIndex index = index_of(rows, owner.data());
  const ExactIndex exact(std::vector<float>(24), {rows.block(0, owner.data())});
  double sum = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    const auto hits = index.search(rows.vectors[i * 40], {10, 40}, all(2000));
    ASSERT_EQ(hits->size(), 10U);
    std::set<uint32_t> records;
    for (const Hit& hit : *hits)
      records.insert(hit.row);
    EXPECT_EQ(records.size(), 10U);
    sum += recall(*hits, *exact.search(rows.vectors[i * 40], 10, all(2000)));
  }
  EXPECT_GT(sum / 20, 0.97);
}

TEST(Hnsw, FindsEnoughAmongThousandsOfDuplicates) {
  Rows rows;
  RandomVectors random(36);
  const std::vector<float> same = random.unit(16);
  for (int i = 0; i < 3000; ++i)
    rows.add(i % 50 == 0 ? random.unit(16) : same, std::vector<float>(16));
  const HnswIndex index = index_of(rows);
  for (uint32_t i = 0; i < rows.count(); i += 50) {
    const auto hits = index.search(rows.vectors[i], {30, 64, true}, all(3000));
    EXPECT_EQ(hits->size(), 30U);
    EXPECT_EQ(hits->front().row, i) << "each row of its own is found";
  }
  const auto equal = index.search(same, {2000, 32, true}, all(3000));
  ASSERT_EQ(equal->size(), 2000U);
  for (std::size_t i = 1; i < equal->size(); ++i)
    EXPECT_LT((*equal)[i - 1].row, (*equal)[i].row) << "equal rows in their order";
  RowBitmap one(3000);
  one.set(2999);
  EXPECT_EQ(index.search(same, {5, 64, true}, one)->front().row, 2999U) << "one of the equal ones is allowed";
  EXPECT_EQ(index.search(same, {3000, 32}, all(3000))->size(), 3000U);
}

TEST(Hnsw, AnswersForOneRowForNoneAndForMoreThanThereAre) {
  const Rows one = clustered(1, 1, 37);
  const HnswIndex index = index_of(one);
  EXPECT_EQ(index.search(one.vectors[0], {5, 32}, all(1))->size(), 1U);
  EXPECT_EQ(index.search(one.vectors[0], {0, 32}, all(1))->size(), 0U);
  EXPECT_EQ(index.search(one.vectors[0], 5, RowBitmap(1))->size(), 0U);
  EXPECT_EQ(index.search(std::vector<float>(2), 5, all(1)).error().code, ErrorCode::usage);
  EXPECT_EQ(index.search(std::vector<float>{std::numeric_limits<float>::quiet_NaN()}, 5, all(1)).error().code,
            ErrorCode::usage);
  const Rows wide = clustered(40, 4096, 38);
  EXPECT_EQ(index_of(wide).search(wide.vectors[3], {50, 32}, all(40))->front().row, 3U);
  Rows zeros;
  for (int i = 0; i < 30; ++i)
    zeros.add(std::vector<float>(8), std::vector<float>(8));
  EXPECT_EQ(index_of(zeros).search(std::vector<float>(8), {50, 32}, all(30))->size(), 30U);
}

TEST(HnswBuilder, GivesTheSameFileInHoweverManySlicesAndMachines) {
  Rows rows = clustered(600, 24, 39);
  for (std::size_t i = 0; i < 100; ++i)
    rows.add(rows.vectors[i % 5], std::vector<float>(24));
  const std::vector<uint8_t> at_once = build(rows);
  EXPECT_EQ(build(rows, 7), at_once);
  EXPECT_EQ(sha256_hex(at_once), "4bc6740e9381d75c93d1ae76935f90740545ae3136165b43e710018aa5381ff3");
}

/// The file of a graph as version 1 has it: lists of fixed width, count, links, zeros.
std::vector<uint8_t> of_version_1(const std::vector<uint8_t>& bytes, uint32_t rows) {
  const Expected<HnswGraph> graph = read(bytes, rows);
  const uint32_t m = graph->settings().m;
  std::vector<uint8_t> file(128);
  std::copy_n(bytes.begin(), file.size(), file.begin());
  constexpr std::size_t links_at = 36;
  std::fill_n(file.begin() + links_at, sizeof(uint32_t), uint8_t{0});
  file[8] = 1;
  const auto align = [&] { file.resize((file.size() + 63) / 64 * 64); };
  const auto put = [&](uint32_t number) {
    const auto* begin = reinterpret_cast<const uint8_t*>(&number);
    file.insert(file.end(), begin, begin + sizeof number);
  };
  const auto put_list = [&](std::span<const uint32_t> links, uint32_t width) {
    put(static_cast<uint32_t>(links.size()));
    for (const uint32_t link : links)
      put(link);
    file.resize(file.size() + (width - links.size()) * sizeof(uint32_t));
  };
  for (uint32_t row = 0; row < rows; ++row)
    put(graph->element_of(row));
  align();
  for (uint32_t element = 0; element < graph->elements(); ++element)
    file.push_back(graph->level(element));
  align();
  for (uint32_t element = 0; element < graph->elements(); ++element)
    put_list(graph->links(element, 0), 2 * m);
  align();
  for (uint32_t element = 0; element < graph->elements(); ++element)
    for (uint32_t level = 1; level <= graph->level(element); ++level)
      put_list(graph->links(element, level), m);
  return file;
}

TEST(HnswGraph, OfVersion1IsReadAsTheSameGraph) {
  Rows rows = clustered(600, 24, 39);
  for (std::size_t i = 0; i < 100; ++i)
    rows.add(rows.vectors[i % 5], std::vector<float>(24));
  const std::vector<uint8_t> newest = build(rows);
  std::vector<uint8_t> old = of_version_1(newest, rows.count());
  ASSERT_EQ(sha256_hex(old), "9ffce74851ad194e018d8bb4c4bc6a45d98ef7f243aca1ac963d463427e09860")
      << "what HnswBuilder wrote then";
  const Expected<HnswGraph> graph = read(old, rows.count());
  ASSERT_TRUE(graph) << graph.error().message;
  const Expected<HnswGraph> expected = read(newest, rows.count());
  ASSERT_EQ(graph->elements(), expected->elements());
  for (uint32_t element = 0; element < graph->elements(); ++element)
    for (uint32_t level = 0; level <= graph->level(element); ++level)
      ASSERT_TRUE(std::ranges::equal(graph->links(element, level), expected->links(element, level)));
  for (std::size_t size = 0; size < old.size(); size += 1 + size / 50)
    EXPECT_FALSE(read({old.begin(), old.begin() + static_cast<std::ptrdiff_t>(size)}, rows.count()));
  RandomVectors random(46);
  for (int i = 0; i < 500; ++i) {
    std::vector<uint8_t> damaged = old;
    damaged[random.below(static_cast<uint32_t>(damaged.size()))] ^= static_cast<uint8_t>(1U << random.below(8));
    static_cast<void>(read(std::move(damaged), rows.count()));
  }
}

TEST(HnswBuilder, GoesOnWhereASavedGraphEnds) {
  Rows rows = clustered(300, 24, 40);
  const Expected<HnswGraph> half = read(build(rows), 300);
  ASSERT_TRUE(half);
  const Rows more = clustered(200, 24, 41);
  for (const std::vector<float>& vector : more.vectors)
    rows.add(vector, std::vector<float>(24));
  EXPECT_EQ(build(rows, 50, &*half), build(rows));
  EXPECT_FALSE(HnswBuilder::create(clustered(10, 24, 40).graph_rows(), 24, settings, &*half)) << "fewer rows";
  EXPECT_FALSE(HnswBuilder::create(rows.graph_rows(), 24, {9, 60}, &*half)) << "other settings";
}

TEST(HnswBuilder, RefusesSettingsThatMakeNoGraph) {
  const Rows rows = clustered(5, 8, 42);
  for (const HnswSettings bad : {HnswSettings{0, 100}, {1, 100}, {1000, 100}, {16, 0}, {16, 1U << 20U}}) {
    const auto builder = HnswBuilder::create(rows.graph_rows(), 8, bad);
    ASSERT_FALSE(builder);
    EXPECT_EQ(builder.error().code, ErrorCode::usage);
  }
  EXPECT_FALSE(HnswBuilder::create({}, 8, settings));
}

TEST(HnswGraph, IsRefusedWhenCutShortOrOverOtherRows) {
  const Rows rows = clustered(120, 8, 43);
  const std::vector<uint8_t> bytes = build(rows);
  ASSERT_TRUE(read(bytes, 120));
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 50)
    EXPECT_EQ(read({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}, 120).error().code,
              ErrorCode::corrupt);
  EXPECT_EQ(read(bytes, 121).error().code, ErrorCode::corrupt);
  const auto shared = std::make_shared<const std::vector<uint8_t>>(bytes);
  EXPECT_EQ(HnswGraph::read(shared, 120, GraphSubject{9}).error().code, ErrorCode::corrupt);
  std::vector<uint8_t> newer = bytes;
  newer[8] = 3;
  EXPECT_EQ(read(newer, 120).error().code, ErrorCode::version);
}

TEST(HnswGraph, WithNonsenseInsideIsRefusedOrSearchedWithoutHarm) {
  const Rows rows = clustered(150, 8, 44);
  const std::vector<uint8_t> bytes = build(rows);
  const std::vector<GraphRow> graph_rows = rows.graph_rows();
  RandomVectors random(45);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::vector<uint8_t> damaged = bytes;
    for (uint32_t flips = 1 + random.below(4); flips > 0; --flips)
      damaged[random.below(static_cast<uint32_t>(i % 2 == 0 ? 300 : damaged.size()))] ^=
          static_cast<uint8_t>(1U << random.below(8));
    const Expected<HnswGraph> graph = read(std::move(damaged), rows.count());
    if (!graph) {
      ++refused;
      continue;
    }
    const auto found = search_graph(
        *graph, 20,
        [&](std::span<const uint32_t> elements, std::span<float> scores) {
          for (std::size_t e = 0; e < elements.size(); ++e)
            scores[e] = static_cast<float>(graph_rows[elements[e]].values[0]);
        },
        [](uint32_t) { return true; });
    EXPECT_LE(found.size(), 20U);
    const auto resumed = HnswBuilder::create(graph_rows, 8, graph->settings(), &*graph);
    if (!resumed) {
      EXPECT_EQ(resumed.error().code, ErrorCode::usage) << "over other rows";
    }
  }
  EXPECT_GT(refused, 1000);
}

/// hnswlib's own search over one of our graphs, by scores of rows to one query.
class Reference final : public hnswlib::SpaceInterface<float>, public hnswlib::HierarchicalNSW<float> {
public:
  Reference(const HnswGraph& graph, std::vector<float> scores)
      : HierarchicalNSW<float>(nullptr), scores_(std::move(scores)) {
    max_elements_ = graph.elements();
    M_ = maxM_ = graph.settings().m;
    maxM0_ = 2 * M_;
    data_size_ = sizeof(uint32_t);
    fstdistfunc_ = [](const void*, const void* row, const void* self) {
      return -static_cast<const Reference*>(self)->scores_[*static_cast<const uint32_t*>(row)];
    };
    dist_func_param_ = this;
    size_links_level0_ = (maxM0_ + 1) * sizeof(uint32_t);
    size_links_per_element_ = (maxM_ + 1) * sizeof(uint32_t);
    offsetData_ = size_links_level0_;
    label_offset_ = offsetData_ + data_size_;
    size_data_per_element_ = label_offset_ + sizeof(hnswlib::labeltype);
    visited_list_pool_ = std::make_unique<hnswlib::VisitedListPool>(1, static_cast<int>(max_elements_));
    data_level0_memory_ = static_cast<char*>(std::calloc(max_elements_, size_data_per_element_));
    linkLists_ = static_cast<char**>(std::calloc(max_elements_, sizeof(char*)));
    element_levels_.resize(max_elements_);
    for (uint32_t element = 0; element < graph.elements(); ++element) {
      ++cur_element_count;
      element_levels_[element] = graph.level(element);
      if (graph.level(element) > 0)
        linkLists_[element] = static_cast<char*>(std::calloc(graph.level(element), size_links_per_element_));
      setExternalLabel(element, element);
      std::memcpy(getDataByInternalId(element), &element, sizeof element);
      for (int level = 0; level <= graph.level(element); ++level) {
        const auto links = graph.links(element, static_cast<uint32_t>(level));
        *get_linklist_at_level(element, level) = static_cast<uint32_t>(links.size());
        std::ranges::copy(links, get_linklist_at_level(element, level) + 1);
      }
    }
    enterpoint_node_ = graph.entry();
    maxlevel_ = graph.level(graph.entry());
  }
  std::size_t get_data_size() override { return data_size_; }
  hnswlib::DISTFUNC<float> get_dist_func() override { return fstdistfunc_; }
  void* get_dist_func_param() override { return this; }

private:
  std::vector<float> scores_;
};

TEST(HnswSearch, VisitsWhatHnswlibVisits) {
  const Rows rows = clustered(1500, 16, 46);
  const Expected<HnswGraph> graph = read(build(rows), rows.count());
  Clusters clusters(16, 47);
  for (int i = 0; i < 20; ++i) {
    const std::vector<float> query = clusters.next();
    std::vector<float> scores;
    for (const std::vector<float>& vector : rows.vectors)
      scores.push_back(kernels::dot(query, vector));
    const auto found = search_graph(
        *graph, 40,
        [&](std::span<const uint32_t> elements, std::span<float> out) {
          for (std::size_t e = 0; e < elements.size(); ++e)
            out[e] = scores[elements[e]];
        },
        [](uint32_t) { return true; });
    Reference reference(*graph, scores);
    reference.setEf(40);
    auto queue = reference.searchKnn(nullptr, 40);
    ASSERT_EQ(found.size(), queue.size());
    for (std::size_t at = found.size(); at-- > 0; queue.pop())
      EXPECT_EQ(found[at].element, queue.top().second);
  }
}

}  // namespace
}  // namespace picfind
