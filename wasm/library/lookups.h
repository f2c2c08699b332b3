#pragma once
#include "library/descriptor.h"
#include "library/loaded_section.h"
#include "library/segment_writer.h"

#include <array>

namespace picfind {

/// What finds records by id and by picture, and says of each when its file was changed and where its thumbnail is. A
/// search needs none of it; 80 bytes a record, it is let go of where records are many. Immutable once complete.
class Lookups {
public:
  explicit Lookups(const Descriptor& descriptor);

  /// Files still needed.
  std::vector<std::string> missing() const;
  bool complete() const { return complete_; }
  /// Takes a file in if it is needed. Errors name the section, the caller adds the file: version, corrupt.
  Expected<void> offer(const std::string& name, const SharedBytes& bytes);
  /// Goes on without a file. True for stat and the thumbnail index, without which there are records nevertheless.
  bool do_without(const std::string& name);

  // The rest once complete.

  RecordKeys keys(uint32_t row) const { return {id_of(row), picture_of(row)}; }
  /// Zeros where there is no stat section.
  Stat stat(uint32_t row) const;
  /// Pack number and item; SegmentWriter::none without a thumbnail.
  PackWriter::Position thumbnail(uint32_t row) const;

  /// Rows with that id, with that picture.
  std::vector<uint32_t> rows_of_id(const std::array<uint8_t, 16>& key) const;
  std::vector<uint32_t> rows_of_picture(const Digest& picture) const;

private:
  /// The packs and items of thumbnails are there.
  Expected<void> check_thumbs(const SectionView& section) const;
  std::array<uint8_t, 16> id_of(uint32_t row) const;
  Digest picture_of(uint32_t row) const;
  void complete_now();

  uint32_t rows_;
  /// Items of each pack of thumbnails.
  std::vector<uint32_t> pack_items_;
  LoadedSection keys_;
  LoadedSection stat_;
  LoadedSection thumbs_;
  std::vector<uint32_t> by_id_;
  std::vector<uint32_t> by_picture_;
  bool complete_ = false;
};

}  // namespace picfind
