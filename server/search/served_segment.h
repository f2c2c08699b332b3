#pragma once
#include "asio.h"
#include "index/row_block.h"
#include "library/descriptor.h"
#include "library/file_cache.h"
#include "library/section.h"
#include "search/field_columns.h"

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace picfind::server {

/// Errors: not-found (the file is not there now), corrupt, usage.
Awaitable<Expected<FileCache::Mapped>> mapped_file(FileCache& cache, std::string name);

/// A segment whose files are mapped. Immutable, for any thread.
class ServedSegment {
public:
  /// Errors: not-found, corrupt, version, usage.
  static Awaitable<Expected<std::shared_ptr<const ServedSegment>>> open(FileCache& cache, std::string name);

  const std::string& name() const { return name_; }
  uint32_t rows() const { return descriptor_.rows; }
  /// With the rows numbered from `first_row` on.
  std::vector<RowBlock> blocks(uint32_t first_row) const;
  /// See id_key(). The last such row first.
  std::vector<uint32_t> rows_of_id(const std::array<uint8_t, 16>& key) const;
  /// int8[dim] and its scale.
  std::pair<std::span<const int8_t>, float> vector(uint32_t row) const;
  /// JSON. Errors: corrupt.
  Expected<std::string_view> record(uint32_t row) const;
  /// What the records say in their fields; read when it is first asked for. Errors: corrupt.
  Expected<const FieldColumns*> columns() const;

private:
  struct Section {
    FileCache::Mapped file;
    SectionView view;
    uint32_t first_row = 0;
  };
  using Sections = std::vector<Section>;

  explicit ServedSegment(std::string name, Descriptor descriptor)
      : name_(std::move(name)), descriptor_(std::move(descriptor)) {}
  static Awaitable<Expected<Sections>> open_sections(FileCache& cache, SectionKind kind, uint32_t dim,
                                                     std::vector<FileRef> files);
  static const Section& section_of(const Sections& sections, uint32_t row);

  std::string name_;
  Descriptor descriptor_;
  Sections int8_;
  Sections keys_;
  std::vector<FileCache::Mapped> packs_;
  /// The first row of each pack.
  std::vector<uint32_t> pack_rows_;
  mutable std::mutex columns_mutex_;
  mutable std::optional<FieldColumns> columns_;
};

}  // namespace picfind::server
