#pragma once
#include "error.h"
#include "library/file.h"

#include <initializer_list>

namespace picfind {

/// A binary section is a 64-byte header (8-byte magic, uint32 version, rows, dim, then zeros) and one or two parts of
/// fixed width, each starting at a multiple of 64. All little-endian. Large sections are split by rows into files.
enum class SectionKind {
  int8,     ///< int8[rows·dim] of (vector − mean); float32[rows] scales
  sign,     ///< uint8[rows·⌈dim/8⌉]: a bit a dimension, see vector/sign_code.h; float32[rows] lengths
  full,     ///< float32[rows·dim]
  owner,    ///< uint32[rows]: the record of each row, never decreasing
  keys,     ///< 16 bytes a row: first half of the id's sha256; 32 bytes a row: the picture's sha256
  stat,     ///< float64[rows] bytes of the file; float64[rows] modified, ms since 1970. Never published
  thumbs,   ///< uint32[rows] pack, uint32[rows] item in it; no_thumbnail in both where there is none
  mean,     ///< float32[dim], rows = 1
  deleted,  ///< (rows+7)/8 bytes: bit r mod 8 of byte r / 8 is set where record r is deleted
};

constexpr uint32_t no_thumbnail = UINT32_MAX;
constexpr uint32_t max_dim = 1U << 14U;
constexpr std::size_t section_header_bytes = 64;

/// Size of a whole file.
uint64_t section_bytes(SectionKind kind, uint32_t rows, uint32_t dim);

/// Where part 0 or 1 of a file begins.
uint64_t section_part_offset(SectionKind kind, int part, uint32_t rows, uint32_t dim);

/// Rows that fit into one file: 1 MiB for `full`, 4 MiB for `int8`, which are read piece by piece where memory is
/// short; else max_file_bytes.
uint32_t section_max_rows(SectionKind kind, uint32_t dim);

/// A checked section; a view of somebody else's bytes.
class SectionView {
public:
  SectionView() = default;
  SectionView(SectionKind kind, uint32_t rows, uint32_t dim, ByteView bytes)
      : kind_(kind), rows_(rows), dim_(dim), bytes_(bytes) {}

  uint32_t rows() const { return rows_; }
  uint32_t dim() const { return dim_; }

  /// Part 0 or 1 as numbers of type T.
  template <class T> std::span<const T> part(int index) const {
    const ByteView part = part_bytes(index);
    // Parts start at multiples of 64 in a heap block of uint8_t, in which C++20 lets objects of these types exist.
    return {reinterpret_cast<const T*>(part.data()), part.size() / sizeof(T)};
  }

private:
  ByteView part_bytes(int index) const;

  SectionKind kind_ = SectionKind::mean;
  uint32_t rows_ = 0;
  uint32_t dim_ = 0;
  ByteView bytes_;
};

/// The bytes of a section of these parts, whose sizes must be those of `rows` and `dim`.
Bytes write_section(SectionKind kind, uint32_t rows, uint32_t dim, std::initializer_list<ByteView> parts);

/// Checks header, size and values against what names the file; `dim` 0 for kinds without one. Errors: version, corrupt.
Expected<SectionView> read_section(SectionKind kind, uint32_t rows, uint32_t dim, ByteView bytes);

/// A kind of vectors gets a `sign` section in segments where it has this many rows. Fewer are read as quickly from
/// their int8 form as from a file more.
constexpr uint32_t sign_min_rows = 1024;

/// Whether bytes start like a section that a Library keeps in memory (all but `full`).
bool is_resident_section(ByteView bytes);

template <class T> ByteView as_bytes(std::span<const T> values) {
  return {reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()};
}
template <class T> ByteView as_bytes(const std::vector<T>& values) { return as_bytes(std::span<const T>(values)); }

}  // namespace picfind
