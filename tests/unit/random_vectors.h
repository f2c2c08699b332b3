#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

namespace picfind::test {

/// splitmix64: the same numbers on every machine, which the standard library's distributions do not promise.
class RandomVectors {
public:
  explicit RandomVectors(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }
  /// 0 … end−1
  uint32_t below(uint32_t end) { return static_cast<uint32_t>(next() % end); }
  /// −1 … 1
  float real() { return static_cast<float>(static_cast<int64_t>(next() >> 40U) - (1 << 23)) / (1 << 23); }

  std::vector<float> vector(std::size_t dim) {
    std::vector<float> result(dim);
    for (float& x : result)
      x = real();
    return result;
  }

  /// Of unit length; sums and √ in double, divided in float: the same bits everywhere.
  std::vector<float> unit(std::size_t dim) {
    std::vector<float> result = vector(dim);
    double sum = 0;
    for (const float x : result)
      sum += static_cast<double>(x) * static_cast<double>(x);
    const auto length = static_cast<float>(std::sqrt(sum));
    for (float& x : result)
      x /= length;
    return result;
  }

private:
  uint64_t state_;
};

}  // namespace picfind::test
