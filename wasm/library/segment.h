#pragma once
#include "error.h"
#include "library/descriptor.h"
#include "library/loaded_section.h"

#include <array>
#include <memory>

namespace picfind {

/// The form of the vectors that is kept in memory: int8, or signs, an eighth of the size, where the other is read on
/// demand.
enum class Resident { int8, sign };

/// Sign codes of the rows of one file. They begin where a line of the processor's cache does, so that a code of 512
/// dimensions, wanted here and there by a graph's search, is one line and not parts of two.
struct SignCodes {
  struct alignas(64) Line {
    std::array<uint8_t, 64> bytes;
  };
  std::vector<Line> lines;
  /// float32[rows]
  std::vector<float> lengths;

  /// uint8[rows·⌈dim/8⌉]
  uint8_t* codes() { return reinterpret_cast<uint8_t*>(lines.data()); }
  const uint8_t* codes() const { return reinterpret_cast<const uint8_t*>(lines.data()); }
};

/// A segment in memory: what searching needs. What it is looked up by is apart, see Lookups; records, thumbnails and
/// float32 vectors stay where they are and are read by place. Immutable once complete.
class Segment {
public:
  /// What has no `sign` section is kept as int8 in any case.
  explicit Segment(Descriptor descriptor, Resident resident = Resident::int8);

  const Descriptor& descriptor() const { return descriptor_; }
  uint32_t rows() const { return descriptor_.rows; }

  /// Files still needed.
  std::vector<std::string> missing() const;
  bool complete() const { return complete_; }
  /// Takes a file in if it is needed. Errors name the section, the caller adds the file: version, corrupt.
  Expected<void> offer(const std::string& name, const SharedBytes& bytes);
  /// Goes on without a file. True if the segment can do without it: signs, for which it then needs int8.
  bool do_without(const std::string& name);

  struct Vectors {
    /// One of these two has no files.
    LoadedSection int8;
    LoadedSection sign;
    LoadedSection owner;
    /// All of `owner`; empty where row = record.
    std::vector<uint32_t> records;
    /// See derive_codes(): of each file of `int8`.
    std::vector<SignCodes> derived;
    bool has_int8() const { return !int8.chunks().empty(); }
  };
  /// Null if the segment has none of that kind.
  const Vectors* vectors(const std::string& kind) const;
  const std::map<std::string, Vectors>& kinds() const { return kinds_; }

  /// Makes the codes of what is in memory as int8, once; the segment is complete.
  void derive_codes();

private:
  /// Calls visit(section) for every section of `segment`.
  template <class Self, class Visit> static void each_section(Self& segment, Visit visit);
  /// The records that rows belong to are there.
  Expected<void> check_owners(const SectionView& section) const;
  void complete_now();

  Descriptor descriptor_;
  std::map<std::string, Vectors> kinds_;
  bool complete_ = false;
};

}  // namespace picfind
