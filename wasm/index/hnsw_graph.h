#pragma once
#include "error.h"

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace picfind {

struct HnswSettings {
  /// Links of an element on the levels above the base, where it has twice as many.
  uint32_t m = 16;
  /// Elements considered when a new one is linked.
  uint32_t ef_construction = 200;
  bool operator==(const HnswSettings&) const = default;
};

/// Errors: usage, naming the range of each setting.
Expected<void> check_settings(const HnswSettings& settings);

/// What a graph is over: 32 bytes, equal for the same rows in the same order only.
using GraphSubject = std::array<uint8_t, 32>;

struct HnswGraphHead {
  HnswSettings settings;
  GraphSubject subject{};
  /// Where a search begins; on the highest level.
  uint32_t entry = 0;
  /// Elements taken out since it was built, see without_rows().
  uint32_t removed = 0;
};

/// A navigable small world of rows. Equal rows are one element, else they would link to nothing but each other;
/// elements are numbered as they first appear among the rows. Read in place from the bytes of its file: a header of 128
/// bytes, then the element of each row (uint32[rows]), the level of each element (uint8), where in the links each list
/// of them begins (uint32[lists + 1]; the last number is their count), and the links (uint32). There is one list an
/// element on the base, then those of the levels above, element by element. All little-endian, each part at a multiple
/// of 64. Files of version 1 have lists of fixed width, four times as much at the usual settings; they are read into
/// the newer form.
class HnswGraph {
public:
  using SharedBytes = std::shared_ptr<const std::vector<uint8_t>>;

  /// Checks every number before it is used. Errors: version, corrupt (also for a graph over something else).
  static Expected<HnswGraph> read(SharedBytes bytes, uint32_t rows, const GraphSubject& subject);

  uint32_t rows() const { return static_cast<uint32_t>(element_of_.size()); }
  uint32_t elements() const { return static_cast<uint32_t>(levels_.size()); }
  uint32_t element_of(uint32_t row) const { return element_of_[row]; }
  const GraphSubject& subject() const { return head_.subject; }
  const HnswSettings& settings() const { return head_.settings; }
  uint32_t entry() const { return head_.entry; }
  uint32_t removed() const { return head_.removed; }
  uint8_t level(uint32_t element) const { return levels_[element]; }

  /// Elements linked from one on a level it reaches.
  std::span<const uint32_t> links(uint32_t element, uint32_t level) const {
    const uint32_t list = level == 0 ? element : elements() + first_upper_[element] + level - 1;
    return links_.subspan(starts_[list], starts_[list + 1] - starts_[list]);
  }

private:
  HnswGraph() = default;
  Expected<void> check_elements() const;
  Expected<void> check_starts() const;
  Expected<void> check_links() const;

  SharedBytes bytes_;
  HnswGraphHead head_;
  std::span<const uint32_t> element_of_;
  std::span<const uint8_t> levels_;
  /// Where in links_ each list begins, and the end of the last.
  std::span<const uint32_t> starts_;
  std::span<const uint32_t> links_;
  /// Which list above the base is each element's first.
  std::vector<uint32_t> first_upper_;
};

/// Writes what HnswGraph reads: the lists are added one by one in their order.
class HnswGraphWriter {
public:
  /// `links`: in all lists together.
  HnswGraphWriter(const HnswGraphHead& head, std::span<const uint32_t> element_of, std::span<const uint8_t> levels,
                  uint32_t links);

  /// At most 2m elements on the base, m above.
  void add(std::span<const uint32_t> links);
  std::vector<uint8_t> take() { return std::move(bytes_); }

private:
  std::vector<uint8_t> bytes_;
  /// Where the begin of the next list and its links go, in bytes.
  std::size_t next_start_;
  std::size_t next_links_;
  uint32_t written_ = 0;
};

}  // namespace picfind
