#pragma once
#include "library/descriptor.h"
#include "library/pack.h"
#include "library/section.h"

#include <array>

namespace picfind {

/// What identifies a record without its text.
struct RecordKeys {
  /// First half of the sha256 of its id.
  std::array<uint8_t, 16> id;
  /// sha256 of the picture's bytes.
  Digest picture;
};

/// The private facts by which an unchanged picture is recognised.
struct Stat {
  double size = 0;
  /// Milliseconds since 1970.
  double modified = 0;
};

struct BuiltSegment {
  /// Name of the descriptor, the last of `files`.
  std::string descriptor;
  uint32_t rows = 0;
  std::vector<File> files;
};

/// Fills `full` files with rows, in order.
class FullWriter {
public:
  explicit FullWriter(uint32_t dim) : dim_(dim) {}

  void add(std::span<const float> vector);
  /// Takes over a finished file after what was added so far.
  void carry(const FileRef& file);
  /// Closes the last file. The new ones are appended to `files`; returns all of them in order.
  std::vector<FileRef> finish(std::vector<File>& files);

private:
  void close();

  uint32_t dim_;
  std::vector<float> rows_;
  std::vector<FileRef> refs_;
  std::vector<File> files_;
};

/// Puts sections together from quantised rows; SegmentBuilder and Merger decide what goes in. The same calls give the
/// same bytes.
class SegmentWriter {
public:
  SegmentWriter(uint32_t dim, std::string mean);

  PackWriter& records() { return records_; }
  PackWriter& thumbs() { return thumbs_; }
  FullWriter& full(const std::string& kind) { return vectors_of(kind).full; }

  /// Its text goes to records(), its thumbnail, if any, to thumbs().
  void add_record(const RecordKeys& keys, const Stat& stat, PackWriter::Position thumbnail);
  /// values: int8[dim]; `record` is the row of a record that was added, no smaller than of the kind's vector before.
  void add_vector(const std::string& kind, uint32_t record, std::span<const int8_t> values, float scale);

  uint32_t rows() const { return static_cast<uint32_t>(stats_size_.size()); }
  /// Nothing may be added afterwards.
  BuiltSegment finish();

  static constexpr std::size_t record_pack_bytes = 64U << 10U;
  static constexpr std::size_t thumb_pack_bytes = 1U << 20U;
  static constexpr PackWriter::Position none{no_thumbnail, no_thumbnail};

private:
  struct Vectors {
    explicit Vectors(uint32_t dim) : full(dim) {}
    std::vector<int8_t> int8;
    std::vector<float> scales;
    std::vector<uint8_t> codes;
    std::vector<float> lengths;
    std::vector<uint32_t> owner;
    FullWriter full;
  };

  Vectors& vectors_of(const std::string& kind) { return kinds_.try_emplace(kind, dim_).first->second; }

  uint32_t dim_;
  std::string mean_;
  std::map<std::string, Vectors> kinds_;
  std::vector<uint8_t> id_keys_;
  std::vector<uint8_t> picture_hashes_;
  std::vector<double> stats_size_;
  std::vector<double> stats_modified_;
  std::vector<uint32_t> thumb_pack_;
  std::vector<uint32_t> thumb_item_;
  PackWriter records_{record_pack_bytes};
  PackWriter thumbs_{thumb_pack_bytes};
};

}  // namespace picfind
