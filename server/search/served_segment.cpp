#include "search/served_segment.h"

#include "library/pack.h"
#include "library/record.h"

#include <algorithm>

namespace picfind::server {

Awaitable<Expected<FileCache::Mapped>> mapped_file(FileCache& cache, std::string name) {
  Expected<FileCache::Mapped> file = co_await cache.find(name, FileCache::Form::plain);
  if (file && *file == nullptr) co_return fail(ErrorCode::not_found, "file " + name + " is not in Redis");
  co_return file;
}

Awaitable<Expected<ServedSegment::Sections>> ServedSegment::open_sections(FileCache& cache, SectionKind kind,
                                                                          uint32_t dim, std::vector<FileRef> files) {
  Sections sections;
  uint32_t first_row = 0;
  for (const FileRef& ref : files) {
    const Expected<FileCache::Mapped> file = co_await mapped_file(cache, ref.file);
    if (!file) co_return std::unexpected(file.error());
    const Expected<SectionView> view = read_section(kind, ref.rows, dim, (*file)->bytes());
    if (!view) co_return in_file(ref.file, view.error());
    sections.push_back({*file, *view, first_row});
    first_row += ref.rows;
  }
  co_return sections;
}

Awaitable<Expected<std::shared_ptr<const ServedSegment>>> ServedSegment::open(FileCache& cache, std::string name) {
  const Expected<FileCache::Mapped> file = co_await mapped_file(cache, name);
  if (!file) co_return std::unexpected(file.error());
  Expected<Descriptor> descriptor = read_descriptor((*file)->bytes());
  if (!descriptor) co_return in_file(name, descriptor.error());
  const std::shared_ptr<ServedSegment> segment(new ServedSegment(name, std::move(*descriptor)));
  const Descriptor& files = segment->descriptor_;
  Expected<Sections> int8 =
      co_await open_sections(cache, SectionKind::int8, files.dim, files.kinds.at(picture_kind).int8);
  if (!int8) co_return std::unexpected(int8.error());
  segment->int8_ = std::move(*int8);
  Expected<Sections> keys = co_await open_sections(cache, SectionKind::keys, 0, files.keys);
  if (!keys) co_return std::unexpected(keys.error());
  segment->keys_ = std::move(*keys);
  uint32_t first_row = 0;
  for (const FileRef& ref : files.records) {
    const Expected<FileCache::Mapped> pack = co_await mapped_file(cache, ref.file);
    if (!pack) co_return std::unexpected(pack.error());
    if (const auto checked = check_pack((*pack)->bytes(), ref.rows); !checked)
      co_return in_file(ref.file, checked.error());
    segment->packs_.push_back(*pack);
    segment->pack_rows_.push_back(first_row);
    first_row += ref.rows;
  }
  co_return segment;
}

std::vector<RowBlock> ServedSegment::blocks(uint32_t first_row) const {
  std::vector<RowBlock> blocks;
  for (const Section& section : int8_)
    blocks.push_back({section.view.part<int8_t>(0).data(), section.view.part<float>(1).data(), section.view.rows(),
                      first_row + section.first_row, nullptr});
  return blocks;
}

const ServedSegment::Section& ServedSegment::section_of(const Sections& sections, uint32_t row) {
  return *std::prev(std::ranges::upper_bound(sections, row, {}, &Section::first_row));
}

std::vector<uint32_t> ServedSegment::rows_of_id(const std::array<uint8_t, 16>& key) const {
  std::vector<uint32_t> rows;
  for (const Section& section : keys_) {
    const std::span<const uint8_t> keys = section.view.part<uint8_t>(0);
    for (uint32_t row = 0; row < section.view.rows(); ++row)
      if (std::ranges::equal(keys.subspan(row * key.size(), key.size()), key)) rows.push_back(section.first_row + row);
  }
  std::ranges::reverse(rows);
  return rows;
}

std::pair<std::span<const int8_t>, float> ServedSegment::vector(uint32_t row) const {
  const Section& section = section_of(int8_, row);
  const std::size_t dim = descriptor_.dim;
  const uint32_t at = row - section.first_row;
  return {section.view.part<int8_t>(0).subspan(at * dim, dim), section.view.part<float>(1)[at]};
}

Expected<std::string_view> ServedSegment::record(uint32_t row) const {
  const auto next = std::ranges::upper_bound(pack_rows_, row);
  const auto pack = static_cast<std::size_t>(std::distance(pack_rows_.begin(), next)) - 1;
  const Expected<ByteView> item = pack_item(packs_[pack]->bytes(), row - pack_rows_[pack]);
  if (!item) return in_file(descriptor_.records[pack].file, item.error());
  return std::string_view(reinterpret_cast<const char*>(item->data()), item->size());
}

Expected<const FieldColumns*> ServedSegment::columns() const {
  const std::scoped_lock lock(columns_mutex_);
  if (columns_) return &*columns_;
  FieldColumns columns(rows());
  for (uint32_t row = 0; row < rows(); ++row) {
    const Expected<std::string_view> text = record(row);
    if (!text) return std::unexpected(text.error());
    columns.add(row, fields_of_record(*text));
  }
  columns_ = std::move(columns);
  return &*columns_;
}

}  // namespace picfind::server
