#pragma once
#include "image/fit.h"
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace picfind::test {

using Bytes = std::vector<std::uint8_t>;

inline std::filesystem::path image_folder() { return std::filesystem::path(PICFIND_TEST_DATA) / "image"; }

/// A file of tests/data/image.
inline Bytes image_file(const std::string& name) {
  std::ifstream file(image_folder() / name, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

/// xorshift64*: the same numbers everywhere.
class Random {
public:
  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1dull >> 16;
  }
  std::uint64_t below(std::uint64_t end) { return next() % end; }

private:
  std::uint64_t state_ = 88172645463325252ull;
};

/// RGBA noise; opaque unless `transparent`.
inline Bytes noise(int width, int height, bool transparent = false) {
  Random random;
  Bytes rgba(std::size_t(width) * std::size_t(height) * 4);
  for (std::size_t i = 0; i < rgba.size(); i++)
    rgba[i] = i % 4 == 3 && !transparent ? 255 : std::uint8_t(random.next());
  return rgba;
}

}  // namespace picfind::test
