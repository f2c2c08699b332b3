#include "index/exact_index.h"
#include "vector/kernels.h"

#include "quantised_rows.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace picfind {
namespace {

using test::all;
using test::RandomVectors;
using test::Rows;

TEST(ExactIndex, FindsWhatAScanOfTheOriginalVectorsFinds) {
  constexpr std::size_t dim = 48;
  RandomVectors random(11);
  const std::vector<float> mean = random.vector(dim);
  std::vector<Rows> blocks(3);
  std::vector<std::vector<float>> vectors;
  std::vector<RowBlock> views;
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const auto first = static_cast<uint32_t>(vectors.size());
    for (std::size_t i = 0; i < 150 + 13 * b; ++i) {
      blocks[b].add(random.unit(dim), mean);
      vectors.push_back(blocks[b].vectors.back());
    }
    views.push_back(blocks[b].block(first));
  }
  const auto rows = static_cast<uint32_t>(vectors.size());
  const ExactIndex index(mean, views);
  for (int i = 0; i < 20; ++i) {
    const std::vector<float> query = random.unit(dim);
    const Expected<std::vector<Hit>> hits = index.search(query, rows, all(rows));
    ASSERT_TRUE(hits);
    ASSERT_EQ(hits->size(), rows);
    for (const Hit& hit : *hits)
      EXPECT_NEAR(hit.score, kernels::dot(query, vectors[hit.row]), 0.02F);
    EXPECT_TRUE(std::ranges::is_sorted(*hits, ranks_before));
    const auto best = index.search(query, 7, all(rows));
    EXPECT_EQ(*best, std::vector<Hit>(hits->begin(), hits->begin() + 7)) << "fewer are the first of more";
  }
  const auto self = index.search(vectors[200], 1, all(rows));
  EXPECT_EQ(self->front().row, 200U);
}

TEST(ExactIndex, ReturnsOnlyAllowedRecords) {
  RandomVectors random(12);
  Rows rows;
  const std::vector<float> mean(16);
  for (int i = 0; i < 300; ++i)
    rows.add(random.unit(16), mean);
  RowBitmap allowed(300);
  for (uint32_t row = 0; row < 300; row += 7)
    allowed.set(row);
  const ExactIndex index(mean, {rows.block(0)});
  const auto hits = index.search(random.unit(16), 1000, allowed);
  ASSERT_EQ(hits->size(), allowed.count());
  for (const Hit& hit : *hits)
    EXPECT_TRUE(allowed.test(hit.row));
}

TEST(ExactIndex, CountsARecordOnceByItsBestVector) {
  RandomVectors random(13);
  constexpr uint32_t records = 60;
  const std::vector<float> mean(24);
  Rows rows;
  std::vector<uint32_t> owner;
  for (uint32_t record = 0; record < records; ++record)
    for (uint32_t i = 0; i < record % 4; ++i) {
      rows.add(random.unit(24), mean);
      owner.push_back(record);
    }
  const ExactIndex index(mean, {rows.block(100, owner.data())});
  const std::vector<float> query = random.unit(24);
  const auto hits = index.search(query, 1000, all(100 + records));
  ASSERT_EQ(hits->size(), 45U) << "a quarter has no vector";
  for (const Hit& hit : *hits) {
    float best = -2;
    for (std::size_t row = 0; row < owner.size(); ++row)
      if (owner[row] + 100 == hit.row) best = std::max(best, kernels::dot(query, rows.vectors[row]));
    EXPECT_NEAR(hit.score, best, 0.02F);
  }
  EXPECT_EQ(index.search(query, 10, all(100 + records))->size(), 10U) << "k counts records";
}

TEST(ExactIndex, OrdersEqualScoresByRow) {
  const std::vector<float> mean(8);
  Rows rows;
  RandomVectors random(14);
  const std::vector<float> same = random.unit(8);
  for (int i = 0; i < 200; ++i)
    rows.add(same, mean);
  const ExactIndex index(mean, {rows.block(0)});
  const auto hits = index.search(same, 5, all(200));
  for (uint32_t i = 0; i < 5; ++i)
    EXPECT_EQ((*hits)[i].row, i);
}

TEST(ExactIndex, RefusesAQueryOfAnotherWidth) {
  const ExactIndex index(std::vector<float>(8), {});
  const auto hits = index.search(std::vector<float>(9), 5, all(1));
  ASSERT_FALSE(hits);
  EXPECT_EQ(hits.error().code, ErrorCode::usage);
  EXPECT_TRUE(index.search(std::vector<float>(8), 5, RowBitmap())->empty());
}

}  // namespace
}  // namespace picfind
