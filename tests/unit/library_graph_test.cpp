#include "library/graph_plan.h"
#include "library/snapshot.h"
#include "library_store.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace picfind {
namespace {

using test::make_row;
using test::RandomVectors;
using test::Store;
using test::store_dim;

constexpr HnswSettings settings{8, 60};

std::string id_of(uint32_t number) { return make_row(number).id; }

struct Found {
  std::vector<Hit> hits;
  Engine engine;
  uint64_t scored;
};

Expected<Found> find(const Library& library, uint32_t number, std::optional<Engine> engine, std::size_t count = 10) {
  SearchRequest request;
  request.query = make_row(number).vector;
  request.count = count;
  request.engine = engine;
  request.num_candidates = 32;
  Expected<LibrarySearch> search = library.begin_search(request);
  if (!search) return std::unexpected(search.error());
  while (search->step(7)) {
  }
  return Found{search->take(), search->engine(), search->scored()};
}

/// Every record is found by its own vector along the graph, which scores only some rows.
void expect_graph(const Library& library, uint32_t records) {
  uint32_t scanned = 0;
  for (uint32_t number = 0; number < records; ++number) {
    const auto row = library.row_of(id_of(number));
    if (!row) continue;
    const auto found = find(library, number, Engine::hnsw);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->hits.front().row, *row);
    scanned += found->engine == Engine::exact ? 1 : 0;
  }
  EXPECT_EQ(scanned, 0U);
}

bool has_graph(const Library& library) { return find(library, 0, Engine::hnsw).has_value(); }

GraphBuilder build(const Library& library, uint32_t rows = UINT32_MAX) {
  Expected<GraphBuilder> builder = library.start_graph(settings);
  EXPECT_TRUE(builder);
  EXPECT_TRUE(builder->step(rows));
  return std::move(*builder);
}

void publish(Store& store, GraphBuilder& builder) {
  const Expected<BuiltGraph> built = builder.finish();
  ASSERT_TRUE(built);
  std::size_t at = 0;
  for (const ByteView piece : graph_pieces(*built->bytes))
    store.files()[built->ref.files[at++]] = Bytes(piece.begin(), piece.end());
  store.publish(store.library().next_manifest({{}, {}, {}, {}, built->ref}));
}

/// Loads what the store has published as a reader that gives up what is damaged; returns what was wrong.
std::vector<Error> load(Library& library, Store& store) {
  std::vector<Error> errors;
  EXPECT_TRUE(library.set_manifest(store.manifest(), ""));
  for (std::vector<std::string> names = library.missing(); !names.empty(); names = library.missing())
    for (const std::string& name : names)
      if (const Expected<void> provided = library.provide(name, store.file(name)); !provided) {
        errors.push_back(provided.error());
        EXPECT_EQ(library.give_up(name), 0U) << "no picture is out of the search";
        break;
      }
  return errors;
}

Store with_segments() {
  Store store;
  store.commit(0, 300);
  store.commit(300, 200);
  store.commit(500, 10);
  return store;
}

TEST(LibraryGraph, AnswersFromAPublishedGraphAndScansTheRest) {
  Store store = with_segments();
  EXPECT_EQ(find(store.library(), 0, Engine::hnsw).error().code, ErrorCode::not_found);
  GraphBuilder builder = build(store.library());
  EXPECT_EQ(builder.rows(), 500U) << "98 % and more of the rows are in the two large segments";
  publish(store, builder);
  EXPECT_EQ(read_manifest(store.manifest())->graph, store.library().manifest()->graph);
  Library reader;
  EXPECT_TRUE(load(reader, store).empty());
  EXPECT_EQ(reader.graph_rows(), 500U);
  expect_graph(reader, 510);
  EXPECT_EQ(find(reader, 3, std::nullopt)->engine, Engine::exact) << "few rows are scanned";
  std::set<std::string> named;
  for (const FileRef& ref : reader.files())
    named.insert(ref.file);
  EXPECT_TRUE(named.contains(reader.manifest()->graph->files.front()));
}

TEST(LibraryGraph, AnswersBeforeItIsPublishedAndKeepsItsFilesAfter) {
  Store store = with_segments();
  GraphBuilder builder = build(store.library());
  ASSERT_TRUE(builder.finish());
  ASSERT_TRUE(store.library().use_graph(builder));
  expect_graph(store.library(), 510);
  publish(store, builder);
  EXPECT_TRUE(store.library().missing().empty());
  EXPECT_EQ(store.library().graph_rows(), 500U);
}

TEST(LibraryGraph, IsBuiltWhileTheLibraryGrowsAndGoesOnFromWhatIsStored) {
  Store store = with_segments();
  GraphBuilder builder = build(store.library(), 350);
  EXPECT_EQ(builder.added(), 350U);
  store.commit(510, 90);
  EXPECT_FALSE(store.library().is_stale(builder));
  publish(store, builder);
  expect_graph(store.library(), 600);
  Library reader;
  load(reader, store);
  EXPECT_EQ(reader.graph_rows(), 350U);
  const Expected<GraphBuilder> resumed = reader.start_graph(settings);
  ASSERT_TRUE(resumed);
  EXPECT_EQ(resumed->added(), 350U);
  EXPECT_EQ(resumed->rows(), 590U);
  EXPECT_EQ(reader.start_graph({9, 60})->added(), 0U) << "other settings begin anew";
  GraphBuilder rest = build(reader);
  ASSERT_TRUE(reader.use_graph(rest));
  EXPECT_EQ(reader.graph_rows(), 590U);
  expect_graph(reader, 600);
}

TEST(LibraryGraph, StaysThroughAMergeOfWholeSegments) {
  Store store = with_segments();
  GraphBuilder builder = build(store.library());
  publish(store, builder);
  store.commit(510, 30);
  const std::vector<std::string> segments = store.descriptors();
  store.merge({segments[1], segments[2], segments[3]});
  EXPECT_EQ(store.library().graph_rows(), 500U) << "the graph ends inside the merged segment";
  expect_graph(store.library(), 540);
  store.merge(store.descriptors());
  expect_graph(store.library(), 540);
  Library reader;
  EXPECT_TRUE(load(reader, store).empty());
  expect_graph(reader, 540);
}

/// How many of the ten nearest by the exact scan a search along the graph finds, of all.
double recall_of_graph(const Library& library, uint32_t queries) {
  uint32_t right = 0;
  for (uint32_t number = 0; number < queries; ++number) {
    const auto exact = find(library, 10'000 + number, Engine::exact);
    const auto graph = find(library, 10'000 + number, Engine::hnsw);
    EXPECT_EQ(graph->engine, Engine::hnsw);
    for (const Hit& hit : graph->hits)
      right += static_cast<uint32_t>(std::ranges::count(exact->hits, hit.row, &Hit::row));
  }
  return right / (10.0 * queries);
}

TEST(LibraryGraph, PassesOverDeletedRowsUntilAMergeTakesThemOut) {
  Store store = with_segments();
  GraphBuilder builder = build(store.library());
  publish(store, builder);
  const double before = recall_of_graph(store.library(), 50);
  std::vector<std::string> gone;
  for (uint32_t number = 0; number < 500; number += 12)
    gone.push_back(id_of(number));
  store.erase(gone);
  const auto left = static_cast<uint32_t>(500 - gone.size());
  EXPECT_EQ(store.library().graph_rows(), 500U);
  expect_graph(store.library(), 510);
  const auto found = find(store.library(), 12, Engine::hnsw, 500);
  EXPECT_EQ(std::ranges::count(found->hits, 12U, &Hit::row), 0);
  GraphBuilder late = build(store.library());
  store.merge({store.descriptors()[0]});
  EXPECT_TRUE(store.library().is_stale(late));
  EXPECT_EQ(store.library().use_graph(late).error().code, ErrorCode::usage);
  // What is rewritten comes last, and so its rows do.
  store.merge({store.descriptors()[0]});
  EXPECT_EQ(store.library().graph_rows(), left);
  EXPECT_EQ(read_manifest(store.manifest())->graph->rows, left);
  expect_graph(store.library(), 510);
  EXPECT_GE(recall_of_graph(store.library(), 50), before - 0.02);
  Library reader;
  EXPECT_TRUE(load(reader, store).empty());
  EXPECT_EQ(reader.graph_rows(), left);
  expect_graph(reader, 510);
}

TEST(LibraryGraph, GoesOnFromOneThatHasLostFewRowsAndBeginsAnewAfterMany) {
  Store store = with_segments();
  GraphBuilder builder = build(store.library());
  publish(store, builder);
  store.erase({id_of(7), id_of(310)});
  store.merge({store.descriptors()[0]});
  store.merge({store.descriptors()[0]});
  EXPECT_EQ(store.library().start_graph(settings)->added(), 498U);
  GraphBuilder same = build(store.library());
  publish(store, same);
  std::vector<std::string> gone;
  for (uint32_t number = 0; number < 300; number += 6)
    gone.push_back(id_of(number));
  store.erase(gone);
  // Three segments: the small one, then the two that were rewritten.
  store.merge({store.descriptors()[1]});
  EXPECT_EQ(store.library().graph_rows(), 448U);
  expect_graph(store.library(), 510);
  EXPECT_EQ(store.library().start_graph(settings)->added(), 0U) << "a tenth and more has gone";
  GraphBuilder anew = build(store.library());
  publish(store, anew);
  EXPECT_EQ(store.library().start_graph(settings)->added(), store.library().graph_rows());
  expect_graph(store.library(), 510);
}

TEST(LibraryGraph, StaysWhenASegmentHasNoRowLeftAndGoesWhenMostHave) {
  Store store = with_segments();
  GraphBuilder builder = build(store.library());
  publish(store, builder);
  std::vector<std::string> second;
  for (uint32_t number = 300; number < 500; ++number)
    second.push_back(id_of(number));
  store.erase(second);
  EXPECT_EQ(store.descriptors().size(), 2U);
  EXPECT_EQ(store.library().graph_rows(), 300U);
  expect_graph(store.library(), 510);
  std::vector<std::string> most;
  for (uint32_t number = 0; number < 200; ++number)
    most.push_back(id_of(number));
  store.erase(most);
  store.merge({store.descriptors()[0]});
  EXPECT_FALSE(has_graph(store.library()));
  EXPECT_FALSE(read_manifest(store.manifest())->graph);
}

TEST(LibraryGraph, AnswersOfSoManyRowsInPlaceOfSignsWhichDoWhereMemoryIsShort) {
  Store store(false);
  store.commit(0, fewest_rows_for_signs - 1);
  const uint32_t number = 77'777;
  EXPECT_EQ(find(store.library(), number, std::nullopt)->engine, Engine::exact);
  store.commit(fewest_rows_for_signs - 1, 1);
  EXPECT_EQ(find(store.library(), number, std::nullopt)->engine, Engine::sign);
  EXPECT_EQ(find(store.library(), number, std::nullopt)->hits.front().row, number);
  GraphBuilder builder = build(store.library(), 1000);
  ASSERT_TRUE(store.library().use_graph(builder));
  EXPECT_EQ(find(store.library(), number, std::nullopt)->engine, Engine::hnsw);
  EXPECT_EQ(find(store.library(), number, std::nullopt)->hits.front().row, number);
  Library small;
  small.set_memory_budget(uint64_t{fewest_rows_for_signs} * store_dim);
  store.load(small);
  EXPECT_FALSE(small.wants_graph());
  EXPECT_EQ(find(small, number, std::nullopt)->engine, Engine::sign);
}

TEST(LibraryGraph, ThatIsDamagedOrOverOtherSegmentsIsDroppedWithANotice) {
  Store store = with_segments();
  GraphBuilder builder = build(store.library());
  publish(store, builder);
  const GraphRef right = *store.library().manifest()->graph;
  Manifest manifest = *store.library().manifest();
  const auto refused = [&](const GraphRef& ref) {
    manifest.graph = ref;
    Store copy = store;
    copy.replace_manifest(write_manifest(manifest));
    Library reader;
    const std::vector<Error> errors = load(reader, copy);
    EXPECT_EQ(reader.count(), 510U);
    EXPECT_FALSE(has_graph(reader));
    EXPECT_EQ(find(reader, 20, std::nullopt)->hits.front().row, 20U);
    EXPECT_FALSE(read_manifest(reader.next_manifest({})->manifest)->graph) << "the next manifest does without";
    return errors.size();
  };
  GraphRef swapped = right;
  std::ranges::reverse(swapped.segments);
  EXPECT_EQ(refused(swapped), 1U) << "rows in another order";
  GraphRef fewer = right;
  fewer.rows -= 1;
  EXPECT_EQ(refused(fewer), 1U);
  for (const std::size_t at : {0U, 8U, 12U, 70U, 200U, 2500U}) {
    Bytes damaged = store.file(right.files[0]);
    damaged[at] ^= 0x7f;
    GraphRef ref = right;
    ref.files[0] = sha256_hex(damaged);
    store.files()[ref.files[0]] = damaged;
    EXPECT_EQ(refused(ref), 1U) << at;
  }
  GraphRef unknown = right;
  unknown.segments[0] = std::string(64, '0');
  EXPECT_EQ(refused(unknown), 0U) << "an entry that cannot be is none";
  GraphRef longer = right;
  longer.bytes += max_file_bytes;
  EXPECT_EQ(refused(longer), 0U);
  EXPECT_EQ(store.library().next_manifest({{}, {}, {}, {}, unknown}).error().code, ErrorCode::usage);
}

TEST(LibraryGraph, WithBytesChangedAtRandomIsRefusedOrSearched) {
  Store store = with_segments();
  GraphBuilder builder = build(store.library());
  publish(store, builder);
  const GraphRef right = *store.library().manifest()->graph;
  const Bytes whole = store.file(right.files[0]);
  Manifest manifest = *store.library().manifest();
  RandomVectors random(71);
  uint32_t refused = 0;
  for (int i = 0; i < 150; ++i) {
    Bytes damaged = whole;
    for (uint32_t changes = 1 + random.below(3); changes > 0; --changes)
      damaged[random.below(static_cast<uint32_t>(damaged.size()))] = static_cast<uint8_t>(random.next());
    manifest.graph->files[0] = sha256_hex(damaged);
    Store copy = store;
    copy.files()[manifest.graph->files[0]] = damaged;
    copy.replace_manifest(write_manifest(manifest));
    Library reader;
    refused += load(reader, copy).empty() ? 0 : 1;
    EXPECT_EQ(find(reader, 20, std::nullopt)->hits.front().row, 20U);
    if (reader.graph_rows() > 0) {
      EXPECT_EQ(find(reader, 20, Engine::hnsw)->hits.size(), 10U);
    }
  }
  EXPECT_GT(refused, 20U);
}

TEST(GraphPlan, CoversTheLargestSegmentsInOrder) {
  EXPECT_EQ(plan_graph(std::vector<GraphCandidate>{{10, true, false}, {900, true, false}, {60, true, false}}),
            (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(plan_graph(std::vector<GraphCandidate>{{10, true, false}, {900, true, true}, {60, true, false}}),
            (std::vector<std::size_t>{2}));
  EXPECT_TRUE(plan_graph(std::vector<GraphCandidate>{{10, true, false}, {900, true, true}}).empty());
  EXPECT_TRUE(plan_graph(std::vector<GraphCandidate>{{900, false, false}}).empty());
  EXPECT_TRUE(plan_graph({}).empty());
}

TEST(LibraryGraph, OfNothingIsAnErrorAndNotWanted) {
  Library empty;
  EXPECT_FALSE(empty.start_graph(settings));
  EXPECT_FALSE(empty.wants_graph());
  Store store;
  EXPECT_EQ(store.library().start_graph(settings).error().code, ErrorCode::usage);
  store.commit(0, 10);
  EXPECT_FALSE(store.library().wants_graph()) << "few rows are scanned in no time";
  Expected<GraphBuilder> builder = store.library().start_graph(settings);
  EXPECT_EQ(builder->finish().error().code, ErrorCode::usage);
  EXPECT_EQ(store.library().use_graph(*builder).error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace picfind
