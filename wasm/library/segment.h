#pragma once
#include "error.h"
#include "library/descriptor.h"
#include "library/section.h"
#include "library/segment_writer.h"

#include <array>
#include <functional>
#include <memory>

namespace picfind {

using SharedBytes = std::shared_ptr<const Bytes>;

/// A section of a segment in memory, as the files that it is split into arrive.
class LoadedSection {
public:
  LoadedSection(SectionKind kind, uint32_t dim, const std::vector<FileRef>& files);

  struct Chunk {
    FileRef ref;
    uint32_t first_row;
    SharedBytes bytes;
    SectionView view;
  };

  SectionKind kind() const { return kind_; }
  const std::vector<Chunk>& chunks() const { return chunks_; }
  bool complete() const;
  /// Takes the bytes in wherever the file is named and `check` finds nothing wrong. Errors: version, corrupt.
  using Check = std::function<Expected<void>(const SectionView&)>;
  Expected<void> offer(const std::string& name, const SharedBytes& bytes, const Check& check);

  /// The `width` numbers of part `index` that belong to `row`. The section is complete.
  template <class T> std::span<const T> at(int index, uint32_t row, std::size_t width = 1) const {
    const Chunk& chunk = chunk_of(row);
    return chunk.view.part<T>(index).subspan((row - chunk.first_row) * width, width);
  }

private:
  const Chunk& chunk_of(uint32_t row) const;
  /// The numbers of an owner section do not decrease from one file to the next either.
  bool in_order(std::size_t index, const SectionView& view) const;

  SectionKind kind_;
  uint32_t dim_;
  std::vector<Chunk> chunks_;
};

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

/// A segment in memory: what searching, looking up and merging need; records, thumbnails and float32 vectors stay where
/// they are and are read by place. Immutable once complete.
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
  /// Goes on without a file. True if the segment can do without it: stat, thumbnail index, and signs, for which it then
  /// needs int8.
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

  RecordKeys keys(uint32_t row) const;
  /// Zeros where there is no stat section.
  Stat stat(uint32_t row) const;
  /// Pack number and item; SegmentWriter::none without a thumbnail.
  PackWriter::Position thumbnail(uint32_t row) const;

  /// Rows with that id, with that picture.
  std::vector<uint32_t> rows_of_id(const std::array<uint8_t, 16>& key) const;
  std::vector<uint32_t> rows_of_picture(const Digest& picture) const;

private:
  /// Calls visit(section) for every section of `segment`.
  template <class Self, class Visit> static void each_section(Self& segment, Visit visit);
  /// Numbers that point elsewhere in the segment point at something.
  Expected<void> check_references(SectionKind kind, const SectionView& section) const;
  std::array<uint8_t, 16> id_of(uint32_t row) const;
  Digest picture_of(uint32_t row) const;
  void complete_now();

  Descriptor descriptor_;
  std::map<std::string, Vectors> kinds_;
  LoadedSection keys_;
  LoadedSection stat_;
  LoadedSection thumbs_;
  std::vector<uint32_t> by_id_;
  std::vector<uint32_t> by_picture_;
  bool complete_ = false;
};

}  // namespace picfind
