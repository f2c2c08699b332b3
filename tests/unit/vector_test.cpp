#include "vector/kernels.h"
#include "vector/quantise.h"
#include "vector/row_bitmap.h"
#include "vector/top_k.h"

#include "random_vectors.h"

#include <algorithm>
#include <bit>
#include <gtest/gtest.h>
#include <limits>

namespace picfind {
namespace {

using test::RandomVectors;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// Sums in double, in the plain order: what the kernels approximate.
double exact_dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

TEST(Kernels, AgreeWithSumsInDoubleAtEveryLength) {
  RandomVectors random(1);
  for (std::size_t dim = 0; dim <= 130; ++dim) {
    const std::vector<float> a = random.vector(dim);
    const std::vector<float> b = random.vector(dim);
    double squares = 0;
    double absolutes = 0;
    for (std::size_t i = 0; i < dim; ++i) {
      const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
      squares += difference * difference;
      absolutes += std::fabs(difference);
    }
    EXPECT_NEAR(kernels::dot(a, b), exact_dot(a, b), 1e-5) << dim;
    EXPECT_NEAR(kernels::l2(a, b), std::sqrt(squares), 1e-5) << dim;
    EXPECT_NEAR(kernels::l1(a, b), absolutes, 1e-4) << dim;
    if (dim > 0) {
      EXPECT_NEAR(cosine(a, b), exact_dot(a, b) / std::sqrt(exact_dot(a, a) * exact_dot(b, b)), 1e-6) << dim;
    }
  }
}

TEST(Kernels, GiveTheSameBitsAsTheirPortableTwinsAtEveryLengthAndAlignment) {
  RandomVectors random(2);
  const std::vector<float> values = random.vector(600);
  for (std::size_t dim = 0; dim <= 260; ++dim) {
    for (std::size_t offset = 0; offset < 4; ++offset) {
      const auto a = std::span(values).subspan(offset, dim);
      const auto b = std::span(values).subspan(300 - offset, dim);
      EXPECT_EQ(kernels::dot(a, b), portable::dot(a, b)) << dim;
      EXPECT_EQ(kernels::l2(a, b), portable::l2(a, b)) << dim;
      EXPECT_EQ(kernels::l1(a, b), portable::l1(a, b)) << dim;
    }
  }
}

TEST(Kernels, GiveTheSameBitsAsTheirPortableTwinsForHugeAndTinyNumbers) {
  RandomVectors random(3);
  std::vector<float> a = random.vector(77);
  std::vector<float> b = random.vector(77);
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] *= i % 3 == 0 ? 1e18F : 1e-30F;
    b[i] *= i % 2 == 0 ? 1e18F : -1e-30F;
  }
  EXPECT_EQ(kernels::dot(a, b), portable::dot(a, b));
  EXPECT_EQ(kernels::l2(a, b), portable::l2(a, b));
  EXPECT_EQ(kernels::l1(a, b), portable::l1(a, b));
}

TEST(Kernels, CosineOfAZeroVectorIsZero) {
  const std::vector<float> zero(9);
  const std::vector<float> one(9, 1);
  EXPECT_EQ(cosine(zero, one), 0);
  EXPECT_EQ(cosine(zero, zero), 0);
}

TEST(Int8Kernel, IsExactAtEveryLengthAndAlignment) {
  RandomVectors random(4);
  for (std::size_t dim = 1; dim <= 150; ++dim) {
    const uint32_t limit = static_cast<uint32_t>(int16_query_limit(dim));
    const std::size_t rows = 5;
    std::vector<int16_t> query(dim + 1);
    std::vector<int8_t> values(rows * dim + 3);
    for (int16_t& q : query)
      q = static_cast<int16_t>(static_cast<int32_t>(random.below(2 * limit + 1)) - static_cast<int32_t>(limit));
    for (int8_t& v : values)
      v = static_cast<int8_t>(random.below(256));
    const std::span<const int16_t> unaligned_query = std::span(query).subspan(1);
    for (std::size_t offset = 0; offset < 3; ++offset) {
      std::vector<int32_t> found(rows);
      kernels::dot_int8(unaligned_query, values.data() + offset, found);
      for (std::size_t r = 0; r < rows; ++r) {
        int64_t sum = 0;
        for (std::size_t i = 0; i < dim; ++i)
          sum += int64_t{unaligned_query[i]} * values[offset + r * dim + i];
        EXPECT_EQ(found[r], sum) << dim;
      }
    }
  }
}

TEST(Int8Kernel, CannotOverflowWithinTheQueryLimit) {
  for (const std::size_t dim : {1U, 16U, 33U, 512U, 1024U, 4096U, 16384U}) {
    const auto limit = static_cast<int16_t>(int16_query_limit(dim));
    ASSERT_GT(limit, 0);
    for (const int sign : {1, -1}) {
      const std::vector<int16_t> query(dim, static_cast<int16_t>(sign * limit));
      const std::vector<int8_t> row(dim, -128);
      std::vector<int32_t> found(1);
      kernels::dot_int8(query, row.data(), found);
      EXPECT_EQ(found[0], -128 * sign * limit * static_cast<int64_t>(dim)) << dim;
    }
  }
  EXPECT_EQ(int16_query_limit(512), INT16_MAX) << "the usual widths lose nothing";
}

TEST(Int8Kernel, GivesTheSameForRowsThatLieApart) {
  RandomVectors random(8);
  for (const std::size_t dim : {1U, 7U, 8U, 31U, 100U, 512U}) {
    std::vector<int8_t> values(12 * dim);
    for (int8_t& v : values)
      v = static_cast<int8_t>(random.below(256));
    std::vector<int16_t> query(dim);
    for (int16_t& q : query)
      q = static_cast<int16_t>(static_cast<int32_t>(random.below(60001)) - 30000);
    for (std::size_t count = 0; count <= 11; ++count) {
      std::vector<const int8_t*> rows;
      for (std::size_t r = 0; r < count; ++r)
        rows.push_back(values.data() + random.below(11) * dim + random.below(2));
      std::vector<int32_t> found(count);
      kernels::dot_int8_at(query, rows, found);
      for (std::size_t r = 0; r < count; ++r) {
        int32_t expected = 0;
        portable::dot_int8(query, rows[r], std::span(&expected, 1));
        EXPECT_EQ(found[r], expected) << dim;
      }
    }
  }
}

TEST(Int8Kernel, MultipliesRowsWithRowsUpToTheirExtremes) {
  RandomVectors random(9);
  for (std::size_t dim = 1; dim <= 150; ++dim) {
    std::vector<int8_t> values(2 * dim + 1);
    for (int8_t& v : values)
      v = static_cast<int8_t>(random.below(256));
    int64_t sum = 0;
    for (std::size_t i = 0; i < dim; ++i)
      sum += int64_t{values[i]} * values[dim + 1 + i];
    EXPECT_EQ(kernels::dot_int8_rows(values.data(), values.data() + dim + 1, dim), sum) << dim;
  }
  const std::vector<int8_t> lowest(16384, -128);
  EXPECT_EQ(kernels::dot_int8_rows(lowest.data(), lowest.data(), lowest.size()), 128 * 128 * 16384);
}

TEST(HammingKernel, CountsTheBitsThatDifferAtEveryLengthAndAlignment) {
  RandomVectors random(10);
  for (std::size_t bytes = 1; bytes <= 80; ++bytes) {
    constexpr std::size_t rows = 5;
    std::vector<uint8_t> query(bytes + 1);
    std::vector<uint8_t> values(rows * bytes + 3);
    for (uint8_t& q : query)
      q = static_cast<uint8_t>(random.below(256));
    for (uint8_t& v : values)
      v = static_cast<uint8_t>(random.below(256));
    for (std::size_t offset = 0; offset < 3; ++offset) {
      std::vector<uint16_t> found(rows);
      kernels::hamming(std::span(query).subspan(1), values.data() + offset, found);
      for (std::size_t r = 0; r < rows; ++r) {
        int expected = 0;
        for (std::size_t i = 0; i < bytes; ++i)
          expected += std::popcount(static_cast<uint8_t>(query[1 + i] ^ values[offset + r * bytes + i]));
        EXPECT_EQ(found[r], expected) << bytes;
      }
    }
  }
  const std::vector<uint8_t> zeros(2048);
  const std::vector<uint8_t> ones(2048, 255);
  uint16_t all = 0;
  kernels::hamming(zeros, ones.data(), std::span(&all, 1));
  EXPECT_EQ(all, 16384) << "the widest vectors a library holds";
}

TEST(Quantise, KeepsEveryNumberWithinHalfAStep) {
  RandomVectors random(5);
  for (const std::size_t dim : {1U, 7U, 256U, 513U}) {
    const std::vector<float> vector = random.unit(dim);
    const std::vector<float> mean = random.vector(dim);
    std::vector<int8_t> values(dim);
    const Expected<float> scale = quantise(vector, mean, values);
    ASSERT_TRUE(scale);
    std::vector<float> back(dim);
    dequantise(values, *scale, mean, back);
    for (std::size_t i = 0; i < dim; ++i)
      EXPECT_NEAR(back[i], vector[i], *scale * 0.5001F);
    EXPECT_EQ(std::abs(*std::ranges::max_element(values, {}, [](int8_t v) { return std::abs(v); })), 127);
  }
}

TEST(Quantise, RoundsTiesToEven) {
  const std::vector<float> vector{127, 0.5F, 1.5F, 2.5F, -0.5F, -1.5F, -2.5F, 3.49F, -3.51F};
  const std::vector<float> mean(vector.size());
  std::vector<int8_t> values(vector.size());
  EXPECT_EQ(quantise(vector, mean, values), 1.0F);
  EXPECT_EQ(values, (std::vector<int8_t>{127, 0, 2, 2, 0, -2, -2, 3, -4}));
}

TEST(Quantise, MakesZerosOfAVectorThatEqualsTheMeanOrIsTooSmallToScale) {
  const std::vector<float> mean{0.25F, -0.5F};
  std::vector<int8_t> values{1, 1};
  EXPECT_EQ(quantise(mean, mean, values), 0.0F);
  EXPECT_EQ(values, (std::vector<int8_t>{0, 0}));
  const std::vector<float> tiny{1e-44F, -1e-44F};
  EXPECT_EQ(quantise(tiny, std::vector<float>(2), values), 0.0F);
  EXPECT_EQ(values, (std::vector<int8_t>{0, 0}));
}

TEST(Quantise, RefusesNumbersThatAreNone) {
  const std::vector<float> mean(3);
  std::vector<int8_t> values(3);
  for (const float bad : {not_a_number, infinity, -infinity, 1e7F}) {
    const std::vector<float> vector{0, bad, 0};
    const Expected<float> scale = quantise(vector, mean, values);
    ASSERT_FALSE(scale);
    EXPECT_EQ(scale.error().code, ErrorCode::usage);
    EXPECT_NE(scale.error().message.find("index 1"), std::string::npos);
    EXPECT_FALSE(quantise_query(vector));
  }
}

TEST(Quantise, QueriesLoseFarLessThanRows) {
  RandomVectors random(6);
  for (const std::size_t dim : {3U, 512U, 4096U}) {
    const std::vector<float> query = random.unit(dim);
    const Expected<QuantisedQuery> quantised = quantise_query(query);
    ASSERT_TRUE(quantised);
    for (std::size_t i = 0; i < dim; ++i)
      EXPECT_NEAR(quantised->scale * quantised->values[i], query[i], quantised->scale * 0.51F);
    EXPECT_LE(std::abs(*std::ranges::max_element(quantised->values, {}, [](int16_t v) { return std::abs(v); })),
              int16_query_limit(dim));
  }
  EXPECT_EQ(quantise_query(std::vector<float>(4))->values, std::vector<int16_t>(4));
}

TEST(TopK, KeepsTheBestInOrderWhateverOrderTheyComeIn) {
  RandomVectors random(7);
  std::vector<Hit> hits;
  for (uint32_t row = 0; row < 500; ++row)
    hits.push_back({row, static_cast<float>(random.below(20))});
  std::vector<Hit> sorted = hits;
  std::ranges::sort(sorted, ranks_before);
  for (const std::size_t k : {0U, 1U, 10U, 499U, 500U, 600U}) {
    for (int order = 0; order < 5; ++order) {
      for (std::size_t i = hits.size(); i > 1; --i)
        std::swap(hits[i - 1], hits[random.below(static_cast<uint32_t>(i))]);
      TopK best(k);
      for (const Hit& hit : hits)
        best.push(hit);
      EXPECT_EQ(best.take(), std::vector<Hit>(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(
                                                                                   std::min(k, sorted.size()))));
    }
  }
}

TEST(RowBitmap, CountsAndAnswersForRowsBeyondItsEnd) {
  RowBitmap bitmap(13);
  for (const uint32_t row : {0U, 7U, 8U, 12U})
    bitmap.set(row);
  EXPECT_EQ(bitmap.count(), 4U);
  EXPECT_TRUE(bitmap.test(12));
  EXPECT_FALSE(bitmap.test(11));
  EXPECT_FALSE(bitmap.test(13));
  EXPECT_FALSE(bitmap.test(1'000'000));
  EXPECT_EQ(RowBitmap(13, bitmap.bytes()).count(), 4U);
}

}  // namespace
}  // namespace picfind
