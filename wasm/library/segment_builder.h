#pragma once
#include "library/segment_writer.h"

#include <unordered_set>

namespace picfind {

/// What all segments of a library share.
struct SegmentForm {
  /// float32[dim]
  std::vector<float> mean;
  /// Name of its file.
  std::string mean_file;
  /// Write `full` sections.
  bool full = false;
};

/// One record and its picture vector.
struct SegmentRow {
  std::string id;
  /// The public record as JSON text with a fixed key order.
  std::string record;
  /// float32[dim], unit length.
  std::vector<float> vector;
  /// JPEG; empty for none.
  Bytes thumbnail;
  /// Of the picture's bytes.
  std::string sha256;
  Stat stat;
};

/// Makes a segment of new records, in the order they are added.
class SegmentBuilder {
public:
  explicit SegmentBuilder(SegmentForm form);

  /// About how large packs of the records to come are: where there are many, small packs would be too many files.
  void set_record_pack(std::size_t bytes) { writer_.records().set_target(bytes); }
  /// Nothing is added on an error. Errors: usage, too-large.
  Expected<void> add(const SegmentRow& row);
  /// The same of a row whose vector is stored already, as values and scale that are relative to the same mean: it
  /// becomes the same bytes. `row.vector` stays empty. Not for segments with `full`. Errors: usage, too-large.
  Expected<void> carry(const SegmentRow& row, std::span<const int8_t> values, float scale);
  /// A vector of a further kind for the record added last; several are allowed.
  Expected<void> add_vector(const std::string& kind, std::span<const float> vector);

  uint32_t rows() const { return writer_.rows(); }
  /// Errors: usage, where nothing was added.
  Expected<BuiltSegment> finish();

private:
  /// What has to be true of a row whatever its vector; the sha256 of its picture. Errors: usage, too-large.
  Expected<Digest> check(const SegmentRow& row) const;
  void put_record(const SegmentRow& row, const Digest& picture);
  /// Quantises into `values_`, returns the scale.
  Expected<float> quantise_unit(std::span<const float> vector);
  void put(const std::string& kind, std::span<const float> vector, float scale);

  SegmentForm form_;
  SegmentWriter writer_;
  std::unordered_set<std::string> ids_;
  std::vector<int8_t> values_;
};

/// First half of the sha256 of an id.
std::array<uint8_t, 16> id_key(std::string_view id);

}  // namespace picfind
