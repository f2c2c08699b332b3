#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace picfind {

/// A set of rows 0 … rows−1, one bit each: row r is bit r mod 8 of byte r / 8.
class RowBitmap {
public:
  RowBitmap() = default;
  explicit RowBitmap(uint32_t rows) : rows_(rows), bytes_((std::size_t{rows} + 7) / 8) {}
  /// `bytes` of a stored bitmap, (rows+7)/8 of them, no bit set beyond the last row.
  RowBitmap(uint32_t rows, std::span<const uint8_t> bytes) : rows_(rows), bytes_(bytes.begin(), bytes.end()) {}

  uint32_t rows() const { return rows_; }
  std::span<const uint8_t> bytes() const { return bytes_; }
  bool test(uint32_t row) const { return row < rows_ && ((bytes_[row / 8] >> (row % 8)) & 1) != 0; }
  void set(uint32_t row) { bytes_[row / 8] = static_cast<uint8_t>(bytes_[row / 8] | (1U << (row % 8))); }

  uint32_t count() const {
    uint32_t sum = 0;
    std::size_t i = 0;
    for (uint64_t word = 0; i + sizeof word <= bytes_.size(); i += sizeof word) {
      std::memcpy(&word, bytes_.data() + i, sizeof word);
      sum += static_cast<uint32_t>(std::popcount(word));
    }
    for (; i < bytes_.size(); ++i)
      sum += static_cast<uint32_t>(std::popcount(bytes_[i]));
    return sum;
  }

private:
  uint32_t rows_ = 0;
  std::vector<uint8_t> bytes_;
};

}  // namespace picfind
