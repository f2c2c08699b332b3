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

/// Codes of rows, owned for as long as an index reads them.
struct Codes {
  std::vector<uint8_t> codes;
  std::vector<float> lengths;

  Codes(const Rows& rows, std::size_t dim) : codes(rows.count() * sign_code_bytes(dim)) {
    const std::size_t width = sign_code_bytes(dim);
    for (std::size_t row = 0; row < rows.count(); ++row)
      lengths.push_back(sign_code(std::span(rows.values).subspan(row * dim, dim), rows.scales[row],
                                  std::span(codes).subspan(row * width, width)));
  }
  SignBlock block(RowBlock rows) const { return {rows, codes.data(), lengths.data()}; }
};

RowBlock without_int8(RowBlock block) {
  block.values = nullptr;
  block.scales = nullptr;
  return block;
}

std::vector<Hit> search(const Index& index, std::span<const float> query, std::size_t k, const RowBitmap& allowed) {
  const Expected<std::vector<Hit>> hits = index.search(query, k, allowed);
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
    const Codes first_codes(first, dim);
    const Codes second_codes(second, dim);
    const ExactIndex exact(mean, blocks);
    const SignIndex signs(mean, {first_codes.block(blocks[0]), second_codes.block(blocks[1])}, count);
    RowBitmap some(count);
    for (uint32_t row = 0; row < count; row += 3)
      some.set(row);
    for (const RowBitmap& allowed : {all(count), some, RowBitmap(count)}) {
      const std::vector<float> query = random.unit(dim);
      for (const std::size_t k : {std::size_t{0}, std::size_t{1}, std::size_t{10}, std::size_t{5000}})
        EXPECT_EQ(search(signs, query, k, allowed), search(exact, query, k, allowed)) << "the same scores, ties by row";
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
  const Codes codes(rows, dim);
  const ExactIndex exact(mean, {rows.block(0)});
  const SignIndex signs(mean, {codes.block(rows.block(0))}, candidates);
  const SignIndex only_signs(mean, {codes.block(without_int8(rows.block(0)))}, candidates);
  const RowBitmap allowed = all(count);
  double by_int8 = 0;
  double by_signs = 0;
  constexpr int queries = 20;
  for (int i = 0; i < queries; ++i) {
    const std::vector<float> query = clusters.next();
    const std::vector<Hit> expected = search(exact, query, 10, allowed);
    by_int8 += overlap(search(signs, query, 10, allowed), expected) / queries;
    const std::vector<Hit> near = search(only_signs, query, 1000, allowed);
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
    EXPECT_EQ(*rescore_int8(query, mean, again, values, scales, 10), search(exact, query, 10, kept));
  }
  EXPECT_GT(by_int8, 0.97);
  EXPECT_GT(by_signs, 0.97);
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
  const Codes codes(rows, dim);
  const RowBlock block = rows.block(10, owner.data());
  const std::vector<float> query = RandomVectors(1).unit(dim);
  const ExactIndex exact(mean, {block});
  const std::vector<Hit> expected = search(exact, query, 1000, all(10 + records));
  EXPECT_EQ(search(SignIndex(mean, {codes.block(block)}, 4), query, 1000, all(10 + records)), expected);
  const std::vector<Hit> five = search(SignIndex(mean, {codes.block(block)}, 4), query, 5, all(10 + records));
  ASSERT_EQ(five.size(), 5U);
  EXPECT_EQ(five.front(), expected.front());
  EXPECT_EQ(search(SignIndex(mean, {codes.block(without_int8(block))}, 4), query, 1000, all(10 + records)).size(),
            expected.size());
  RowBitmap allowed(10 + records);
  for (const uint32_t record : {11U, 17U, 12U, 300U})
    allowed.set(record);
  EXPECT_EQ(search(SignIndex(mean, {codes.block(block)}, 4), query, 10, allowed), search(exact, query, 10, allowed));
}

TEST(SignIndex, OrdersEqualRowsByRowAndAnswersForZeroVectors) {
  constexpr std::size_t dim = 40;
  const std::vector<float> mean = RandomVectors(45).unit(dim);
  for (const std::vector<float>& same : {RandomVectors(46).unit(dim), mean, std::vector<float>(dim)}) {
    Rows rows;
    for (int i = 0; i < 3000; ++i)
      rows.add(same, mean);
    const Codes codes(rows, dim);
    for (const RowBlock& block : {rows.block(0), without_int8(rows.block(0))})
      for (const std::vector<float>& query : {same, mean, std::vector<float>(dim), RandomVectors(47).unit(dim)}) {
        const std::vector<Hit> hits = search(SignIndex(mean, {codes.block(block)}, 16), query, 5, all(3000));
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
  std::vector<Codes> codes;
  std::vector<SignBlock> blocks;
  uint32_t count = 0;
  for (Rows& part : parts) {
    for (int i = 0; i < 1000; ++i)
      part.add(random.unit(dim), mean);
    codes.emplace_back(part, dim);
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    blocks.push_back(codes[i].block(parts[i].block(count)));
    count += parts[i].count();
  }
  const SignIndex index(mean, blocks, 100);
  const std::vector<float> query = random.unit(dim);
  const RowBitmap allowed = all(count);
  const std::vector<Hit> whole = search(index, query, 20, allowed);
  for (const uint32_t slice : {1U, 77U, 1000U}) {
    const auto sliced = index.begin(query, 20, allowed);
    uint32_t steps = 1;
    while ((*sliced)->step(slice))
      ++steps;
    EXPECT_EQ((*sliced)->take(), whole);
    EXPECT_GE(steps, count / slice);
  }
}

TEST(SignIndex, RefusesAQueryOfAnotherWidthOrOfNoNumbers) {
  const SignIndex index(std::vector<float>(8), {}, 10);
  EXPECT_EQ(index.search(std::vector<float>(9), 5, all(1)).error().code, ErrorCode::usage);
  EXPECT_EQ(index.search(std::vector<float>(8, NAN), 5, all(1)).error().code, ErrorCode::usage);
  EXPECT_TRUE(index.search(std::vector<float>(8), 5, all(3))->empty()) << "records without a vector";
  const std::vector<float> mean(8);
  EXPECT_FALSE(rescore_int8(std::vector<float>(9), mean, {}, {}, {}, 3));
  const std::vector<uint32_t> rows{4, 5};
  const std::vector<int8_t> values(16, 1);
  EXPECT_EQ(rescore_int8(std::vector<float>(8, 0.1F), mean, rows, values, std::vector<float>{NAN, 1}, 3)->front().row,
            5U)
      << "a damaged row ranks last";
  EXPECT_EQ(
      rescore_int8(std::vector<float>(8), mean, rows, std::span(values).first(15), std::vector<float>(2), 3)->size(),
      1U)
      << "never reads past the end";
}

}  // namespace
}  // namespace picfind
