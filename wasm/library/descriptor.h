#pragma once
#include "error.h"
#include "library/file.h"

#include <map>
#include <string>
#include <vector>

namespace picfind {

/// The kind every record has exactly one vector of; row = record.
inline const std::string picture_kind = "picture";

/// Vectors of one kind.
struct KindFiles {
  uint32_t rows = 0;
  std::vector<FileRef> int8;
  /// All rows or none: where there are few, and in libraries made before there were any.
  std::vector<FileRef> sign;
  /// All rows or none.
  std::vector<FileRef> full;
  /// None for `picture`.
  std::vector<FileRef> owner;
  bool operator==(const KindFiles&) const = default;
};

/// The files of a segment. Sections of fixed width are split by rows, in order.
struct Descriptor {
  /// Records.
  uint32_t rows = 0;
  uint32_t dim = 0;
  /// Name of the mean that the int8 sections are relative to.
  std::string mean;
  std::map<std::string, KindFiles> kinds;
  std::vector<FileRef> keys;
  /// Empty in libraries that are published.
  std::vector<FileRef> stat;
  /// Packs in record order.
  std::vector<FileRef> records;
  /// Empty where no record has a thumbnail.
  std::vector<FileRef> thumb_index;
  std::vector<FileRef> thumb_packs;
  bool operator==(const Descriptor&) const = default;
};

/// Letters a–z, digits and hyphens, 1 to 32.
bool is_kind_name(const std::string& name);

/// Checks that rows and sizes of all files agree. Errors: version, corrupt.
Expected<Descriptor> read_descriptor(ByteView text);
Bytes write_descriptor(const Descriptor& descriptor);

/// Every file it names, each once per place.
std::vector<FileRef> files_of(const Descriptor& descriptor);

}  // namespace picfind
