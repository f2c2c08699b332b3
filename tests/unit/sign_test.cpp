#include "index/exact_index.h"
#include "index/rescore.h"
#include "index/sign_index.h"
#include "vector/sign_code.h"

#include "library_store.h"
#include "quantised_rows.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace picfind {
namespace {

using test::all;
using test::Clusters;
using test::RandomVectors;
using test::Rows;

RowBlock without_int8(RowBlock block) {
  block.values = nullptr;
  block.scales = nullptr;
  return block;
}

std::vector<Hit> search(const Index& index, std::span<const float> query, const Wanted& wanted,
                        const RowBitmap& allowed) {
  const Expected<std::vector<Hit>> hits = index.search(query, wanted, allowed);
  EXPECT_TRUE(hits);
  return hits ? *hits : std::vector<Hit>();
}

double overlap(const std::vector<Hit>& found, const std::vector<Hit>& expected) {
  std::size_t both = 0;
  for (const Hit& hit : expected)
    both += std::ranges::find(found, hit.row, &Hit::row) != found.end() ? 1 : 0;
  return static_cast<double>(both) / static_cast<double>(std::max<std::size_t>(expected.size(), 1));
}

TEST(SignCode, HasABitForEveryPositiveNumberWhateverTheDimension) {
  RandomVectors random(41);
  for (const std::size_t dim : {1U, 7U, 8U, 15U, 16U, 17U, 31U, 64U, 130U, 512U, 4096U}) {
    std::vector<int8_t> row(dim);
    for (int8_t& x : row)
      x = static_cast<int8_t>(static_cast<int>(random.below(256)) - 128);
    std::vector<uint8_t> code(sign_code_bytes(dim), 0xff);
    const float length = sign_code(row, 0.5F, code);
    double squares = 0;
    for (std::size_t i = 0; i < code.size() * 8; ++i) {
      EXPECT_EQ((code[i / 8] >> (i % 8)) & 1, i < dim && row[i] > 0 ? 1 : 0) << dim << " at " << i;
      if (i < dim) squares += static_cast<double>(row[i]) * row[i];
    }
    EXPECT_NEAR(length, 0.5 * std::sqrt(squares), 1e-4 * length);
    std::vector<uint8_t> portable(code.size());
    portable::signs(row.data(), dim, portable.data());
    EXPECT_EQ(portable, code);
  }
}

TEST(SignIndex, GivesWhatAnExactScanGivesWhereEverythingIsACandidate) {
  for (const std::size_t dim : {1U, 7U, 64U, 512U, 4096U}) {
    SCOPED_TRACE(dim);
    RandomVectors random(dim);
    const std::vector<float> mean = random.unit(dim);
    const uint32_t count = dim > 1000 ? 150 : 700;
    Rows first;
    Rows second;
    for (uint32_t i = 0; i < count; ++i)
      (i < count / 3 ? first : second).add(random.unit(dim), mean);
    const std::vector<RowBlock> blocks{first.block(0), second.block(first.count())};
    const ExactIndex exact(mean, blocks);
    const SignIndex signs(mean, {first.coded(blocks[0]), second.coded(blocks[1])});
    RowBitmap some(count);
    for (uint32_t row = 0; row < count; row += 3)
      some.set(row);
    for (const RowBitmap& allowed : {all(count), some, RowBitmap(count)}) {
      const std::vector<float> query = random.unit(dim);
      for (const std::size_t k : {std::size_t{0}, std::size_t{1}, std::size_t{10}, std::size_t{5000}})
        EXPECT_EQ(search(signs, query, Wanted(k, count), allowed), search(exact, query, k, allowed))
            << "the same scores, ties by row";
    }
  }
}

TEST(SignIndex, KeepsTheNearestByASmallShareOfTheRows) {
  constexpr std::size_t dim = 256;
  constexpr uint32_t count = 20'000;
  constexpr uint32_t candidates = 2000;
  Clusters clusters(dim, 43);
  const std::vector<float> mean(dim, 0.01F);
  Rows rows;
  for (uint32_t i = 0; i < count; ++i)
    rows.add(clusters.next(), mean);
  const ExactIndex exact(mean, {rows.block(0)});
  const SignIndex signs(mean, {rows.coded(rows.block(0))});
  const SignIndex only_signs(mean, {rows.coded(without_int8(rows.block(0)))});
  const RowBitmap allowed = all(count);
  double by_int8 = 0;
  double by_signs = 0;
  constexpr int queries = 20;
  for (int i = 0; i < queries; ++i) {
    const std::vector<float> query = clusters.next();
    const std::vector<Hit> expected = search(exact, query, 10, allowed);
    by_int8 += overlap(search(signs, query, Wanted(10, candidates), allowed), expected) / queries;
    const std::vector<Hit> near = search(only_signs, query, Wanted(1000, candidates), allowed);
    EXPECT_EQ(near.size(), 1000U);
    by_signs += overlap(near, expected) / queries;
    // Scored again by int8, they are what an exact scan of them gives.
    std::vector<uint32_t> again;
    std::vector<int8_t> values;
    std::vector<float> scales;
    RowBitmap kept(count);
    for (const Hit& hit : near) {
      kept.set(hit.row);
      again.push_back(hit.row);
      values.insert(values.end(), rows.values.begin() + hit.row * dim, rows.values.begin() + (hit.row + 1) * dim);
      scales.push_back(rows.scales[hit.row]);
    }
    EXPECT_EQ(*rescore_int8(Metric::dot, query, mean, again, values, scales, 10), search(exact, query, 10, kept));
  }
  EXPECT_GT(by_int8, 0.97);
  EXPECT_GT(by_signs, 0.97);
}

TEST(SignIndex, RowsScoredAgainAreGivenTheNearnessOfTheMetric) {
  constexpr std::size_t dim = 16;
  RandomVectors random(50);
  const std::vector<float> mean(dim);
  const std::vector<float> vector = random.unit(dim);
  Rows rows;
  rows.add(vector, mean);
  std::vector<float> query = random.unit(dim);
  for (float& value : query)
    value *= 3;
  const std::vector<uint32_t> numbers{9};
  for (const Metric metric : {Metric::cosine, Metric::dot, Metric::l2}) {
    const auto hits = rescore_int8(metric, query, mean, numbers, rows.values, rows.scales, 1);
    ASSERT_TRUE(hits);
    EXPECT_EQ(hits->front().row, 9U);
    EXPECT_NEAR(hits->front().score, nearness(metric, query, vector), 0.02);
  }
}

TEST(SignIndex, FindsEveryRecordThatIsAllowedHoweverFewCandidatesItKeeps) {
  constexpr std::size_t dim = 24;
  constexpr uint32_t records = 300;
  RandomVectors random(44);
  const std::vector<float> mean(dim);
  Rows rows;
  std::vector<uint32_t> owner;
  for (uint32_t record = 0; record < records; ++record)
    for (uint32_t i = 0; i < (record == 7 ? 2000U : record % 3); ++i) {
      // Those of record 7 look nearest by far.
      rows.add(record == 7 ? RandomVectors(1).unit(dim) : random.unit(dim), mean);
      owner.push_back(record);
    }
  const RowBlock block = rows.block(10, owner.data());
  const std::vector<float> query = RandomVectors(1).unit(dim);
  const ExactIndex exact(mean, {block});
  const std::vector<Hit> expected = search(exact, query, 1000, all(10 + records));
  EXPECT_EQ(search(SignIndex(mean, {rows.coded(block)}), query, Wanted(1000, 4), all(10 + records)), expected);
  const std::vector<Hit> five = search(SignIndex(mean, {rows.coded(block)}), query, Wanted(5, 4), all(10 + records));
  ASSERT_EQ(five.size(), 5U);
  EXPECT_EQ(five.front(), expected.front());
  EXPECT_EQ(
      search(SignIndex(mean, {rows.coded(without_int8(block))}), query, Wanted(1000, 4), all(10 + records)).size(),
      expected.size());
  RowBitmap allowed(10 + records);
  for (const uint32_t record : {11U, 17U, 12U, 300U})
    allowed.set(record);
  EXPECT_EQ(search(SignIndex(mean, {rows.coded(block)}), query, Wanted(10, 4), allowed),
            search(exact, query, 10, allowed));
}

TEST(SignIndex, OrdersEqualRowsByRowAndAnswersForZeroVectors) {
  constexpr std::size_t dim = 40;
  const std::vector<float> mean = RandomVectors(45).unit(dim);
  for (const std::vector<float>& same : {RandomVectors(46).unit(dim), mean, std::vector<float>(dim)}) {
    Rows rows;
    for (int i = 0; i < 3000; ++i)
      rows.add(same, mean);
    for (const RowBlock& block : {rows.block(0), without_int8(rows.block(0))})
      for (const std::vector<float>& query : {same, mean, std::vector<float>(dim), RandomVectors(47).unit(dim)}) {
        const std::vector<Hit> hits = search(SignIndex(mean, {rows.coded(block)}), query, Wanted(5, 16), all(3000));
        ASSERT_EQ(hits.size(), 5U);
        for (uint32_t i = 0; i < 5; ++i)
          EXPECT_EQ(hits[i].row, i);
      }
  }
}

TEST(SignIndex, GivesTheSameHoweverItIsSliced) {
  constexpr std::size_t dim = 32;
  RandomVectors random(48);
  const std::vector<float> mean = random.unit(dim);
  std::vector<Rows> parts(3);
  std::vector<SignBlock> blocks;
  uint32_t count = 0;
  for (Rows& part : parts)
    for (int i = 0; i < 1000; ++i)
      part.add(random.unit(dim), mean);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    blocks.push_back(parts[i].coded(parts[i].block(count)));
    count += parts[i].count();
  }
  const SignIndex index(mean, blocks);
  const std::vector<float> query = random.unit(dim);
  const RowBitmap allowed = all(count);
  const std::vector<Hit> whole = search(index, query, Wanted(20, 100), allowed);
  for (const uint32_t slice : {1U, 77U, 1000U}) {
    const auto sliced = index.begin(query, Wanted(20, 100), allowed);
    uint32_t steps = 1;
    while ((*sliced)->step(slice))
      ++steps;
    EXPECT_EQ((*sliced)->take(), whole);
    EXPECT_GE(steps, count / slice);
  }
}

TEST(SignIndex, RefusesAQueryOfAnotherWidthOrOfNoNumbers) {
  const SignIndex index(std::vector<float>(8), {});
  EXPECT_EQ(index.search(std::vector<float>(9), 5, all(1)).error().code, ErrorCode::usage);
  EXPECT_EQ(index.search(std::vector<float>(8, NAN), 5, all(1)).error().code, ErrorCode::usage);
  EXPECT_TRUE(index.search(std::vector<float>(8), 5, all(3))->empty()) << "records without a vector";
  const std::vector<float> mean(8);
  EXPECT_FALSE(rescore_int8(Metric::dot, std::vector<float>(9), mean, {}, {}, {}, 3));
  EXPECT_EQ(rescore_int8(Metric::l1, std::vector<float>(8), mean, {}, {}, {}, 3).error().code, ErrorCode::usage);
  const std::vector<uint32_t> rows{4, 5};
  const std::vector<int8_t> values(16, 1);
  EXPECT_EQ(rescore_int8(Metric::dot, std::vector<float>(8, 0.1F), mean, rows, values, std::vector<float>{NAN, 1}, 3)
                ->front()
                .row,
            5U)
      << "a damaged row ranks last";
  EXPECT_EQ(rescore_int8(Metric::dot, std::vector<float>(8), mean, rows, std::span(values).first(15),
                         std::vector<float>(2), 3)
                ->size(),
            1U)
      << "never reads past the end";
}

using test::make_row;
using test::Store;
using test::store_dim;

/// A library of one segment with a section of signs and one that is too small for it.
void fill(Store& store) {
  store.commit(0, sign_min_rows + 100);
  store.commit(sign_min_rows + 100, 20);
}

KindFiles picture_files(Store& store, std::size_t segment) {
  return read_descriptor(store.file(store.descriptors()[segment]))->kinds.at(picture_kind);
}

/// The best by int8 rows that are read where the library says they are.
std::vector<Hit> rescored(Store& store, const Library& library, const std::vector<float>& query, std::size_t k,
                          std::size_t candidates) {
  const auto near = library.candidates(picture_kind, query, candidates);
  EXPECT_TRUE(near);
  std::vector<uint32_t> rows;
  for (const Hit& hit : *near)
    rows.push_back(hit.row);
  std::vector<int8_t> values;
  std::vector<float> scales;
  const std::optional<Int8Places> places = library.int8_places(picture_kind, rows);
  EXPECT_TRUE(places);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto* bytes = reinterpret_cast<const int8_t*>(store.file(places->files[places->file[i]]).data());
    values.insert(values.end(), bytes + places->values[i], bytes + places->values[i] + store_dim);
    std::memcpy(&scales.emplace_back(), bytes + places->scale[i], sizeof(float));
  }
  const auto hits = library.rescore_int8(Metric::cosine, query, rows, values, scales, k);
  EXPECT_TRUE(hits);
  return *hits;
}

TEST(MemoryBudget, LeavesInt8InTheFilesAndGivesTheSameHits) {
  Store store;
  fill(store);
  store.erase({make_row(3).id, make_row(sign_min_rows + 105).id});
  Library& whole = store.library();
  EXPECT_EQ(whole.resident(), Resident::int8);
  Library small;
  small.set_memory_budget(20'000);
  store.load(small);
  EXPECT_EQ(small.resident(), Resident::sign);
  EXPECT_EQ(small.count(), whole.count());
  for (const uint32_t number : {0U, 77U, sign_min_rows + 99, sign_min_rows + 110}) {
    const std::vector<float> query = make_row(number).vector;
    const auto expected = whole.candidates(picture_kind, query, 10);
    const std::vector<Hit> found = rescored(store, small, query, 10, small.count());
    EXPECT_EQ(found, *expected) << "the same scores from rows that were read";
    EXPECT_EQ(small.row_of(make_row(number).id), whole.row_of(make_row(number).id));
  }
  const uint32_t row = *small.row_of(make_row(5).id);
  EXPECT_TRUE(small.vector(picture_kind, row).empty()) << "it is not in memory";
  const Int8Places places = *small.int8_places(picture_kind, std::vector<uint32_t>{row});
  const auto* bytes = reinterpret_cast<const int8_t*>(store.file(places.files.front()).data());
  const std::span values(bytes + places.values.front(), store_dim);
  float scale = 0;
  std::memcpy(&scale, bytes + places.scale.front(), sizeof scale);
  EXPECT_EQ(small.vector_of_int8(values, scale), whole.vector(picture_kind, row));
  EXPECT_TRUE(small.vector_of_int8(values, NAN).empty());
  EXPECT_FALSE(small.int8_places(picture_kind, std::vector<uint32_t>{whole.count() + 9}));
}

template <class T> T number_at(Store& store, const std::string& file, std::size_t offset) {
  T number{};
  std::memcpy(&number, store.file(file).data() + offset, sizeof number);
  return number;
}

TEST(MemoryBudget, LeavesLookupsInTheFilesUnlessTheyAreWanted) {
  Store store;
  fill(store);
  store.erase({make_row(3).id});
  const Library& whole = store.library();
  Library small;
  small.set_memory_budget(20'000);
  small.want_lookups(false);
  store.load(small);
  EXPECT_FALSE(small.has_lookups());
  EXPECT_EQ(small.count(), whole.count());
  EXPECT_FALSE(small.row_of(make_row(7).id));
  EXPECT_FALSE(small.keys(7));
  EXPECT_EQ(small.next_manifest({{}, {}, {make_row(7).id}, {}}).error().code, ErrorCode::usage);
  EXPECT_EQ(small.merger(store.descriptors()).error().code, ErrorCode::not_found);
  EXPECT_TRUE(small.plan_merge().empty());
  EXPECT_FALSE(small.is_live(3));
  EXPECT_FALSE(small.is_live(small.rows()));

  const uint32_t row = *whole.row_of(make_row(sign_min_rows + 104).id);
  EXPECT_TRUE(small.is_live(row));
  const ThumbnailEntry entry = small.thumbnail_entry(row);
  const Place place = small.thumbnail_place(
      row, {number_at<uint32_t>(store, entry.file, entry.pack), number_at<uint32_t>(store, entry.file, entry.item)});
  EXPECT_EQ(place.file, whole.thumbnail_place(row).file);
  EXPECT_EQ(place.offset, whole.thumbnail_place(row).offset);
  EXPECT_TRUE(small.thumbnail_place(row, {0, 1'000'000}).file.empty());
  EXPECT_TRUE(small.thumbnail_place(row, {9, 0}).file.empty());
  EXPECT_TRUE(small.thumbnail_entry(small.rows()).file.empty());

  const RowBytes keys = small.id_keys().back();
  EXPECT_EQ(keys.first_row + keys.rows, small.rows());
  const auto* key = store.file(keys.file).data() + keys.offset + std::size_t{16} * (row - keys.first_row);
  EXPECT_TRUE(std::ranges::equal(std::span(key, 16), whole.keys(row)->id));

  EXPECT_TRUE(small.needs_times());
  std::vector<double> times;
  for (const RowBytes& part : small.modified_times())
    for (uint32_t i = 0; i < part.rows; ++i)
      times.push_back(number_at<double>(store, part.file, part.offset + std::size_t{8} * i));
  EXPECT_EQ(small.take_times(std::vector<double>(3)).error().code, ErrorCode::usage);
  ASSERT_TRUE(small.take_times(times));
  EXPECT_FALSE(small.needs_times());
  EXPECT_EQ(small.newest(0, 40), store.library().newest(0, 40));
  times[5] = NAN;
  EXPECT_EQ(small.take_times(times).error().code, ErrorCode::usage);

  small.want_lookups(true);
  EXPECT_FALSE(small.has_lookups());
  EXPECT_EQ(small.count(), whole.count()) << "searched meanwhile";
  store.load(small);
  EXPECT_TRUE(small.has_lookups());
  EXPECT_EQ(small.row_of(make_row(sign_min_rows + 104).id), row);
  EXPECT_TRUE(small.merger(store.descriptors()));
  small.want_lookups(false);
  EXPECT_FALSE(small.has_lookups());
  EXPECT_TRUE(small.missing().empty());
}

TEST(MemoryBudget, LeavesNothingOutOfASmallLibrary) {
  Store store;
  store.library().want_lookups(false);
  fill(store);
  EXPECT_TRUE(store.library().has_lookups());
  EXPECT_TRUE(store.library().row_of(make_row(7).id));
}

TEST(MemoryBudget, RefusesWhatNeedsInt8AndSaysWhichEngineAnswered) {
  Store store;
  store.library().set_memory_budget(1000);
  fill(store);
  const Library& library = store.library();
  SearchRequest request;
  request.query = make_row(5).vector;
  request.count = 3;
  Expected<LibrarySearch> search = library.begin_search(request);
  ASSERT_TRUE(search);
  while (search->step(100)) {
  }
  EXPECT_EQ(search->engine(), Engine::sign);
  EXPECT_EQ(search->scored(), library.count());
  EXPECT_EQ(search->take().at(0).row, 5U);
  request.engine = Engine::exact;
  EXPECT_EQ(library.begin_search(request).error().code, ErrorCode::usage);
  request.engine = std::nullopt;
  request.metric = Metric::l1;
  EXPECT_EQ(library.begin_search(request).error().code, ErrorCode::usage);
  EXPECT_FALSE(library.wants_graph());
  EXPECT_EQ(library.start_graph({}).error().code, ErrorCode::usage);
  store.library().set_memory_budget(UINT64_MAX);
  store.commit(5000, 1);
  EXPECT_TRUE(library.begin_search(request));
  request.metric = Metric::cosine;
  request.engine = Engine::sign;
  EXPECT_EQ(library.begin_search(request).error().code, ErrorCode::not_found);
}

TEST(MemoryBudget, AsksForSignsOnlyWhereTheyAreStored) {
  Store store;
  fill(store);
  const KindFiles large = picture_files(store, 0);
  const KindFiles little = picture_files(store, 1);
  const std::string signs = large.sign.at(0).file;
  EXPECT_TRUE(little.sign.empty()) << "few rows have no such section";
  const auto asks_for = [&](uint64_t budget, const std::string& name) {
    Library library;
    library.set_memory_budget(budget);
    EXPECT_TRUE(library.set_manifest(store.manifest(), ""));
    for (const std::string& file : library.missing())
      EXPECT_TRUE(library.provide(file, store.file(file)));
    const std::vector<std::string> names = library.missing();
    return std::ranges::find(names, name) != names.end();
  };
  const uint64_t exactly = uint64_t{sign_min_rows + 120} * (store_dim + sizeof(float));
  EXPECT_FALSE(asks_for(exactly, signs));
  EXPECT_TRUE(asks_for(exactly, large.int8[0].file));
  EXPECT_TRUE(asks_for(exactly - 1, signs));
  EXPECT_FALSE(asks_for(exactly - 1, large.int8[0].file));
  EXPECT_TRUE(asks_for(exactly - 1, little.int8[0].file));
}

TEST(MemoryBudget, IsKeptWhenTheLibraryGrowsBeyondIt) {
  Store store;
  store.library().set_memory_budget((sign_min_rows + 100) * (store_dim + 4));
  store.commit(0, sign_min_rows + 50);
  EXPECT_EQ(store.library().resident(), Resident::int8);
  store.commit(sign_min_rows + 50, sign_min_rows);
  EXPECT_EQ(store.library().resident(), Resident::sign);
  for (const uint32_t number : {0U, sign_min_rows + 49, sign_min_rows + 50, 2 * sign_min_rows})
    EXPECT_EQ(rescored(store, store.library(), make_row(number).vector, 1, 500).at(0).row, number);
  store.library().set_memory_budget(UINT64_MAX);
  store.commit(5000, 1);
  EXPECT_EQ(store.library().resident(), Resident::int8);
  EXPECT_EQ(store.library().candidates(picture_kind, make_row(7).vector, 1)->front().row, 7U);
}

TEST(MemoryBudget, MergesWhatIsNotInMemoryToTheSameBytes) {
  std::vector<std::vector<std::string>> merged;
  for (const uint64_t budget : {UINT64_MAX, uint64_t{1000}}) {
    Store store;
    store.library().set_memory_budget(budget);
    fill(store);
    store.erase({make_row(11).id});
    store.merge(store.descriptors());
    merged.push_back(store.descriptors());
    EXPECT_EQ(picture_files(store, 0).sign.at(0).rows, sign_min_rows + 119);
  }
  EXPECT_EQ(merged[0], merged[1]);
}

TEST(MemoryBudget, GoesBackToInt8WhereTheFileOfSignsIsLost) {
  Store store;
  fill(store);
  const std::string signs = picture_files(store, 0).sign.at(0).file;
  Library library;
  library.set_memory_budget(1000);
  ASSERT_TRUE(library.set_manifest(store.manifest(), ""));
  for (std::vector<std::string> names = library.missing(); !names.empty(); names = library.missing())
    for (const std::string& name : names) {
      if (name == signs)
        EXPECT_EQ(library.give_up(name), 0U);
      else
        ASSERT_TRUE(library.provide(name, store.file(name)));
    }
  EXPECT_EQ(library.count(), sign_min_rows + 120);
  EXPECT_EQ(library.candidates(picture_kind, make_row(7).vector, 1)->front().row, 7U);
  EXPECT_FALSE(library.vector(picture_kind, 7).empty());
}

TEST(MemoryBudget, RefusesSignsThatAreNoneByName) {
  constexpr uint32_t dim = 12;
  const std::vector<uint8_t> codes{1, 2, 3, 4};
  const std::vector<float> lengths{0, 1};
  const Bytes good = write_section(SectionKind::sign, 2, dim, {codes, as_bytes(lengths)});
  EXPECT_TRUE(read_section(SectionKind::sign, 2, dim, good));
  EXPECT_FALSE(read_section(SectionKind::sign, 2, dim + 8, good));
  Bytes beyond = good;
  beyond[section_header_bytes + 3] = 0x10;
  const auto refused = read_section(SectionKind::sign, 2, dim, beyond);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("beyond the last dimension"), std::string::npos);
  for (const float length : {NAN, -1.0F, INFINITY}) {
    const std::vector<float> wrong{0, length};
    EXPECT_FALSE(
        read_section(SectionKind::sign, 2, dim, write_section(SectionKind::sign, 2, dim, {codes, as_bytes(wrong)})));
  }
}

TEST(MemoryBudget, SearchesWhateverNonsenseASectionOfSignsMayHold) {
  constexpr uint32_t dim = 20;
  constexpr uint32_t count = 200;
  RandomVectors random(49);
  const std::vector<float> mean = random.unit(dim);
  Rows rows;
  for (uint32_t i = 0; i < count; ++i)
    rows.add(random.unit(dim), mean);
  const Bytes good = write_section(SectionKind::sign, count, dim, {rows.codes, as_bytes(rows.lengths)});
  int accepted = 0;
  for (int attempt = 0; attempt < 2000; ++attempt) {
    Bytes bytes = good;
    for (uint32_t i = 0; i <= random.below(4); ++i)
      bytes[random.below(static_cast<uint32_t>(bytes.size()))] =
          random.below(3) == 0 ? 0xff : static_cast<uint8_t>(random.below(256));
    if (random.below(8) == 0) bytes.resize(random.below(static_cast<uint32_t>(bytes.size())));
    const Expected<SectionView> section = read_section(SectionKind::sign, count, dim, bytes);
    if (!section) continue;
    ++accepted;
    const SignBlock block{without_int8(rows.block(0)), section->part<uint8_t>(0).data(),
                          section->part<float>(1).data()};
    const std::vector<Hit> hits = search(SignIndex(mean, {block}), random.unit(dim), Wanted(50, 10), all(count));
    EXPECT_EQ(hits.size(), 50U);
    EXPECT_TRUE(std::ranges::all_of(hits, [](const Hit& hit) { return std::isfinite(hit.score); }));
  }
  EXPECT_GT(accepted, 100);
}

// The same rows give the same signs natively and in wasm, built at once or merged.
TEST(MemoryBudget, SignsAreTheSameBytesEverywhere) {
  Store store;
  fill(store);
  EXPECT_EQ(picture_files(store, 0).sign.at(0).file,
            "641893377d233f8d89f5262b117fb671e266e871d7d1d5854236356fb32403cd");
}

}  // namespace
}  // namespace picfind
