#pragma once
#include "library/lookups.h"
#include "library/segment.h"
#include "vector/row_bitmap.h"

#include <set>

namespace picfind {

/// A segment to be merged and its deleted records.
struct MergePart {
  std::shared_ptr<const Segment> segment;
  std::shared_ptr<const Lookups> lookups;
  RowBitmap deleted;
};

/// Puts segments of one mean together without their deleted rows, in the order given. int8 rows are copied bit for bit.
/// Where
/// a segment keeps only signs in memory, its int8 files are read. Record packs, thumbnail packs and `full` files that
/// are at least half full and hold nothing deleted are carried by name; only the others are read.
class Merger {
public:
  explicit Merger(std::vector<MergePart> parts);

  /// Files to be given before finish().
  std::vector<std::string> missing() const;
  /// Verifies name against bytes. Errors: corrupt.
  Expected<void> provide(const std::string& name, Bytes bytes);
  /// Errors: usage (files are missing, no rows are left), corrupt (naming the file).
  Expected<BuiltSegment> finish();

private:
  /// One file of a part: the rows it holds, for packs of thumbnails none, and what becomes of it.
  struct Piece {
    FileRef ref;
    uint32_t first_row;
    enum class Fate { carried, rewritten, dropped } fate;
  };
  struct Plan {
    std::vector<Piece> records;
    std::vector<Piece> thumbs;
    std::map<std::string, std::vector<Piece>> full;
  };

  bool keeps_full(const std::string& kind) const;
  Plan plan(const MergePart& part) const;
  Expected<void> merge_records(const MergePart& part, const Plan& plan, SegmentWriter& writer) const;
  /// The int8 rows of a part, from the files provided where the segment has them not in memory. Errors: corrupt.
  Expected<LoadedSection> int8_of(const MergePart& part, const std::string& kind) const;
  Expected<void> merge_rows(const MergePart& part, const Plan& plan, SegmentWriter& writer) const;
  Expected<void> merge_full(const MergePart& part, const Plan& plan, SegmentWriter& writer) const;

  std::vector<MergePart> parts_;
  std::vector<Plan> plans_;
  std::set<std::string> needed_;
  std::map<std::string, SharedBytes> provided_;
};

}  // namespace picfind
