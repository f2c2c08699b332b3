#include "index/nearest_rows.h"
#include "random_vectors.h"
#include "vector/kernels.h"
#include "vector/top_k.h"

#include <gtest/gtest.h>

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

TEST(NearestRows, AreAllOthersWhereThereAreFewerThanAskedFor) {
  const std::vector<float> vectors{1, 0, 0, 1, 1, 1};
  EXPECT_EQ(nearest_rows(vectors, 2, 24), (std::vector<uint32_t>{2, 1, 2, 0, 0, 1}));
  EXPECT_TRUE(nearest_rows({}, 2, 24).empty());
  EXPECT_TRUE(nearest_rows(std::vector<float>{1, 0}, 2, 24).empty());
}

}  // namespace
}  // namespace picfind
