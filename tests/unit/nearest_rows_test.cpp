#include "index/nearest_rows.h"
#include "random_vectors.h"
#include "vector/kernels.h"
#include "vector/top_k.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace picfind {
namespace {

TEST(NearestRows, EqualThoseOfComparingEveryRowWithEveryOther) {
  constexpr std::size_t rows = 150;
  constexpr std::size_t dim = 20;
  constexpr std::size_t k = 7;
  const std::vector<float> vectors = test::RandomVectors(1).vector(rows * dim);
  const std::span<const float> all(vectors);
  const std::vector<uint32_t> nearest = nearest_rows(all, dim, k);
  ASSERT_EQ(nearest.size(), rows * k);
  for (std::size_t i = 0; i < rows; ++i) {
    TopK expected(k);
    for (std::size_t j = 0; j < rows; ++j)
      if (j != i)
        expected.push({static_cast<uint32_t>(j), kernels::dot(all.subspan(i * dim, dim), all.subspan(j * dim, dim))});
    std::size_t place = i * k;
    for (const Hit& hit : expected.take())
      EXPECT_EQ(nearest[place++], hit.row);
  }
}

/// Lists of k rows of the first `kept` rows, by comparing these alone.
std::vector<uint32_t> lists_of_first(std::span<const float> vectors, std::size_t dim, std::size_t k, std::size_t kept) {
  std::vector<uint32_t> lists(vectors.size() / dim * k, no_row);
  std::ranges::copy(nearest_rows(vectors.first(kept * dim), dim, k), lists.begin());
  return lists;
}

TEST(NearestRows, WithKnownListsAreTheSameAsWithout) {
  constexpr std::size_t rows = 200;
  constexpr std::size_t dim = 6;
  constexpr std::size_t k = 9;
  test::RandomVectors random(2);
  std::vector<float> vectors = random.vector(rows * dim);
  // Equal rows, known and added.
  for (const std::size_t copy : std::array<std::size_t, 3>{20, 120, 190})
    std::copy_n(vectors.begin() + 10 * dim, dim, vectors.begin() + copy * dim);
  constexpr std::size_t kept = 180;
  std::vector<uint32_t> lists = lists_of_first(vectors, dim, k, kept);
  std::vector<uint32_t> added(rows - kept);
  std::iota(added.begin(), added.end(), kept);
  // A list that is lost, and one whose end is.
  std::fill_n(lists.begin() + 5 * k, k, no_row);
  std::fill_n(lists.begin() + 6 * k + 4, k - 4, no_row);
  const std::vector<uint32_t> expected = nearest_rows(vectors, dim, k);
  const std::vector<uint32_t> found = nearest_rows(vectors, dim, k, {lists, added});
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t n = 0; n < k; ++n) {
      const bool may_be_lost = i == 6 && n >= 4 && found[i * k + n] == no_row;
      EXPECT_TRUE(may_be_lost || found[i * k + n] == expected[i * k + n]) << "row " << i << ", place " << n;
    }
}

TEST(NearestRows, DoNotReadRowsThatAreNotThere) {
  const std::vector<float> vectors{1, 0, 0, 1, 1, 1};
  const std::vector<uint32_t> lists{3, 4, 2, 0, 0, 7};
  const std::vector<uint32_t> added{9};
  EXPECT_EQ(nearest_rows(vectors, 2, 2, {lists, added}), (std::vector<uint32_t>{2, 1, 2, 0, 0, no_row}));
}

TEST(NearestRows, AreAllOthersWhereThereAreFewerThanAskedFor) {
  const std::vector<float> vectors{1, 0, 0, 1, 1, 1};
  EXPECT_EQ(nearest_rows(vectors, 2, 24), (std::vector<uint32_t>{2, 1, 2, 0, 0, 1}));
  EXPECT_TRUE(nearest_rows({}, 2, 24).empty());
  EXPECT_TRUE(nearest_rows(std::vector<float>{1, 0}, 2, 24).empty());
}

}  // namespace
}  // namespace picfind
