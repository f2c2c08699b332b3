#include "library/library.h"

#include "index/rescore.h"
#include "library/merge_plan.h"
#include "library_store.h"
#include "vector/kernels.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace picfind {
namespace {

using test::make_row;
using test::RandomVectors;
using test::Store;
using test::store_dim;
using test::store_space;

std::string id_of(uint32_t number) { return make_row(number).id; }

/// Everything of record `number` can be read from the library as it was put in.
void expect_record(Store& store, uint32_t number) {
  SCOPED_TRACE(number);
  const SegmentRow expected = make_row(number);
  Library& library = store.library();
  const std::optional<uint32_t> row = library.row_of(expected.id);
  ASSERT_TRUE(row);
  EXPECT_EQ(library.row_of_picture(*digest_from_hex(expected.sha256)), row);
  EXPECT_EQ(to_hex(library.keys(*row)->picture), expected.sha256);
  EXPECT_EQ(library.stat(*row).size, expected.stat.size);
  EXPECT_EQ(library.stat(*row).modified, expected.stat.modified);
  EXPECT_EQ(store.record_text(*row), expected.record);
  EXPECT_EQ(store.thumbnail(*row), expected.thumbnail);
  if (library.has_full()) {
    EXPECT_EQ(store.full_vector(picture_kind, *row), expected.vector);
  }
  EXPECT_GT(cosine(library.vector(picture_kind, *row), expected.vector), 0.9998F);
  const auto hits = library.candidates(picture_kind, expected.vector, 1);
  ASSERT_TRUE(hits);
  ASSERT_EQ(hits->size(), 1U);
  EXPECT_EQ(hits->front().row, *row);
  EXPECT_NEAR(hits->front().score, 1, 0.01F);
}

void expect_error(const Expected<void>& result, ErrorCode code, const std::string& words) {
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, code) << result.error().message;
  EXPECT_NE(result.error().message.find(words), std::string::npos) << result.error().message;
}

Bytes text_bytes(const std::string& text) { return {text.begin(), text.end()}; }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Library, GivesBackEveryRecordOfSeveralSegments) {
  Store store;
  store.commit(0, 70);
  store.commit(70, 1);
  store.commit(71, 30);
  EXPECT_EQ(store.library().count(), 101U);
  EXPECT_TRUE(store.library().has_full());
  for (uint32_t number = 0; number < 101; ++number)
    expect_record(store, number);
  EXPECT_FALSE(store.library().row_of("holiday/nothing.jpg"));
}

TEST(Library, AnswersBeforeItHasAManifestOrASegment) {
  Library library;
  EXPECT_TRUE(library.missing().empty());
  EXPECT_FALSE(library.candidates(picture_kind, std::vector<float>(store_dim), 3));
  EXPECT_FALSE(library.next_manifest({}));
  EXPECT_TRUE(library.newest(0, 10).empty());
  EXPECT_EQ(library.give_up("nothing"), 0U);
  SegmentBuilder builder(library.segment_form());
  expect_error(builder.add(make_row(0)), ErrorCode::usage, "mean");
  Store store;
  EXPECT_EQ(store.library().count(), 0U);
  EXPECT_TRUE(store.library().candidates(picture_kind, make_row(0).vector, 3)->empty());
  EXPECT_FALSE(store.library().candidates("caption", make_row(0).vector, 3));
}

TEST(Library, AsksForItsFilesStepByStep) {
  Store store;
  store.commit(0, 10);
  store.erase({id_of(3)});
  Library reader;
  ASSERT_TRUE(reader.set_manifest(store.manifest(), ""));
  const Manifest& manifest = *reader.manifest();
  EXPECT_EQ(reader.missing(),
            (std::vector<std::string>{manifest.mean, manifest.segments[0].deleted, manifest.segments[0].file}));
  ASSERT_TRUE(reader.provide(manifest.segments[0].file, store.file(manifest.segments[0].file)));
  EXPECT_EQ(reader.missing().size(), 2U + 4U) << "int8, keys, stat and the thumbnail index";
  store.load(reader);
  EXPECT_EQ(reader.count(), 9U);
  ASSERT_TRUE(reader.set_manifest(store.manifest(), ""));
  EXPECT_TRUE(reader.missing().empty()) << "what is loaded is kept";
}

TEST(Library, NamesEveryFileThatAStoreMustKeep) {
  Store store;
  store.commit(0, 10);
  store.commit(10, 10, {id_of(2)});
  uint64_t bytes = 0;
  const std::vector<FileRef> files = store.library().files();
  for (const FileRef& ref : files) {
    EXPECT_EQ(store.file(ref.file).size(), ref.bytes);
    bytes += ref.bytes;
  }
  EXPECT_GT(bytes, 0U);
  // mean, a bitmap, and two of: descriptor, int8, full, keys, stat, records, thumbnail index, thumbnails.
  EXPECT_EQ(files.size(), 2U + 2 * 8U);
}

TEST(Library, ForgetsDeletedRecordsEverywhere) {
  Store store;
  store.commit(0, 20);
  store.commit(20, 20, {id_of(5), id_of(19)});
  store.erase({id_of(25), "holiday/unknown.jpg"});
  Library& library = store.library();
  EXPECT_EQ(library.count(), 37U);
  for (const uint32_t number : {5U, 19U, 25U}) {
    const SegmentRow row = make_row(number);
    EXPECT_FALSE(library.row_of(row.id));
    EXPECT_FALSE(library.row_of_picture(*digest_from_hex(row.sha256)));
    const auto hits = library.candidates(picture_kind, row.vector, 100);
    EXPECT_EQ(hits->size(), 37U);
    for (const Hit& hit : *hits)
      EXPECT_NE(store.record_text(hit.row), row.record);
  }
  for (const uint32_t number : {0U, 18U, 20U, 39U})
    expect_record(store, number);
  EXPECT_EQ(library.newest(0, 100).size(), 37U);
}

TEST(Library, DropsASegmentWhoseRecordsAreAllDeleted) {
  Store store;
  store.commit(0, 3);
  store.commit(3, 3);
  store.erase({id_of(0), id_of(1), id_of(2)});
  EXPECT_EQ(store.descriptors().size(), 1U);
  EXPECT_EQ(store.library().count(), 3U);
}

TEST(Library, FindsTheNewestOfTwoRecordsWithOneId) {
  Store store;
  store.commit(0, 5);
  SegmentBuilder builder(store.library().segment_form());
  SegmentRow changed = make_row(2);
  changed.record = "{\"changed\":true}";
  ASSERT_TRUE(builder.add(changed));
  store.add_segment(*builder.finish(), {}, {changed.id});
  EXPECT_EQ(store.library().count(), 5U);
  EXPECT_EQ(store.record_text(*store.library().row_of(changed.id)), changed.record);
}

TEST(Library, ListsTheLastModifiedFirst) {
  Store store;
  store.commit(0, 40);
  store.commit(40, 40, {id_of(7)});
  Library& library = store.library();
  const std::vector<uint32_t> rows = library.newest(0, 1000);
  ASSERT_EQ(rows.size(), 79U);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const double before = library.stat(rows[i - 1]).modified;
    const double after = library.stat(rows[i]).modified;
    EXPECT_TRUE(before > after || (before == after && rows[i - 1] < rows[i]));
  }
  EXPECT_EQ(library.newest(10, 5), std::vector<uint32_t>(rows.begin() + 10, rows.begin() + 15));
  EXPECT_EQ(library.newest(78, 5).size(), 1U);
  EXPECT_TRUE(library.newest(79, 5).empty());
}

TEST(Library, RescoresWithTheOriginalVectors) {
  Store store;
  store.commit(0, 50);
  const std::vector<float> query = RandomVectors(99).unit(store_dim);
  const auto candidates = store.library().candidates(picture_kind, query, 20);
  std::vector<uint32_t> rows;
  std::vector<float> vectors;
  for (const Hit& hit : *candidates) {
    rows.push_back(hit.row);
    const std::vector<float> vector = store.full_vector(picture_kind, hit.row);
    vectors.insert(vectors.end(), vector.begin(), vector.end());
  }
  const std::vector<Hit> hits = rescore(Metric::cosine, query, rows, vectors, 5);
  ASSERT_EQ(hits.size(), 5U);
  EXPECT_TRUE(std::ranges::is_sorted(hits, ranks_before));
  for (const Hit& hit : hits)
    EXPECT_EQ(hit.score, cosine(query, store.full_vector(picture_kind, hit.row)));
  EXPECT_EQ(rescore(Metric::cosine, query, rows, std::span(vectors).first(store_dim * 3), 5).size(), 3U)
      << "never reads past the end";
}

TEST(Library, WorksWithoutFullVectorsTimesAndThumbnails) {
  Store store(false);
  SegmentBuilder builder(store.library().segment_form());
  for (uint32_t i = 0; i < 10; ++i) {
    SegmentRow row = make_row(i);
    row.stat = {5, 0};
    row.thumbnail.clear();
    ASSERT_TRUE(builder.add(row));
  }
  const Expected<BuiltSegment> built = builder.finish();
  EXPECT_EQ(built->files.size(), 4U) << "int8, keys, records and the descriptor";
  store.add_segment(*built);
  Library& library = store.library();
  EXPECT_FALSE(library.has_full());
  EXPECT_FALSE(library.full_places(picture_kind, std::vector<uint32_t>{0}));
  EXPECT_TRUE(library.thumbnail_place(0).file.empty());
  EXPECT_EQ(library.stat(0).modified, 0);
  EXPECT_EQ(library.newest(0, 3), (std::vector<uint32_t>{0, 1, 2}));
  EXPECT_EQ(library.candidates(picture_kind, make_row(4).vector, 1)->front().row, 4U);
}

TEST(Library, AnswersForRowsThatDoNotExist) {
  Store store;
  store.commit(0, 3);
  Library& library = store.library();
  for (const uint32_t row : {3U, 1000U, UINT32_MAX}) {
    EXPECT_TRUE(library.record_place(row).file.empty());
    EXPECT_TRUE(library.thumbnail_place(row).file.empty());
    EXPECT_TRUE(library.vector(picture_kind, row).empty());
    EXPECT_FALSE(library.full_places(picture_kind, std::vector<uint32_t>{0, row}));
    EXPECT_FALSE(library.keys(row));
  }
}

/// A segment of `records` with two further vectors for every third and one for every fifth of them.
BuiltSegment with_captions(Store& store, uint32_t first, uint32_t records) {
  SegmentBuilder builder(store.library().segment_form());
  for (uint32_t i = first; i < first + records; ++i) {
    EXPECT_TRUE(builder.add(make_row(i)));
    for (uint32_t n = 0; n < (i % 3 == 0 ? 2U : i % 5 == 0 ? 1U : 0U); ++n)
      EXPECT_TRUE(builder.add_vector("caption", RandomVectors(1000 * i + n).unit(store_dim)));
  }
  return *builder.finish();
}

void expect_captions(Store& store, uint32_t records, std::optional<uint32_t> deleted = std::nullopt) {
  uint32_t captioned = 0;
  for (uint32_t i = 0; i < records; ++i) {
    const uint32_t count = i % 3 == 0 ? 2 : i % 5 == 0 ? 1 : 0;
    if (deleted == i || count == 0) continue;
    ++captioned;
    for (uint32_t n = 0; n < count; ++n) {
      const auto hits = store.library().candidates("caption", RandomVectors(1000 * i + n).unit(store_dim), 1);
      EXPECT_EQ(hits->front().row, store.library().row_of(id_of(i))) << i;
    }
  }
  const auto all = store.library().candidates("caption", RandomVectors(5).unit(store_dim), 1000);
  EXPECT_EQ(all->size(), captioned) << "k counts records";
}

TEST(Library, KeepsAFurtherKindOfVectorsWithSeveralPerRecord) {
  Store store;
  store.add_segment(with_captions(store, 0, 30));
  store.add_segment(with_captions(store, 30, 31));
  expect_captions(store, 61);
  for (uint32_t number = 0; number < 61; ++number)
    expect_record(store, number);
  EXPECT_GT(cosine(store.library().vector("caption", 3), RandomVectors(3000).unit(store_dim)), 0.999F);
  EXPECT_TRUE(store.library().vector("caption", 1).empty());
  store.erase({id_of(9)});
  store.merge(store.descriptors());
  expect_captions(store, 61, 9);
}

TEST(SegmentBuilder, RefusesWhatWouldNotBeFoundAgain) {
  Store store;
  SegmentBuilder builder(store.library().segment_form());
  EXPECT_FALSE(builder.finish());
  expect_error(builder.add_vector("caption", make_row(0).vector), ErrorCode::usage, "record");
  ASSERT_TRUE(builder.add(make_row(0)));
  expect_error(builder.add(make_row(0)), ErrorCode::usage, "already");
  const auto with = [](auto change) {
    SegmentRow row = make_row(1);
    change(row);
    return row;
  };
  expect_error(builder.add(with([](SegmentRow& row) { row.id.clear(); })), ErrorCode::usage, "id");
  expect_error(builder.add(with([](SegmentRow& row) { row.sha256 = "no hash"; })), ErrorCode::usage, "sha256");
  expect_error(builder.add(with([](SegmentRow& row) { row.vector.pop_back(); })), ErrorCode::usage, "dimensions");
  expect_error(builder.add(with([](SegmentRow& row) { row.vector[3] = NAN; })), ErrorCode::usage, "NaN");
  expect_error(builder.add(with([](SegmentRow& row) { row.vector[3] += 5; })), ErrorCode::usage, "unit length");
  expect_error(builder.add(with([](SegmentRow& row) { row.stat.modified = NAN; })), ErrorCode::usage, "modified");
  expect_error(builder.add(with([](SegmentRow& row) { row.thumbnail.resize(5U << 20U); })), ErrorCode::too_large,
               "thumbnail");
  expect_error(builder.add_vector("picture", make_row(0).vector), ErrorCode::usage, "kind");
  expect_error(builder.add_vector("No Kind", make_row(0).vector), ErrorCode::usage, "kind");
  EXPECT_EQ(builder.rows(), 1U) << "nothing of a refused record stays";
  EXPECT_EQ(builder.finish()->rows, 1U);
}

TEST(SegmentBuilder, SplitsSectionsIntoFilesOfLimitedSize) {
  constexpr uint32_t dim = 8192;
  constexpr uint32_t rows = 2 * 31 + 5;
  Store store(true, dim);
  store.commit(0, rows);
  Library& library = store.library();
  const std::vector<FileRef> files = library.files();
  EXPECT_TRUE(std::ranges::all_of(files, [&](const FileRef& ref) { return ref.bytes <= 1U << 20U; }))
      << "full vectors are read piece by piece";
  for (const uint32_t row : {0U, 30U, 31U, 62U, 66U}) {
    EXPECT_EQ(store.full_vector(picture_kind, row), make_row(row, dim).vector);
    EXPECT_EQ(library.candidates(picture_kind, make_row(row, dim).vector, 1)->front().row, row);
  }
  EXPECT_EQ(section_max_rows(SectionKind::full, dim), 31U);
}

TEST(Section, IsSplitWellBelowTheLimitOfStaticHosts) {
  for (const uint32_t dim : {1U, 256U, 512U, 768U, 4096U, max_dim})
    for (const SectionKind kind : {SectionKind::int8, SectionKind::full, SectionKind::owner, SectionKind::keys,
                                   SectionKind::stat, SectionKind::thumbs}) {
      const uint32_t most = section_max_rows(kind, dim);
      EXPECT_GE(most, 1U);
      EXPECT_LE(section_bytes(kind, most, dim), max_file_bytes);
    }
}

TEST(Merger, KeepsEveryRecordThatIsNotDeleted) {
  Store store;
  store.commit(0, 40);
  store.commit(40, 30);
  store.commit(70, 5);
  store.erase({id_of(0), id_of(39), id_of(41), id_of(74)});
  store.merge(store.descriptors());
  EXPECT_EQ(store.descriptors().size(), 1U);
  EXPECT_EQ(store.library().count(), 71U);
  EXPECT_EQ(store.library().manifest()->segments[0].live, store.library().manifest()->segments[0].rows);
  for (uint32_t number = 1; number < 74; ++number) {
    if (number != 39 && number != 41) expect_record(store, number);
  }
}

TEST(Merger, CopiesQuantisedRowsBitForBit) {
  Store parts;
  parts.commit(0, 30);
  parts.commit(30, 40);
  parts.merge(parts.descriptors());
  Store whole;
  whole.commit(0, 70);
  EXPECT_EQ(parts.descriptors(), whole.descriptors()) << "merged or built at once, the bytes are the same";
}

TEST(Merger, LeavesTheRowsOfADeletedRecordInNoFile) {
  Store store;
  store.commit(0, 30);
  const SegmentRow gone = make_row(12);
  store.erase({gone.id});
  store.merge(store.descriptors());
  for (const FileRef& ref : store.library().files()) {
    const Bytes& bytes = store.file(ref.file);
    const auto contains = [&](ByteView piece) { return !std::ranges::search(bytes, piece).empty(); };
    EXPECT_FALSE(contains(text_bytes(gone.record))) << ref.file;
    EXPECT_FALSE(contains(gone.thumbnail)) << ref.file;
    EXPECT_FALSE(contains(as_bytes(gone.vector))) << ref.file;
    EXPECT_FALSE(contains(*digest_from_hex(gone.sha256))) << ref.file;
  }
}

TEST(SegmentBuilder, PacksRecordsAsLargeAsItIsTold) {
  const auto packs = [](std::size_t bytes) {
    SegmentBuilder builder({.mean = {0, 0}, .mean_file = std::string(64, '0')});
    builder.set_record_pack(bytes);
    for (int i = 0; i < 100; ++i)
      EXPECT_TRUE(builder.add({.id = std::to_string(i),
                               .record = std::string(100, 'x'),
                               .vector = {1, 0},
                               .thumbnail = {},
                               .sha256 = std::string(64, 'a'),
                               .stat = {}}));
    return builder.finish()->files.size();
  };
  EXPECT_EQ(packs(2000) - packs(10'000), 4);
}

TEST(Merger, CarriesWellFilledPacksByName) {
  Store store;
  for (uint32_t part = 0; part < 2; ++part) {
    SegmentBuilder builder(store.library().segment_form());
    for (uint32_t i = 0; i < 8; ++i) {
      SegmentRow row = make_row(part * 8 + i);
      row.thumbnail = Bytes(100'000, static_cast<uint8_t>(part * 8 + i));
      ASSERT_TRUE(builder.add(row));
    }
    store.add_segment(*builder.finish());
  }
  store.erase({id_of(10)});
  const std::string whole = store.library().thumbnail_place(0).file;
  const std::string holed = store.library().thumbnail_place(8).file;
  Expected<Merger> merger = store.library().merger(store.descriptors());
  const std::vector<std::string> names = merger->missing();
  EXPECT_EQ(std::ranges::count(names, whole), 0);
  EXPECT_EQ(std::ranges::count(names, holed), 1);
  EXPECT_FALSE(merger->finish()) << "files are missing";
  store.merge(store.descriptors());
  EXPECT_EQ(store.library().thumbnail_place(*store.library().row_of(id_of(3))).file, whole);
  for (uint32_t i = 0; i < 16; ++i) {
    const std::optional<uint32_t> row = store.library().row_of(id_of(i));
    ASSERT_EQ(row.has_value(), i != 10);
    if (row) {
      EXPECT_EQ(store.thumbnail(*row), Bytes(100'000, static_cast<uint8_t>(i)));
    }
  }
}

TEST(Merger, DropsFullVectorsUnlessAllPartsHaveThem) {
  Store with_full(true);
  with_full.commit(0, 5);
  SegmentForm form = with_full.library().segment_form();
  form.full = false;
  SegmentBuilder builder(form);
  ASSERT_TRUE(builder.add(make_row(5)));
  with_full.add_segment(*builder.finish());
  EXPECT_FALSE(with_full.library().has_full());
  with_full.merge(with_full.descriptors());
  EXPECT_FALSE(with_full.library().has_full());
  for (uint32_t i = 0; i < 6; ++i)
    expect_record(with_full, i);
}

TEST(Merger, RefusesFilesThatAreNotWhatTheirNameSays) {
  Store store;
  store.commit(0, 5);
  Expected<Merger> merger = store.library().merger(store.descriptors());
  Bytes damaged = store.file(merger->missing().front());
  damaged.back() ^= 1;
  expect_error(merger->provide(merger->missing().front(), damaged), ErrorCode::corrupt, merger->missing().front());
  EXPECT_FALSE(store.library().merger({}));
  EXPECT_FALSE(store.library().merger({std::string(64, '0')}));
  EXPECT_FALSE(store.library().merger({store.descriptors()[0], store.descriptors()[0]}));
}

TEST(MergePlan, KeepsALibraryAtTwentyFourSegmentsOverTwoThousandCommits) {
  Store store(false);
  uint64_t rewritten = 0;
  uint32_t next = 0;
  RandomVectors random(21);
  for (int commit = 0; commit < 2000; ++commit) {
    const uint32_t count = 1 + random.below(3);
    std::vector<std::string> changed;
    if (next > 10 && commit % 3 == 0) changed.push_back(id_of(random.below(next)));
    store.commit(next, count, changed);
    next += count;
    for (std::vector<std::string> plan = store.library().plan_merge(); !plan.empty();
         plan = store.library().plan_merge()) {
      for (const SegmentRef& segment : store.library().manifest()->segments)
        if (std::ranges::find(plan, segment.file) != plan.end()) rewritten += segment.live;
      store.merge(plan);
    }
    ASSERT_LE(store.library().manifest()->segments.size(), max_segments);
    ASSERT_LE(store.manifest().size(), 4096 + 150 * store.library().manifest()->segments.size());
    // Only what the manifest names is kept, as a store does.
    if (commit % 100 == 0) {
      std::set<std::string> named;
      for (const FileRef& ref : store.library().files())
        named.insert(ref.file);
      std::erase_if(store.files(), [&](const auto& file) { return !named.contains(file.first); });
    }
  }
  EXPECT_LE(rewritten, uint64_t{next} * 8) << "each row is rewritten about log₄(rows) times";
  uint32_t found = 0;
  for (uint32_t number = 0; number < next; ++number)
    found += store.library().row_of(id_of(number)) ? 1 : 0;
  EXPECT_EQ(found, store.library().count());
}

TEST(MergePlan, StaysBoundedForAnySizes) {
  RandomVectors random(22);
  std::vector<SegmentSize> segments;
  for (int step = 0; step < 20'000; ++step) {
    const uint32_t rows = 1U << random.below(24);
    segments.push_back({rows, rows - random.below(rows), true});
    for (std::vector<std::size_t> plan = plan_merge(segments); !plan.empty(); plan = plan_merge(segments)) {
      uint32_t live = 0;
      for (const std::size_t i : plan)
        live = std::min(live + segments[i].live, max_library_rows);
      for (auto i = plan.rbegin(); i != plan.rend(); ++i)
        segments.erase(segments.begin() + static_cast<std::ptrdiff_t>(*i));
      segments.push_back({live, live, true});
    }
    ASSERT_LE(segments.size(), max_segments);
  }
}

TEST(MergePlan, RewritesWhatIsMostlyDeletedAndLeavesAloneWhatIsNotLoaded) {
  EXPECT_EQ(plan_merge(std::vector<SegmentSize>{{100, 100, true}, {100, 49, true}}), (std::vector<std::size_t>{1}));
  EXPECT_TRUE(plan_merge(std::vector<SegmentSize>{{100, 100, true}, {100, 50, true}}).empty());
  EXPECT_TRUE(plan_merge(std::vector<SegmentSize>(24, {100, 10, false})).empty());
}

TEST(MergePlan, LeavesOutTheSegmentsItIsToldTo) {
  Store store;
  for (uint32_t i = 0; i < 5; ++i)
    store.commit(i, 1);
  const std::vector<std::string> segments = store.descriptors();
  EXPECT_EQ(store.library().plan_merge(), segments);
  EXPECT_EQ(store.library().plan_merge({segments[2]}),
            (std::vector<std::string>{segments[0], segments[1], segments[3], segments[4]}));
  EXPECT_TRUE(store.library().plan_merge({segments[0], segments[1]}).empty());
}

TEST(Manifest, CarriesEverythingThroughTextAndBack) {
  Store store;
  store.commit(0, 5);
  store.erase({id_of(1)});
  Expected<Publication> next =
      store.library().next_manifest({{}, {}, {}, {{"holiday", std::nullopt}, {"site", "https://example.org/\"é\""}}});
  store.publish(next);
  const Expected<Manifest> manifest = read_manifest(store.manifest());
  ASSERT_TRUE(manifest);
  EXPECT_EQ(*manifest, *store.library().manifest());
  EXPECT_EQ(manifest->sequence, 4U);
  EXPECT_EQ(manifest->sources[1].url, "https://example.org/\"é\"");
  EXPECT_EQ(write_manifest(*manifest), store.manifest());
}

TEST(Manifest, KeepsItsBundleUntilItIsReplaced) {
  Store store;
  EXPECT_EQ(store.library().manifest_text().find("bundle"), std::string_view::npos);
  const auto publish_bundle = [&](const BundleRef& bundle) {
    store.publish(store.library().next_manifest({{}, {}, {}, {}, std::nullopt, bundle}));
  };
  const BundleRef first{std::string(64, 'b'), {}};
  publish_bundle(first);
  EXPECT_EQ(store.library().manifest()->bundle, first);
  store.commit(0, 3);
  EXPECT_EQ(store.library().manifest()->bundle, first);
  const BundleRef second{std::string(64, 'c'), std::string(64, 'd')};
  publish_bundle(second);
  EXPECT_EQ(store.library().manifest()->bundle, second);
  EXPECT_NE(store.library().manifest_text().find("\"bundle\":{\"code\":\"" + second.code + "\",\"file\":\"" +
                                                 second.file + "\"}"),
            std::string_view::npos);
  for (const BundleRef& bad : {BundleRef{"today", {}}, BundleRef{second.file, "../.."}})
    EXPECT_EQ(store.library().next_manifest({{}, {}, {}, {}, std::nullopt, bad}).error().code, ErrorCode::usage);
}

TEST(SegmentBuilder, CarriesStoredVectorsToTheSameBytes) {
  Store store(false);
  SegmentBuilder first(store.library().segment_form());
  for (uint32_t number = 0; number < 40; ++number)
    ASSERT_TRUE(first.add(make_row(number)));
  const Expected<BuiltSegment> built = first.finish();
  store.add_segment(*built);

  SegmentBuilder second(store.library().segment_form());
  for (uint32_t number = 0; number < 40; ++number) {
    const auto places = store.library().int8_places(picture_kind, std::vector<uint32_t>{number});
    ASSERT_TRUE(places);
    const Bytes& file = store.file(places->files[0]);
    std::vector<int8_t> values(store_dim);
    std::memcpy(values.data(), file.data() + places->values[0], values.size());
    float scale = 0;
    std::memcpy(&scale, file.data() + places->scale[0], sizeof(scale));
    SegmentRow row = make_row(number);
    row.vector.clear();
    ASSERT_TRUE(second.carry(row, values, scale));
  }
  const Expected<BuiltSegment> carried = second.finish();
  ASSERT_TRUE(carried);
  EXPECT_EQ(carried->descriptor, built->descriptor);
}

TEST(SegmentBuilder, RefusesStoredVectorsThatDoNotFit) {
  Store store(false);
  SegmentBuilder builder(store.library().segment_form());
  const std::vector<int8_t> values(store_dim, 1);
  expect_error(builder.carry(make_row(0), std::vector<int8_t>(store_dim - 1), 1), ErrorCode::usage, "int8 values");
  expect_error(builder.carry(make_row(0), values, NAN), ErrorCode::usage, "scale");
  expect_error(builder.carry(make_row(0), values, -1), ErrorCode::usage, "scale");
  ASSERT_TRUE(builder.carry(make_row(0), values, 1));
  expect_error(builder.carry(make_row(0), values, 1), ErrorCode::usage, "already");
  EXPECT_EQ(builder.rows(), 1U);
  Store full;
  SegmentBuilder whole(full.library().segment_form());
  expect_error(whole.carry(make_row(0), values, 1), ErrorCode::usage, "full");
}

TEST(Manifest, NamesItsParentByHash) {
  Store store;
  const std::string first = sha256_hex(store.manifest());
  store.commit(0, 2);
  EXPECT_EQ(store.library().manifest()->parent, first);
  EXPECT_EQ(store.library().manifest()->sequence, 2U);
}

TEST(Manifest, OfANewerFormatIsRefusedByItsNumber) {
  Store store;
  store.commit(0, 2);
  const std::string text(store.library().manifest_text());
  expect_error(store.library().set_manifest(text_bytes(replaced(text, "\"format\":1", "\"format\":7")), ""),
               ErrorCode::version, "format 7");
  expect_record(store, 0);
  // A newer format may have changed anything else.
  expect_error(store.library().set_manifest(text_bytes("{\"format\":8}"), ""), ErrorCode::version, "format 8");
}

TEST(Manifest, OfAnotherSpaceIsRefusedNamingBoth) {
  Store store;
  const std::string other(64, 'b');
  expect_error(store.library().set_manifest(store.manifest(), other), ErrorCode::space, other);
  expect_error(store.library().set_manifest(store.manifest(), other), ErrorCode::space,
               "\"test\" with sha256 " + store_space);
  EXPECT_TRUE(store.library().set_manifest(store.manifest(), store_space));
  EXPECT_TRUE(store.library().set_manifest(store.manifest(), ""));
}

TEST(Manifest, ThatIsNonsenseIsRefusedAndLeavesTheLibraryAsItWas) {
  Store store;
  store.commit(0, 5);
  const std::string text(store.library().manifest_text());
  const std::string rows = "\"rows\":5";
  for (const std::string& bad :
       {std::string(), std::string("[]"), std::string("{}"), std::string("{\"format\":1}"), text.substr(0, 100),
        replaced(text, "\"dim\":24", "\"dim\":0"), replaced(text, "\"dim\":24", "\"dim\":-3"),
        replaced(text, "\"dim\":24", "\"dim\":1e9"), replaced(text, "\"sequence\":2", "\"sequence\":\"2\""),
        replaced(text, "\"epoch\":\"0", "\"epoch\":\"X"), replaced(text, "\"segments\":[", "\"segments\":[3,"),
        replaced(text, "\"full\":true", "\"full\":1"), replaced(text, "{\"counts", "{\"bundle\":{},\"counts"),
        std::string(100'000, '['), std::string(2U << 20U, ' ')}) {
    const Expected<void> set = store.library().set_manifest(text_bytes(bad), "");
    ASSERT_FALSE(set) << bad.substr(0, 200);
    EXPECT_NE(set.error().message.find("manifest"), std::string::npos);
  }
  expect_record(store, 4);
}

TEST(Manifest, RefusesChangesOfWhatIsNotThere) {
  Store store;
  store.commit(0, 5);
  Library& library = store.library();
  const std::string unknown(64, 'f');
  EXPECT_EQ(library.next_manifest({{unknown}, {}, {}, {}}).error().code, ErrorCode::not_found);
  EXPECT_EQ(library.next_manifest({{}, {unknown}, {}, {}}).error().code, ErrorCode::not_found);
  EXPECT_EQ(library.next_manifest({store.descriptors(), {}, {}, {}}).error().code, ErrorCode::usage);
}

TEST(FirstManifest, RefusesASpaceEpochOrMeanThatIsNone) {
  Manifest start;
  start.epoch = std::string(32, '0');
  start.space = {"test", store_space};
  start.dim = 4;
  const std::vector<float> mean(4);
  EXPECT_TRUE(first_manifest(start, mean));
  EXPECT_FALSE(first_manifest(start, std::vector<float>(5)));
  EXPECT_FALSE(first_manifest(start, std::vector<float>(4, NAN)));
  start.dim = 0;
  EXPECT_FALSE(first_manifest(start, {}));
  start.dim = 4;
  start.epoch = "today";
  EXPECT_FALSE(first_manifest(start, mean));
}

TEST(Files, AreRefusedByNameWhenAnyByteIsFlipped) {
  Store store;
  store.add_segment(with_captions(store, 0, 12));
  store.erase({id_of(4)});
  for (const FileRef& ref : store.library().files()) {
    const Bytes& original = store.file(ref.file);
    for (std::size_t at = 0; at < original.size(); at += 1 + original.size() / 97) {
      Bytes damaged = original;
      damaged[at] ^= 0x10;
      Library reader;
      ASSERT_TRUE(reader.set_manifest(store.manifest(), ""));
      expect_error(reader.provide(ref.file, damaged), ErrorCode::corrupt, ref.file);
      damaged.resize(at);
      expect_error(reader.provide(ref.file, damaged), ErrorCode::corrupt, ref.file);
    }
  }
}

TEST(Files, ThatCannotBeHadTakeOnlyTheirSegmentOutOfTheSearch) {
  Store store;
  store.commit(0, 10);
  store.commit(10, 20);
  store.erase({id_of(3)});
  const Manifest& manifest = *store.library().manifest();
  Library probe;
  ASSERT_TRUE(probe.set_manifest(store.manifest(), ""));
  ASSERT_TRUE(probe.provide(manifest.segments[0].file, store.file(manifest.segments[0].file)));
  std::vector<std::string> first_segment = probe.missing();
  std::erase(first_segment, manifest.mean);
  std::erase(first_segment, manifest.segments[1].file);
  first_segment.push_back(manifest.segments[0].file);
  ASSERT_EQ(first_segment.size(), 6U) << "bitmap, int8, keys, stat, thumbnail index, descriptor";

  for (const std::string& lost : first_segment) {
    SCOPED_TRACE(lost);
    Library reader;
    ASSERT_TRUE(reader.set_manifest(store.manifest(), ""));
    uint32_t rows = 0;
    for (std::vector<std::string> names = reader.missing(); !names.empty(); names = reader.missing())
      for (const std::string& name : names) {
        if (name == lost)
          rows += reader.give_up(name);
        else
          ASSERT_TRUE(reader.provide(name, store.file(name)));
      }
    EXPECT_EQ(reader.count(), 29 - rows);
    EXPECT_TRUE(rows == 9 || rows == 0) << "stat and thumbnails are no loss to the search";
    const uint32_t row = *reader.row_of(id_of(15));
    EXPECT_EQ(row, 15U) << "rows are numbered as before";
    EXPECT_EQ(reader.candidates(picture_kind, make_row(15).vector, 100)->front().row, row);
    EXPECT_EQ(reader.candidates(picture_kind, make_row(15).vector, 100)->size(), 29 - rows);
    EXPECT_EQ(reader.newest(0, 100).size(), 29 - rows);
    EXPECT_EQ(reader.row_of(id_of(5)).has_value(), rows == 0);
    // A writer goes on, and keeps what it could not read.
    const auto next = reader.next_manifest({{}, {}, {id_of(20)}, {}});
    ASSERT_TRUE(next);
    EXPECT_EQ(read_manifest(next->manifest)->segments.size(), 2U);
    // Another try is made with the next manifest.
    ASSERT_TRUE(reader.set_manifest(store.manifest(), ""));
    if (rows > 0) store.load(reader);
    EXPECT_EQ(reader.count(), 29U);
  }
}

TEST(Files, GivingUpTheMeanLeavesNothingToSearch) {
  Store store;
  store.commit(0, 10);
  Library reader;
  ASSERT_TRUE(reader.set_manifest(store.manifest(), ""));
  EXPECT_EQ(reader.give_up(reader.manifest()->mean), 10U);
  EXPECT_TRUE(reader.missing().empty());
  EXPECT_EQ(reader.count(), 0U);
  EXPECT_TRUE(reader.candidates(picture_kind, make_row(0).vector, 3)->empty());
}

TEST(Library, SharesOneMeanBetweenAllSegmentsAndRefusesOthers) {
  Store store;
  store.commit(0, 5);
  SegmentForm form = store.library().segment_form();
  form.mean_file = std::string(64, 'c');
  SegmentBuilder builder(form);
  ASSERT_TRUE(builder.add(make_row(7)));
  const Expected<BuiltSegment> foreign = builder.finish();
  for (const File& file : foreign->files)
    ASSERT_TRUE(store.library().provide(file.name, file.bytes));
  const auto next = store.library().next_manifest({{foreign->descriptor}, {}, {}, {}});
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::corrupt);
  EXPECT_NE(next.error().message.find("mean"), std::string::npos);
}

/// Makes `change` to file `name` of the store and gives everything that leads there its new name, as someone could who
/// wanted to mislead a reader: every hash is right, only the content is not.
void forge(Store& store, const std::string& name, const Bytes& bytes) {
  std::map<std::string, Bytes> files = store.files();
  std::string from = name;
  std::string to = sha256_hex(bytes);
  files[to] = bytes;
  std::string manifest(store.manifest().begin(), store.manifest().end());
  for (auto& [file, content] : store.files()) {
    std::string text(content.begin(), content.end());
    if (text.empty() || text.front() != '{' || text.find(from) == std::string::npos) continue;
    while (text.find(from) != std::string::npos)
      text = replaced(text, from, to);
    const Bytes forged = text_bytes(text);
    files[sha256_hex(forged)] = forged;
    from = file;
    to = sha256_hex(forged);
    break;
  }
  while (manifest.find(from) != std::string::npos)
    manifest = replaced(manifest, from, to);

  Library reader;
  if (!reader.set_manifest(text_bytes(manifest), "")) return;
  for (std::vector<std::string> names = reader.missing(); !names.empty(); names = reader.missing())
    for (const std::string& wanted : names) {
      const auto file = files.find(wanted);
      if (file == files.end() || !reader.provide(wanted, file->second)) reader.give_up(wanted);
    }
  // Whatever was accepted can be used.
  for (const char* kind : {"picture", "caption"})
    if (const auto hits = reader.candidates(kind, RandomVectors(3).unit(store_dim), 50)) {
      for (const Hit& hit : *hits) {
        EXPECT_TRUE(std::isfinite(hit.score));
        static_cast<void>(reader.vector(kind, hit.row));
        static_cast<void>(reader.full_places(kind, std::vector<uint32_t>{hit.row}));
        static_cast<void>(reader.record_place(hit.row));
        static_cast<void>(reader.thumbnail_place(hit.row));
      }
    }
  static_cast<void>(reader.newest(0, 100));
  static_cast<void>(reader.row_of(id_of(3)));
  static_cast<void>(reader.files());
  static_cast<void>(reader.next_manifest({{}, {}, {id_of(1)}, {}}));
  std::vector<std::string> descriptors;
  for (const SegmentRef& segment : reader.manifest()->segments)
    descriptors.push_back(segment.file);
  if (Expected<Merger> merger = reader.merger(descriptors)) {
    for (const std::string& wanted : merger->missing())
      if (const auto file = files.find(wanted); file != files.end())
        static_cast<void>(merger->provide(wanted, file->second));
    static_cast<void>(merger->finish());
  }
}

TEST(Files, WithTheRightHashAndNonsenseInsideAreSurvived) {
  Store store;
  store.add_segment(with_captions(store, 0, 20));
  store.add_segment(with_captions(store, 20, 9));
  store.erase({id_of(4)});
  RandomVectors random(31);
  for (const FileRef& ref : store.library().files()) {
    const Bytes original = store.file(ref.file);
    for (int attempt = 0; attempt < 40; ++attempt) {
      Bytes bytes = original;
      const uint32_t changes = 1 + random.below(4);
      for (uint32_t i = 0; i < changes; ++i) {
        // Headers are where sizes are, and a number of all ones is the likeliest to do harm.
        const uint32_t size = static_cast<uint32_t>(bytes.size());
        const uint32_t at = random.below(random.below(2) == 0 ? std::min(size, 96U) : size);
        bytes[at] = random.below(3) == 0 ? 0xff : static_cast<uint8_t>(random.below(256));
      }
      if (random.below(8) == 0) bytes.resize(random.below(static_cast<uint32_t>(bytes.size()) + 1));
      if (bytes != original) forge(store, ref.file, bytes);
    }
  }
}

TEST(Files, OfANewerSectionVersionAreRefusedByItsNumber) {
  Store store;
  store.commit(0, 4);
  const std::string mean = store.library().manifest()->mean;
  Bytes newer = store.file(mean);
  newer[8] = 9;
  const Expected<SectionView> section = read_section(SectionKind::mean, 1, store_dim, newer);
  ASSERT_FALSE(section);
  EXPECT_EQ(section.error().code, ErrorCode::version);
  EXPECT_NE(section.error().message.find("version 9"), std::string::npos);
}

TEST(Pack, GivesBackItsItemsAndRefusesOthers) {
  PackWriter writer(1000);
  std::vector<Bytes> items;
  std::vector<PackWriter::Position> places;
  for (uint32_t i = 0; i < 50; ++i) {
    items.emplace_back(i * 7 % 300, static_cast<uint8_t>(i));
    places.push_back(writer.add(items.back()));
  }
  std::vector<File> files;
  const std::vector<FileRef> refs = writer.finish(files);
  ASSERT_EQ(refs.size(), files.size());
  EXPECT_GT(refs.size(), 5U);
  for (uint32_t i = 0; i < 50; ++i) {
    const Expected<ByteView> item = pack_item(files[places[i].pack].bytes, places[i].item);
    ASSERT_TRUE(item);
    EXPECT_EQ(Bytes(item->begin(), item->end()), items[i]);
  }
  const Bytes& pack = files[0].bytes;
  EXPECT_EQ(pack_item(pack, refs[0].rows).error().code, ErrorCode::not_found);
  for (std::size_t size = 0; size < 60; ++size)
    EXPECT_FALSE(pack_item(ByteView(pack).first(size), 2));
  EXPECT_TRUE(check_pack(pack, refs[0].rows));
  EXPECT_FALSE(check_pack(pack, refs[0].rows + 1));
  for (std::size_t at = 0; at < 40; ++at) {
    Bytes damaged = pack;
    damaged[at] = 0xff;
    for (uint32_t i = 0; i < 4; ++i)
      static_cast<void>(pack_item(damaged, i));
  }
}

// The same rows give the same bytes on every machine, natively and in wasm. A change of this hash is a change of the
// format: readers of older libraries must be kept, and format_version raised if older readers would misread it.
TEST(Format, WritesTheSameBytesEverywhere) {
  Store store;
  store.add_segment(with_captions(store, 0, 50));
  store.add_segment(with_captions(store, 50, 30));
  store.erase({id_of(7)});
  store.merge(store.descriptors());
  store.commit(80, 20, {id_of(60)});
  std::string names;
  for (const auto& [name, bytes] : store.files())
    names += name;
  names += sha256_hex(store.manifest());
  EXPECT_EQ(sha256_hex(text_bytes(names)), "96719bc5b297143b2ea504c57d5f4ba8d7b59b379fa2717b0d136f08c0be5ea2");
}

}  // namespace
}  // namespace picfind
