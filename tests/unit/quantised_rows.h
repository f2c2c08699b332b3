#pragma once
#include "index/hnsw_builder.h"
#include "index/hnsw_index.h"
#include "index/sign_index.h"
#include "vector/quantise.h"
#include "vector/sign_code.h"

#include "random_vectors.h"

namespace picfind::test {

/// Quantised rows with their sign codes and originals, owned for as long as an index reads them.
struct Rows {
  std::vector<std::vector<float>> vectors;
  std::vector<int8_t> values;
  std::vector<float> scales;
  std::vector<uint8_t> codes;
  std::vector<float> lengths;

  void add(std::vector<float> vector, const std::vector<float>& mean) {
    std::vector<int8_t> quantised(vector.size());
    scales.push_back(*quantise(vector, mean, quantised));
    std::vector<uint8_t> code(sign_code_bytes(vector.size()));
    lengths.push_back(sign_code(quantised, scales.back(), code));
    codes.insert(codes.end(), code.begin(), code.end());
    values.insert(values.end(), quantised.begin(), quantised.end());
    vectors.push_back(std::move(vector));
  }
  uint32_t count() const { return static_cast<uint32_t>(scales.size()); }
  RowBlock block(uint32_t first_record, const uint32_t* owner = nullptr) const {
    return {values.data(), scales.data(), count(), first_record, owner};
  }
  SignBlock coded(const RowBlock& rows) const { return {rows, codes.data(), lengths.data()}; }
  HnswRow hnsw_row(uint32_t row, uint32_t record) const {
    const std::size_t dim = vectors.front().size();
    return {values.data() + row * dim, scales[row], codes.data() + row * sign_code_bytes(dim), lengths[row], record};
  }
  std::vector<GraphRow> graph_rows() const {
    std::vector<GraphRow> rows;
    for (std::size_t i = 0; i < scales.size(); ++i)
      rows.push_back({values.data() + i * vectors.front().size(), scales[i]});
    return rows;
  }
};

inline RowBitmap all(uint32_t rows) {
  RowBitmap bitmap(rows);
  for (uint32_t row = 0; row < rows; ++row)
    bitmap.set(row);
  return bitmap;
}

/// Unit vectors around a few centres, as pictures lie.
class Clusters {
public:
  Clusters(std::size_t dim, uint64_t seed) : random_(seed) {
    for (int i = 0; i < 12; ++i)
      centres_.push_back(random_.unit(dim));
  }
  std::vector<float> next() {
    std::vector<float> vector = random_.unit(centres_.front().size());
    const std::vector<float>& centre = centres_[random_.below(static_cast<uint32_t>(centres_.size()))];
    double sum = 0;
    for (std::size_t i = 0; i < vector.size(); ++i) {
      vector[i] = centre[i] + 0.7F * vector[i];
      sum += static_cast<double>(vector[i]) * static_cast<double>(vector[i]);
    }
    for (float& x : vector)
      x /= static_cast<float>(std::sqrt(sum));
    return vector;
  }

private:
  RandomVectors random_;
  std::vector<std::vector<float>> centres_;
};

}  // namespace picfind::test
