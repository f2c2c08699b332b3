// exact_scan FILE DIM ROWS CANDIDATES K: reads float32[ROWS + queries][DIM], asks every query of the first ROWS and
// prints the median milliseconds of one: the int8 scan for CANDIDATES, and their float32 vectors scored for the K best.
#include "index/exact_index.h"
#include "index/rescore.h"
#include "vector/quantise.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace {

using picfind::Hit;

std::vector<float> read(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<float> numbers(static_cast<std::size_t>(file.tellg()) / sizeof(float));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(numbers.data()), static_cast<std::streamsize>(numbers.size() * sizeof(float)));
  return numbers;
}

struct Library {
  std::vector<float> vectors;
  std::size_t dim;
  uint32_t rows;
  std::vector<float> mean = {};
  std::vector<int8_t> values = {};
  std::vector<float> scales = {};

  std::span<const float> vector(std::size_t row) const { return std::span(vectors).subspan(row * dim, dim); }

  void quantise() {
    std::vector<double> sums(dim);
    for (uint32_t row = 0; row < rows; ++row)
      for (std::size_t i = 0; i < dim; ++i)
        sums[i] += vector(row)[i] / static_cast<double>(rows);
    mean.assign(sums.begin(), sums.end());
    values.resize(rows * dim);
    for (uint32_t row = 0; row < rows; ++row)
      scales.push_back(*picfind::quantise(vector(row), mean, std::span(values).subspan(row * dim, dim)));
  }
};

std::vector<Hit> search(const Library& library, const picfind::ExactIndex& index, const picfind::RowBitmap& all,
                        std::span<const float> query, std::size_t candidates, std::size_t k) {
  std::vector<uint32_t> rows;
  std::vector<float> vectors;
  const auto found = index.search(query, candidates, all);
  for (const Hit& hit : *found) {
    rows.push_back(hit.row);
    std::ranges::copy(library.vector(hit.row), std::back_inserter(vectors));
  }
  return picfind::rescore(picfind::Metric::cosine, query, rows, vectors, k);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: exact_scan FILE DIM ROWS CANDIDATES K\n");
    return 2;
  }
  const auto number = [&](int i) { return static_cast<std::size_t>(std::stoul(argv[i])); };
  Library library{.vectors = read(argv[1]), .dim = number(2), .rows = static_cast<uint32_t>(number(3))};
  library.quantise();
  const picfind::ExactIndex index(library.mean,
                                  {{library.values.data(), library.scales.data(), library.rows, 0, nullptr}});
  picfind::RowBitmap all(library.rows);
  for (uint32_t row = 0; row < library.rows; ++row)
    all.set(row);
  std::vector<double> times;
  for (std::size_t row = library.rows; row < library.vectors.size() / library.dim; ++row) {
    const auto start = std::chrono::steady_clock::now();
    const std::vector<Hit> hits = search(library, index, all, library.vector(row), number(4), number(5));
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - start;
    if (hits.empty()) return 1;
    times.push_back(time.count());
  }
  std::ranges::sort(times);
  std::printf("%.6f\n", times[times.size() / 2]);
}
