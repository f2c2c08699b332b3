#include "library/library.h"

#include "index/rescore.h"
#include "vector/check_dim.h"
#include "vector/kernels.h"
#include "vector/quantise.h"

#include <algorithm>
#include <cmath>
#include <ranges>

// What a loaded library answers.
namespace picfind {
namespace {

uint32_t float_offset(uint32_t row, uint32_t dim) {
  return static_cast<uint32_t>(section_header_bytes + std::size_t{row} * dim * sizeof(float));
}

/// The file that holds `row` of files with consecutive rows, and the row in it.
std::pair<const FileRef*, uint32_t> find_file(const std::vector<FileRef>& files, uint32_t row) {
  for (const FileRef& file : files) {
    if (row < file.rows) return {&file, row};
    row -= file.rows;
  }
  return {nullptr, 0};
}

/// Numbers files as they first appear, and lists their names.
class FileNumbers {
public:
  explicit FileNumbers(std::vector<std::string>& names) : names_(&names) {}

  uint32_t of(const FileRef* file) {
    const auto [at, is_new] = known_.try_emplace(file, static_cast<uint32_t>(names_->size()));
    if (is_new) names_->push_back(file->file);
    return at->second;
  }

private:
  std::vector<std::string>* names_;
  std::map<const FileRef*, uint32_t> known_;
};

}  // namespace

bool Library::has_full() const {
  return manifest_ && manifest_->full && std::ranges::all_of(entries_, [](const Entry& entry) {
           return !entry.ready() || !entry.segment->descriptor().kinds.at(picture_kind).full.empty();
         });
}

Expected<LibrarySearch> Library::begin_search(const SearchRequest& request) const {
  if (!manifest_) return fail(ErrorCode::usage, "library: expected a manifest first; call set_manifest");
  if (const Expected<void> checked = check_dim(request.query, manifest_->dim, "query"); !checked)
    return std::unexpected(checked.error());
  return LibrarySearch::begin(snapshot(), request);
}

Expected<std::vector<Hit>> Library::candidates(const std::string& kind, std::span<const float> query,
                                               std::size_t k) const {
  constexpr uint32_t slice = 1U << 16U;
  SearchRequest request;
  request.kind = kind;
  request.query.assign(query.begin(), query.end());
  request.count = k;
  Expected<LibrarySearch> search = begin_search(request);
  if (!search) return std::unexpected(search.error());
  while (search->step(slice)) {
  }
  return search->take();
}

const std::shared_ptr<const Snapshot>& Library::snapshot() const {
  if (snapshot_ != nullptr) return snapshot_;
  std::vector<SnapshotPart> parts;
  uint32_t rows = 0;
  for (const Entry& entry : entries_) {
    rows = entry.first_row + entry.ref.rows;
    if (entry.ready() && !mean_.empty())
      parts.push_back({{entry.ref.file, entry.segment}, &*entry.deleted, entry.first_row});
  }
  const auto is_part = [&](const std::string& name) {
    return std::ranges::any_of(parts, [&](const SnapshotPart& part) { return part.segment.name == name; });
  };
  const bool by_signs = resident_ == Resident::sign || rows >= fewest_rows_for_signs;
  const bool graph = graph_checked_ && std::ranges::all_of(graph_->ref.segments, is_part);
  if (by_signs || graph)
    for (const Entry& entry : entries_)
      if (entry.ready()) entry.segment->derive_codes();
  const std::vector<float> mean = mean_.empty() ? std::vector<float>(manifest_->dim) : mean_;
  snapshot_ = make_snapshot(rows, mean, parts, graph ? &*graph_ : nullptr, by_signs);
  return snapshot_;
}

std::optional<Library::Position> Library::locate(uint32_t row) const {
  const auto next = std::ranges::upper_bound(entries_, row, {}, &Entry::first_row);
  if (next == entries_.begin()) return std::nullopt;
  const Entry& entry = *std::prev(next);
  if (row - entry.first_row >= entry.ref.rows) return std::nullopt;
  return Position{&entry, row - entry.first_row};
}

std::optional<Library::Position> Library::locate_ready(uint32_t row) const {
  const std::optional<Position> position = locate(row);
  return position && position->entry->ready() ? position : std::nullopt;
}

std::optional<Library::Position> Library::locate_lookups(uint32_t row) const {
  const std::optional<Position> position = locate_ready(row);
  return position && position->entry->has_lookups() ? position : std::nullopt;
}

std::pair<const FileRef*, uint32_t> Library::place_of(const std::string& kind, uint32_t row,
                                                      std::vector<FileRef> KindFiles::* section) const {
  const std::optional<Position> position = locate_ready(row);
  if (!position) return {nullptr, 0};
  const auto& kinds = position->entry->segment->descriptor().kinds;
  const auto files = kinds.find(kind);
  if (files == kinds.end() || !files->second.owner.empty()) return {nullptr, 0};
  return find_file(files->second.*section, position->row);
}

std::optional<Places> Library::full_places(const std::string& kind, std::span<const uint32_t> rows) const {
  Places places;
  FileNumbers numbers(places.files);
  for (const uint32_t row : rows) {
    const auto [file, row_in_file] = place_of(kind, row, &KindFiles::full);
    if (file == nullptr) return std::nullopt;
    places.file.push_back(numbers.of(file));
    places.offset.push_back(float_offset(row_in_file, manifest_->dim));
  }
  return places;
}

std::optional<Int8Places> Library::int8_places(const std::string& kind, std::span<const uint32_t> rows) const {
  Int8Places places;
  FileNumbers numbers(places.files);
  for (const uint32_t row : rows) {
    const auto [file, row_in_file] = place_of(kind, row, &KindFiles::int8);
    if (file == nullptr) return std::nullopt;
    const auto offset = [&, file = file, row = row_in_file](int part, std::size_t width) {
      return static_cast<uint32_t>(section_part_offset(SectionKind::int8, part, file->rows, manifest_->dim) +
                                   row * width);
    };
    places.file.push_back(numbers.of(file));
    places.values.push_back(offset(0, manifest_->dim));
    places.scale.push_back(offset(1, sizeof(float)));
  }
  return places;
}

Expected<std::vector<Hit>> Library::rescore_int8(Metric metric, std::span<const float> query,
                                                 std::span<const uint32_t> rows, std::span<const int8_t> values,
                                                 std::span<const float> scales, std::size_t k) const {
  return picfind::rescore_int8(metric, query, mean_, rows, values, scales, k);
}

std::vector<float> Library::vector_of_int8(std::span<const int8_t> values, float scale) const {
  const bool in_range = scale >= 0 && scale <= max_magnitude;
  if (values.size() != mean_.size() || !in_range) return {};
  std::vector<float> vector(mean_.size());
  dequantise(values, scale, mean_, vector);
  const float length = std::sqrt(kernels::dot(vector, vector));
  if (length > 0)
    for (float& x : vector)
      x /= length;
  return vector;
}

std::vector<float> Library::vector(const std::string& kind, uint32_t row) const {
  const std::optional<Position> position = locate_ready(row);
  const Segment::Vectors* vectors = position ? position->entry->segment->vectors(kind) : nullptr;
  if (vectors == nullptr || !vectors->has_int8() || mean_.empty()) return {};
  uint32_t vector_row = position->row;
  if (!vectors->records.empty()) {
    const auto found = std::ranges::lower_bound(vectors->records, position->row);
    if (found == vectors->records.end() || *found != position->row) return {};
    vector_row = static_cast<uint32_t>(found - vectors->records.begin());
  }
  return vector_of_int8(vectors->int8.at<int8_t>(0, vector_row, mean_.size()),
                        vectors->int8.at<float>(1, vector_row)[0]);
}

template <class Find> std::optional<uint32_t> Library::find_live(Find find) const {
  for (const Entry& entry : std::views::reverse(entries_)) {
    if (!entry.ready() || !entry.has_lookups()) continue;
    const std::vector<uint32_t> rows = find(*entry.lookups);
    for (const uint32_t row : std::views::reverse(rows))
      if (!entry.deleted->test(row)) return entry.first_row + row;
  }
  return std::nullopt;
}

std::optional<uint32_t> Library::row_of(std::string_view id) const {
  return find_live([key = id_key(id)](const Lookups& lookups) { return lookups.rows_of_id(key); });
}

std::optional<uint32_t> Library::row_of_picture(const Digest& sha256) const {
  return find_live([&](const Lookups& lookups) { return lookups.rows_of_picture(sha256); });
}

std::optional<RecordKeys> Library::keys(uint32_t row) const {
  const std::optional<Position> position = locate_lookups(row);
  if (!position) return std::nullopt;
  return position->entry->lookups->keys(position->row);
}

Stat Library::stat(uint32_t row) const {
  const std::optional<Position> position = locate_lookups(row);
  return position ? position->entry->lookups->stat(position->row) : Stat{};
}

Place Library::record_place(uint32_t row) const {
  const std::optional<Position> position = locate(row);
  if (!position || position->entry->segment == nullptr) return {};
  const auto [pack, item] = find_file(position->entry->segment->descriptor().records, position->row);
  return pack != nullptr ? Place{pack->file, item} : Place{};
}

Place Library::thumbnail_place(uint32_t row) const {
  const std::optional<Position> position = locate_lookups(row);
  return position ? thumbnail_place(row, position->entry->lookups->thumbnail(position->row)) : Place{};
}

Place Library::thumbnail_place(uint32_t row, const PackWriter::Position& place) const {
  const std::optional<Position> position = locate_ready(row);
  if (!position) return {};
  const std::vector<FileRef>& packs = position->entry->segment->descriptor().thumb_packs;
  if (place.pack >= packs.size() || place.item >= packs[place.pack].rows) return {};
  return {packs[place.pack].file, place.item};
}

ThumbnailEntry Library::thumbnail_entry(uint32_t row) const {
  const std::optional<Position> position = locate_ready(row);
  if (!position) return {};
  const auto [file, row_in_file] = find_file(position->entry->segment->descriptor().thumb_index, position->row);
  if (file == nullptr) return {};
  const auto offset = [&, rows = file->rows, row = row_in_file](int part) {
    return static_cast<uint32_t>(section_part_offset(SectionKind::thumbs, part, rows, 0) + row * sizeof(uint32_t));
  };
  return {file->file, offset(0), offset(1)};
}

std::vector<RowBytes> Library::row_bytes(SectionKind kind, int part, std::vector<FileRef> Descriptor::* section) const {
  std::vector<RowBytes> parts;
  for (const Entry& entry : entries_) {
    if (!entry.ready()) continue;
    uint32_t first_row = entry.first_row;
    for (const FileRef& ref : entry.segment->descriptor().*section) {
      const uint64_t offset = section_part_offset(kind, part, ref.rows, 0);
      parts.push_back({ref.file, first_row, ref.rows, static_cast<uint32_t>(offset)});
      first_row += ref.rows;
    }
  }
  return parts;
}

std::vector<RowBytes> Library::id_keys() const { return row_bytes(SectionKind::keys, 0, &Descriptor::keys); }

std::vector<RowBytes> Library::modified_times() const { return row_bytes(SectionKind::stat, 1, &Descriptor::stat); }

bool Library::has_lookups() const {
  return std::ranges::all_of(entries_, [](const Entry& entry) { return !entry.ready() || entry.has_lookups(); });
}

bool Library::is_live(uint32_t row) const {
  const std::optional<Position> position = locate_ready(row);
  return position && !position->entry->deleted->test(position->row);
}

void Library::order_newest(const std::function<double(uint32_t)>& modified) {
  std::vector<std::pair<double, uint32_t>> order;
  order.reserve(count_);
  const RowBitmap& searchable = snapshot()->searchable;
  for (uint32_t row = 0; row < searchable.rows(); ++row)
    if (searchable.test(row)) order.emplace_back(-modified(row), row);
  std::ranges::sort(order);
  newest_.clear();
  newest_.reserve(order.size());
  for (const auto& [age, row] : order)
    newest_.push_back(row);
}

Expected<void> Library::take_times(std::span<const double> modified) {
  const uint32_t rows = snapshot()->searchable.rows();
  if (modified.size() != rows || !std::ranges::all_of(modified, [](double x) { return std::isfinite(x); }))
    return fail(ErrorCode::usage, "times: expected " + std::to_string(rows) + " finite numbers, found others");
  order_newest([&](uint32_t row) { return modified[row]; });
  return {};
}

std::vector<uint32_t> Library::newest(std::size_t offset, std::size_t count) {
  if (newest_.empty() && count_ > 0) order_newest([&](uint32_t row) { return stat(row).modified; });
  const std::size_t begin = std::min(offset, newest_.size());
  const std::size_t end = begin + std::min(count, newest_.size() - begin);
  return {newest_.begin() + static_cast<std::ptrdiff_t>(begin), newest_.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace picfind
