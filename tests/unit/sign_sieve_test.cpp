#include "index/sign_sieve.h"
#include "vector/kernels.h"

#include "quantised_rows.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <numbers>

namespace picfind {
namespace {

using test::Clusters;
using test::RandomVectors;
using test::Rows;

/// What SignSieve says, dimension by dimension.
double most(std::span<const float> query, std::span<const float> mean, std::span<const int8_t> row, double length) {
  const auto dim = static_cast<double>(query.size());
  double squared = 0;
  double mean_squared = 0;
  double offset = 0;
  for (std::size_t i = 0; i < query.size(); ++i) {
    squared += std::pow(static_cast<double>(query[i] - mean[i]), 2);
    mean_squared += std::pow(static_cast<double>(mean[i]), 2);
    offset += static_cast<double>(query[i]) * static_cast<double>(mean[i]);
  }
  const double deviation = std::sqrt(squared / dim);
  double product = 0;
  double sum = 0;
  for (std::size_t i = 0; i < query.size(); ++i) {
    const double r = query[i] - mean[i];
    const double kept = (r > 0 ? 1 : -1) * (std::fabs(r) > deviation ? 3 : 1);
    product += r * kept;
    sum += row[i] > 0 ? kept : -kept;
  }
  const double step = product > 0 ? squared / product : 0;
  return offset + (1 - mean_squared - length * length) / 2 +
         length * (deviation + step * sum * std::sqrt(std::numbers::pi / 2 / dim));
}

TEST(SignSieve, CountsWhatASumOverTheDimensionsGives) {
  for (const std::size_t dim : {1U, 7U, 8U, 63U, 64U, 65U, 130U, 512U, 4096U}) {
    SCOPED_TRACE(dim);
    RandomVectors random(dim);
    const std::vector<float> mean = random.vector(dim);
    Rows rows;
    for (int i = 0; i < 20; ++i)
      rows.add(random.unit(dim), mean);
    rows.add(mean, mean);
    rows.add(std::vector<float>(dim), mean);
    for (const std::vector<float>& query : {random.unit(dim), std::vector<float>(dim), mean}) {
      const SignSieve sieve(query, mean);
      ASSERT_EQ(sieve.code_bytes(), sign_code_bytes(dim));
      for (uint32_t row = 0; row < rows.count(); ++row) {
        const HnswRow at = rows.hnsw_row(row, row);
        const double expected = most(query, mean, {at.values, dim}, at.length);
        EXPECT_NEAR(sieve.most(at.code, at.length), expected, 1e-4 * (1 + std::fabs(expected)));
      }
    }
  }
}

TEST(SignSieve, SaysLessThanTheScoreOfFewRowsAndMuchMoreOfFew) {
  constexpr std::size_t dim = 256;
  const std::vector<float> mean(dim, 0.01F);
  Clusters clusters(dim, 61);
  Rows rows;
  for (int i = 0; i < 1000; ++i)
    rows.add(clusters.next(), mean);
  int less = 0;
  int much_more = 0;
  for (int i = 0; i < 20; ++i) {
    const std::vector<float> query = clusters.next();
    const SignSieve sieve(query, mean);
    for (uint32_t row = 0; row < rows.count(); ++row) {
      const HnswRow at = rows.hnsw_row(row, row);
      const float more = sieve.most(at.code, at.length) - kernels::dot(query, rows.vectors[row]);
      less += more < 0 ? 1 : 0;
      much_more += more > 0.2F ? 1 : 0;
    }
  }
  EXPECT_LT(less, 20'000 / 4);
  EXPECT_LT(much_more, 20'000 / 20);
}

}  // namespace
}  // namespace picfind
