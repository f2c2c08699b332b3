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

/// A navigable small world of rows. Equal rows are one element, else they would link to nothing but each other;
/// elements are numbered as they first appear among the rows. Read in place from the bytes of its file: a header of 128
/// bytes, then the element of each row (uint32[rows]), the level of each element (uint8), the links of the base
/// (uint32[elements][1+2m]: count, elements, zeros), and those of the levels above, element by element (uint32[1+m]
/// each). All little-endian, each part at a multiple of 64.
class HnswGraph {
public:
  using SharedBytes = std::shared_ptr<const std::vector<uint8_t>>;

  /// Checks every number before it is used. Errors: version, corrupt (also for a graph over something else).
  static Expected<HnswGraph> read(SharedBytes bytes, uint32_t rows, const GraphSubject& subject);

  uint32_t rows() const { return static_cast<uint32_t>(element_of_.size()); }
  uint32_t elements() const { return static_cast<uint32_t>(levels_.size()); }
  uint32_t element_of(uint32_t row) const { return element_of_[row]; }
  const GraphSubject& subject() const { return subject_; }
  const HnswSettings& settings() const { return settings_; }
  /// Where a search begins; on the highest level.
  uint32_t entry() const { return entry_; }
  uint8_t level(uint32_t element) const { return levels_[element]; }

  /// Elements linked from one on a level it reaches.
  std::span<const uint32_t> links(uint32_t element, uint32_t level) const {
    const uint32_t* list = level == 0
                               ? base_.data() + std::size_t{element} * (1 + 2 * settings_.m)
                               : upper_.data() + std::size_t{first_upper_[element] + level - 1} * (1 + settings_.m);
    return {list + 1, list[0]};
  }

  const std::vector<uint8_t>& bytes() const { return *bytes_; }

private:
  HnswGraph() = default;
  Expected<void> check_elements() const;
  Expected<void> check_links() const;

  SharedBytes bytes_;
  HnswSettings settings_;
  GraphSubject subject_{};
  uint32_t entry_ = 0;
  std::span<const uint32_t> element_of_;
  std::span<const uint8_t> levels_;
  std::span<const uint32_t> base_;
  std::span<const uint32_t> upper_;
  /// Where each element's lists begin in upper_, counted in lists.
  std::vector<uint32_t> first_upper_;
};

/// Bytes of a graph file of that many rows, elements and lists above the base.
uint64_t graph_bytes(uint32_t rows, uint32_t elements, uint64_t upper_lists, uint32_t m);

/// Writes what HnswGraph reads; the lists are set one by one.
class HnswGraphWriter {
public:
  HnswGraphWriter(const HnswSettings& settings, const GraphSubject& subject, uint32_t entry,
                  std::span<const uint32_t> element_of, std::span<const uint8_t> levels);

  /// At most 2m elements on level 0, m above.
  void set_links(uint32_t element, uint32_t level, std::span<const uint32_t> links);
  std::vector<uint8_t> take() { return std::move(bytes_); }

private:
  HnswSettings settings_;
  std::vector<uint8_t> bytes_;
  std::size_t base_;
  std::size_t upper_;
  std::vector<uint32_t> first_upper_;
};

}  // namespace picfind
