#include "library/section.h"

#include "vector/quantise.h"
#include "vector/sign_code.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>

namespace picfind {
namespace {

static_assert(std::endian::native == std::endian::little, "sections are read in place");

constexpr uint32_t section_version = 1;
constexpr std::size_t alignment = 64;

struct SectionForm {
  std::string_view magic;  // 8 bytes
  /// Bytes a row takes in each part, as fixed + per_dim·dim; a second part of 0 is none.
  std::array<uint32_t, 2> fixed;
  uint32_t per_dim;  // of the first part
};

constexpr std::array<SectionForm, 9> forms{{
    {std::string_view("pf.int8\0", 8), {0, 4}, 1},
    {std::string_view("pf.sign\0", 8), {0, 4}, 0},
    {std::string_view("pf.full\0", 8), {0, 0}, 4},
    {"pf.owner", {4, 0}, 0},
    {std::string_view("pf.keys\0", 8), {16, 32}, 0},
    {std::string_view("pf.stat\0", 8), {8, 8}, 0},
    {"pf.thumb", {4, 4}, 0},
    {std::string_view("pf.mean\0", 8), {0, 0}, 4},
    {"pf.delet", {0, 0}, 0},
}};

const SectionForm& form_of(SectionKind kind) { return forms[static_cast<std::size_t>(kind)]; }

uint64_t aligned(uint64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

uint64_t part_size(SectionKind kind, int part, uint32_t rows, uint32_t dim) {
  if (kind == SectionKind::deleted) return part == 0 ? (uint64_t{rows} + 7) / 8 : 0;
  if (kind == SectionKind::sign && part == 0) return uint64_t{rows} * sign_code_bytes(dim);
  const SectionForm& form = form_of(kind);
  return uint64_t{rows} * (part == 0 ? form.fixed[0] + uint64_t{form.per_dim} * dim : form.fixed[1]);
}

std::string_view name_of(SectionKind kind) { return form_of(kind).magic.substr(0, form_of(kind).magic.find('\0')); }

std::unexpected<Error> corrupt(SectionKind kind, const std::string& problem) {
  return fail(ErrorCode::corrupt, "section " + std::string(name_of(kind)) + ": " + problem);
}

std::unexpected<Error> corrupt(SectionKind kind, const char* what, uint64_t expected, uint64_t found) {
  return corrupt(kind,
                 std::string("expected ") + what + " " + std::to_string(expected) + ", found " + std::to_string(found));
}

/// Far more than rows of numbers up to max_magnitude can have, and its square is a float.
constexpr float max_length = 1e12F;

/// The last byte of each code, in which bits beyond dim would count as differences.
bool ends_at_dim(std::span<const uint8_t> codes, uint32_t dim) {
  if (dim % 8 == 0) return true;
  const std::size_t width = sign_code_bytes(dim);
  for (std::size_t last = width - 1; last < codes.size(); last += width)
    if (codes[last] >> (dim % 8) != 0) return false;
  return true;
}

/// What a reader relies on without looking again: numbers it multiplies with, order it searches by.
Expected<void> check_values(SectionKind kind, const SectionView& section) {
  const auto in_range = [](float x) { return std::fabs(x) <= max_magnitude; };
  switch (kind) {
  case SectionKind::int8:
    if (!std::ranges::all_of(section.part<float>(1), [&](float x) { return x >= 0 && in_range(x); }))
      return corrupt(kind, "expected scales from 0 to 10^6, found another number");
    break;
  case SectionKind::sign:
    if (!std::ranges::all_of(section.part<float>(1), [](float x) { return x >= 0 && x <= max_length; }))
      return corrupt(kind, "expected lengths from 0 to 10^12, found another number");
    if (!ends_at_dim(section.part<uint8_t>(0), section.dim()))
      return corrupt(kind, "expected no bits beyond the last dimension, found some");
    break;
  case SectionKind::mean:
    if (!std::ranges::all_of(section.part<float>(0), in_range))
      return corrupt(kind, "expected numbers up to 10^6, found NaN or more");
    break;
  case SectionKind::owner:
    if (!std::ranges::is_sorted(section.part<uint32_t>(0)))
      return corrupt(kind, "expected records in order, found a smaller one after a larger");
    break;
  case SectionKind::stat:
    for (const int part : {0, 1})
      if (!std::ranges::all_of(section.part<double>(part), [](double x) { return std::isfinite(x); }))
        return corrupt(kind, "expected finite numbers, found NaN or infinity");
    break;
  case SectionKind::deleted:
    if (section.rows() % 8 != 0 && (section.part<uint8_t>(0).back() >> (section.rows() % 8)) != 0)
      return corrupt(kind, "expected no bits beyond the last row, found some");
    break;
  default:
    break;
  }
  return {};
}

}  // namespace

uint64_t section_part_offset(SectionKind kind, int part, uint32_t rows, uint32_t dim) {
  return section_header_bytes + (part == 0 ? 0 : aligned(part_size(kind, 0, rows, dim)));
}

uint64_t section_bytes(SectionKind kind, uint32_t rows, uint32_t dim) {
  const uint64_t second = part_size(kind, 1, rows, dim);
  return second > 0 ? section_part_offset(kind, 1, rows, dim) + second
                    : section_header_bytes + part_size(kind, 0, rows, dim);
}

uint32_t section_max_rows(SectionKind kind, uint32_t dim) {
  const uint64_t limit = kind == SectionKind::full ? 1U << 20U : kind == SectionKind::int8 ? 4U << 20U : max_file_bytes;
  const uint64_t row = part_size(kind, 0, 1, dim) + part_size(kind, 1, 1, dim);
  return static_cast<uint32_t>((limit - section_header_bytes - alignment) / std::max<uint64_t>(row, 1));
}

ByteView SectionView::part_bytes(int index) const {
  return bytes_.subspan(section_part_offset(kind_, index, rows_, dim_), part_size(kind_, index, rows_, dim_));
}

Bytes write_section(SectionKind kind, uint32_t rows, uint32_t dim, std::initializer_list<ByteView> parts) {
  Bytes bytes(section_bytes(kind, rows, dim));
  const std::string_view magic = form_of(kind).magic;
  const std::array<uint32_t, 3> header{section_version, rows, dim};
  std::ranges::copy(magic, bytes.begin());
  std::memcpy(bytes.data() + magic.size(), header.data(), sizeof header);
  int index = 0;
  for (const ByteView part : parts) {
    std::ranges::copy(part, bytes.begin() + static_cast<std::ptrdiff_t>(section_part_offset(kind, index, rows, dim)));
    ++index;
  }
  return bytes;
}

Expected<SectionView> read_section(SectionKind kind, uint32_t rows, uint32_t dim, ByteView bytes) {
  const std::string_view magic = form_of(kind).magic;
  if (bytes.size() < section_header_bytes)
    return corrupt(kind, "bytes of at least", section_header_bytes, bytes.size());
  if (!std::equal(magic.begin(), magic.end(), bytes.begin())) return corrupt(kind, "found a file of another kind");
  std::array<uint32_t, 3> header;
  std::memcpy(header.data(), bytes.data() + magic.size(), sizeof header);
  if (header[0] > section_version)
    return fail(ErrorCode::version, "section " + std::string(name_of(kind)) + ": version " + std::to_string(header[0]) +
                                        " is newer than the " + std::to_string(section_version) +
                                        " this Picfind reads; update Picfind");
  if (header[0] == 0) return corrupt(kind, "version", section_version, header[0]);
  if (header[1] != rows) return corrupt(kind, "rows", rows, header[1]);
  if (header[2] != dim) return corrupt(kind, "dim", dim, header[2]);
  const uint64_t size = section_bytes(kind, rows, dim);
  if (bytes.size() != size) return corrupt(kind, "bytes", size, bytes.size());
  const SectionView section(kind, rows, dim, bytes);
  if (const Expected<void> checked = check_values(kind, section); !checked) return std::unexpected(checked.error());
  return section;
}

bool is_resident_section(ByteView bytes) {
  return std::ranges::any_of(forms, [&](const SectionForm& form) {
    return &form != &form_of(SectionKind::full) && bytes.size() >= form.magic.size() &&
           std::equal(form.magic.begin(), form.magic.end(), bytes.begin());
  });
}

}  // namespace picfind
