#include "library/library.h"

#include "library/merge_plan.h"
#include "vector/kernels.h"
#include "vector/quantise.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace picfind {
namespace {

std::unexpected<Error> in_file(const std::string& name, const Error& error) {
  return fail(error.code, "file " + name + ": " + error.message);
}

Expected<void> check_dim(std::span<const float> vector, uint32_t dim, const char* what) {
  if (vector.size() == dim) return {};
  return fail(ErrorCode::usage, std::string(what) + ": expected " + std::to_string(dim) + " dimensions, found " +
                                    std::to_string(vector.size()));
}

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

}  // namespace

Expected<Publication> first_manifest(Manifest start, std::span<const float> mean) {
  if (!is_hex(start.epoch, 32)) return fail(ErrorCode::usage, "epoch: expected 32 lower-case hex digits");
  if (start.space.id.empty() || !is_hex(start.space.sha256, 64))
    return fail(ErrorCode::usage, "space: expected an id and a sha256 of 64 lower-case hex digits");
  if (start.dim == 0 || start.dim > max_dim)
    return fail(ErrorCode::usage,
                "dim: expected 1 to " + std::to_string(max_dim) + ", found " + std::to_string(start.dim));
  if (Expected<void> checked = check_dim(mean, start.dim, "mean"); !checked) return std::unexpected(checked.error());
  File file = make_file(write_section(SectionKind::mean, 1, start.dim, {as_bytes(mean)}));
  if (const auto section = read_section(SectionKind::mean, 1, start.dim, file.bytes); !section)
    return fail(ErrorCode::usage, section.error().message);
  start.sequence = 1;
  start.parent.clear();
  start.mean = file.name;
  Publication publication{write_manifest(start), {}};
  publication.files.push_back(std::move(file));
  return publication;
}

std::vector<Hit> rescore(std::span<const float> query, std::span<const uint32_t> rows, std::span<const float> vectors,
                         std::size_t k) {
  TopK best(std::min(k, rows.size()));
  for (std::size_t i = 0; i < rows.size() && (i + 1) * query.size() <= vectors.size(); ++i) {
    const float score = cosine(query, vectors.subspan(i * query.size(), query.size()));
    best.push({rows[i], std::isfinite(score) ? score : -1});  // a damaged vector ranks last
  }
  return best.take();
}

Expected<void> Library::set_manifest(ByteView text, std::string_view space_sha256) {
  Expected<Manifest> next = read_manifest(text);
  if (!next) return std::unexpected(next.error());
  if (!space_sha256.empty() && next->space.sha256 != space_sha256)
    return fail(ErrorCode::space, "library is of space \"" + next->space.id + "\" (sha256 " + next->space.sha256 +
                                      "), the model of the space with sha256 " + std::string(space_sha256) +
                                      "; open the library with its own model, or index the pictures again");
  std::map<std::string, Entry> known;
  for (Entry& entry : entries_)
    known.emplace(entry.ref.file, std::move(entry));
  const bool same_form = manifest_ && manifest_->mean == next->mean && manifest_->dim == next->dim;
  if (!same_form) mean_.clear();
  mean_given_up_ = false;
  entries_.clear();
  uint32_t first_row = 0;
  for (const SegmentRef& ref : next->segments) {
    Entry entry;
    entry.ref = ref;
    entry.first_row = first_row;
    if (ref.deleted.empty()) entry.deleted.emplace(ref.rows);
    if (const auto found = known.find(ref.file);
        same_form && found != known.end() && found->second.ref.rows == ref.rows) {
      entry.segment = found->second.segment;
      if (found->second.ref.deleted == ref.deleted && found->second.ref.live == ref.live)
        entry.deleted = found->second.deleted;
    }
    first_row += ref.rows;
    entries_.push_back(std::move(entry));
  }
  manifest_ = std::move(*next);
  text_.assign(text.begin(), text.end());
  // A file found bad here is named by missing() again, and its error comes with the next provide().
  static_cast<void>(settle());
  files_.clear();
  refresh();
  return {};
}

std::vector<std::string> Library::missing() const {
  std::vector<std::string> names;
  std::set<std::string> seen;
  const auto need = [&](const std::string& name) {
    if (seen.insert(name).second) names.push_back(name);
  };
  if (manifest_ && mean_.empty() && !mean_given_up_) need(manifest_->mean);
  for (const Entry& entry : entries_) {
    if (entry.given_up) continue;
    if (!entry.deleted) need(entry.ref.deleted);
    if (entry.segment == nullptr) {
      need(entry.ref.file);
    } else {
      for (const std::string& name : entry.segment->missing())
        need(name);
    }
  }
  return names;
}

Expected<void> Library::provide(const std::string& name, Bytes bytes) {
  if (Expected<void> verified = verify_name(name, bytes); !verified) return verified;
  const bool resident = is_resident_section(bytes) || (!bytes.empty() && bytes.front() == '{');
  if (!resident && !is_missing(name)) return {};
  files_[name] = std::make_shared<const Bytes>(std::move(bytes));
  Expected<void> settled = settle();
  refresh();
  return settled;
}

Expected<Descriptor> Library::descriptor_of(const std::string& name) const {
  const auto file = files_.find(name);
  if (file == files_.end())
    return fail(ErrorCode::not_found, "segment " + name + " is not here; provide the file first");
  Expected<Descriptor> descriptor = read_descriptor(*file->second);
  if (!descriptor) return in_file(name, descriptor.error());
  if (descriptor->dim != manifest_->dim || descriptor->mean != manifest_->mean)
    return fail(ErrorCode::corrupt, "file " + name + ": expected a segment of dim " + std::to_string(manifest_->dim) +
                                        " and mean " + manifest_->mean + ", found dim " +
                                        std::to_string(descriptor->dim) + " and mean " + descriptor->mean);
  return descriptor;
}

Expected<void> Library::take_mean() {
  const auto file = files_.find(manifest_->mean);
  if (!mean_.empty() || file == files_.end()) return {};
  const Expected<SectionView> section = read_section(SectionKind::mean, 1, manifest_->dim, *file->second);
  if (!section) {
    files_.erase(file);
    return in_file(manifest_->mean, section.error());
  }
  const auto mean = section->part<float>(0);
  mean_.assign(mean.begin(), mean.end());
  return {};
}

Expected<void> Library::take_segment(Entry& entry) {
  if (entry.segment == nullptr) {
    if (!files_.contains(entry.ref.file)) return {};
    Expected<Descriptor> descriptor = descriptor_of(entry.ref.file);
    const uint64_t bytes = files_[entry.ref.file]->size();
    if (descriptor && (descriptor->rows != entry.ref.rows || bytes != entry.ref.bytes))
      descriptor = fail(ErrorCode::corrupt, "file " + entry.ref.file + ": expected " + std::to_string(entry.ref.rows) +
                                                " rows and " + std::to_string(entry.ref.bytes) + " bytes, found " +
                                                std::to_string(descriptor->rows) + " and " + std::to_string(bytes));
    if (!descriptor) {
      files_.erase(entry.ref.file);
      return std::unexpected(descriptor.error());
    }
    entry.segment = std::make_shared<Segment>(std::move(*descriptor));
  }
  for (const std::string& name : entry.segment->missing()) {
    const auto file = files_.find(name);
    if (file == files_.end()) continue;
    if (const Expected<void> taken = entry.segment->offer(name, file->second); !taken) {
      files_.erase(file);
      return in_file(name, taken.error());
    }
  }
  return {};
}

Expected<void> Library::take_deleted(Entry& entry) {
  const auto file = files_.find(entry.ref.deleted);
  if (entry.deleted || file == files_.end()) return {};
  const Expected<SectionView> section = read_section(SectionKind::deleted, entry.ref.rows, 0, *file->second);
  std::optional<Error> error;
  if (!section) {
    error = section.error();
  } else {
    RowBitmap deleted(entry.ref.rows, section->part<uint8_t>(0));
    if (deleted.count() == entry.ref.rows - entry.ref.live) {
      entry.deleted = std::move(deleted);
    } else {
      error = Error{ErrorCode::corrupt, "expected " + std::to_string(entry.ref.rows - entry.ref.live) +
                                            " deleted rows, found " + std::to_string(deleted.count())};
    }
  }
  if (!error) return {};
  files_.erase(file);
  return in_file(entry.ref.deleted, *error);
}

Expected<void> Library::settle() {
  if (!manifest_) return {};
  Expected<void> result = take_mean();
  for (Entry& entry : entries_) {
    if (entry.given_up) continue;
    if (Expected<void> taken = take_deleted(entry); !taken && result) result = taken;
    if (Expected<void> taken = take_segment(entry); !taken && result) result = taken;
  }
  return result;
}

void Library::refresh() {
  const uint32_t rows = entries_.empty() ? 0 : entries_.back().first_row + entries_.back().ref.rows;
  searchable_ = RowBitmap(mean_.empty() ? 0 : rows);
  newest_.clear();
  indexes_.clear();
  if (mean_.empty()) {
    count_ = 0;
    return;
  }
  std::map<std::string, std::vector<Int8Block>> blocks;
  for (const Entry& entry : entries_) {
    if (!entry.ready()) continue;
    for (uint32_t row = 0; row < entry.ref.rows; ++row)
      if (!entry.deleted->test(row)) searchable_.set(entry.first_row + row);
    for (const auto& [kind, vectors] : entry.segment->kinds())
      for (const LoadedSection::Chunk& chunk : vectors.int8.chunks())
        blocks[kind].push_back({chunk.view.part<int8_t>(0).data(), chunk.view.part<float>(1).data(), chunk.ref.rows,
                                entry.first_row + (vectors.records.empty() ? chunk.first_row : 0),
                                vectors.records.empty() ? nullptr : vectors.records.data() + chunk.first_row});
  }
  for (auto& [kind, list] : blocks)
    indexes_.emplace(kind, ExactIndex(mean_, std::move(list)));
  count_ = searchable_.count();
}

bool Library::is_missing(const std::string& name) const {
  const std::vector<std::string> names = missing();
  return std::ranges::find(names, name) != names.end();
}

uint32_t Library::give_up(const std::string& name) {
  if (!manifest_) return 0;
  const bool mean = name == manifest_->mean && mean_.empty();
  mean_given_up_ = mean_given_up_ || mean;
  uint32_t rows = 0;
  for (Entry& entry : entries_) {
    if (entry.given_up) continue;
    bool needed =
        mean || (name == entry.ref.deleted && !entry.deleted) || (name == entry.ref.file && entry.segment == nullptr);
    if (entry.segment != nullptr) {
      const std::vector<std::string> names = entry.segment->missing();
      if (std::ranges::find(names, name) != names.end()) needed = needed || !entry.segment->do_without(name);
    }
    if (!needed) continue;
    entry.given_up = true;
    rows += entry.ref.live;
  }
  refresh();
  return rows;
}

std::vector<FileRef> Library::files() const {
  std::map<std::string, FileRef> files;
  const auto add = [&](const FileRef& ref) { files.emplace(ref.file, ref); };
  if (manifest_) add({manifest_->mean, section_bytes(SectionKind::mean, 1, manifest_->dim), 1});
  for (const Entry& entry : entries_) {
    add({entry.ref.file, entry.ref.bytes, entry.ref.rows});
    if (!entry.ref.deleted.empty())
      add({entry.ref.deleted, section_bytes(SectionKind::deleted, entry.ref.rows, 0), entry.ref.rows});
    if (entry.segment != nullptr)
      for (const FileRef& ref : files_of(entry.segment->descriptor()))
        add(ref);
  }
  std::vector<FileRef> list;
  for (auto& [name, ref] : files)
    list.push_back(std::move(ref));
  return list;
}

bool Library::has_full() const {
  return manifest_ && manifest_->full && std::ranges::all_of(entries_, [](const Entry& entry) {
           return !entry.ready() || !entry.segment->descriptor().kinds.at(picture_kind).full.empty();
         });
}

Expected<std::vector<Hit>> Library::candidates(const std::string& kind, std::span<const float> query,
                                               std::size_t k) const {
  if (!manifest_) return fail(ErrorCode::usage, "library: expected a manifest first; call set_manifest");
  if (const Expected<void> checked = check_dim(query, manifest_->dim, "query"); !checked)
    return std::unexpected(checked.error());
  const auto index = indexes_.find(kind);
  if (index != indexes_.end()) return index->second.search(query, k, searchable_);
  if (kind == picture_kind) return std::vector<Hit>();
  return fail(ErrorCode::not_found, "library: has no vectors of kind \"" + kind + "\"");
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

std::vector<Place> Library::full_places(const std::string& kind, std::span<const uint32_t> rows) const {
  std::vector<Place> places;
  for (const uint32_t row : rows) {
    const std::optional<Position> position = locate_ready(row);
    if (!position) return {};
    const auto& kinds = position->entry->segment->descriptor().kinds;
    const auto files = kinds.find(kind);
    if (files == kinds.end() || !files->second.owner.empty()) return {};
    const auto [file, row_in_file] = find_file(files->second.full, position->row);
    if (file == nullptr) return {};
    places.push_back({file->file, float_offset(row_in_file, manifest_->dim)});
  }
  return places;
}

std::vector<float> Library::vector(const std::string& kind, uint32_t row) const {
  const std::optional<Position> position = locate_ready(row);
  const Segment::Vectors* vectors = position ? position->entry->segment->vectors(kind) : nullptr;
  if (vectors == nullptr || mean_.empty()) return {};
  uint32_t vector_row = position->row;
  if (!vectors->records.empty()) {
    const auto found = std::ranges::lower_bound(vectors->records, position->row);
    if (found == vectors->records.end() || *found != position->row) return {};
    vector_row = static_cast<uint32_t>(found - vectors->records.begin());
  }
  std::vector<float> vector(mean_.size());
  dequantise(vectors->int8.at<int8_t>(0, vector_row, mean_.size()), vectors->int8.at<float>(1, vector_row)[0], mean_,
             vector);
  const float length = std::sqrt(kernels::dot(vector, vector));
  if (length > 0)
    for (float& x : vector)
      x /= length;
  return vector;
}

template <class Find> std::optional<uint32_t> Library::find_live(Find find) const {
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (!entry->ready()) continue;
    const std::vector<uint32_t> rows = find(*entry->segment);
    for (auto row = rows.rbegin(); row != rows.rend(); ++row)
      if (!entry->deleted->test(*row)) return entry->first_row + *row;
  }
  return std::nullopt;
}

std::optional<uint32_t> Library::row_of(std::string_view id) const {
  return find_live([key = id_key(id)](const Segment& segment) { return segment.rows_of_id(key); });
}

std::optional<uint32_t> Library::row_of_picture(const Digest& sha256) const {
  return find_live([&](const Segment& segment) { return segment.rows_of_picture(sha256); });
}

std::optional<RecordKeys> Library::keys(uint32_t row) const {
  const std::optional<Position> position = locate_ready(row);
  if (!position) return std::nullopt;
  return position->entry->segment->keys(position->row);
}

Stat Library::stat(uint32_t row) const {
  const std::optional<Position> position = locate_ready(row);
  return position ? position->entry->segment->stat(position->row) : Stat{};
}

Place Library::record_place(uint32_t row) const {
  const std::optional<Position> position = locate(row);
  if (!position || position->entry->segment == nullptr) return {};
  const auto [pack, item] = find_file(position->entry->segment->descriptor().records, position->row);
  return pack != nullptr ? Place{pack->file, item} : Place{};
}

Place Library::thumbnail_place(uint32_t row) const {
  const std::optional<Position> position = locate_ready(row);
  if (!position) return {};
  const PackWriter::Position place = position->entry->segment->thumbnail(position->row);
  if (place.pack == no_thumbnail) return {};
  return {position->entry->segment->descriptor().thumb_packs[place.pack].file, place.item};
}

std::vector<uint32_t> Library::newest(std::size_t offset, std::size_t count) {
  if (newest_.empty() && count_ > 0) {
    std::vector<std::pair<double, uint32_t>> order;
    order.reserve(count_);
    for (uint32_t row = 0; row < searchable_.rows(); ++row)
      if (searchable_.test(row)) order.emplace_back(-stat(row).modified, row);
    std::ranges::sort(order);
    newest_.reserve(order.size());
    for (const auto& [age, row] : order)
      newest_.push_back(row);
  }
  const std::size_t begin = std::min(offset, newest_.size());
  const std::size_t end = begin + std::min(count, newest_.size() - begin);
  return {newest_.begin() + static_cast<std::ptrdiff_t>(begin), newest_.begin() + static_cast<std::ptrdiff_t>(end)};
}

Expected<Publication> Library::next_manifest(const ManifestChange& change) {
  if (!manifest_) return fail(ErrorCode::usage, "library: expected a manifest first; call set_manifest");
  Manifest next = *manifest_;
  next.sequence += 1;
  next.parent = sha256_hex({reinterpret_cast<const uint8_t*>(text_.data()), text_.size()});
  next.sources = change.sources;
  next.segments.clear();
  Publication publication;

  std::set<std::string> removed(change.remove.begin(), change.remove.end());
  std::vector<std::array<uint8_t, 16>> deleted_keys;
  for (const std::string& id : change.delete_ids)
    deleted_keys.push_back(id_key(id));
  for (const Entry& entry : entries_) {
    if (removed.erase(entry.ref.file) > 0) continue;
    SegmentRef ref = entry.ref;
    if (entry.segment != nullptr && entry.segment->complete() && entry.deleted) {
      RowBitmap deleted = *entry.deleted;
      for (const auto& key : deleted_keys)
        for (const uint32_t row : entry.segment->rows_of_id(key))
          deleted.set(row);
      const uint32_t live = ref.rows - deleted.count();
      if (live == 0) continue;
      if (live != ref.live) {
        File file = make_file(write_section(SectionKind::deleted, ref.rows, 0, {deleted.bytes()}));
        ref.live = live;
        ref.deleted = file.name;
        files_[file.name] = std::make_shared<const Bytes>(file.bytes);
        publication.files.push_back(std::move(file));
      }
    }
    next.segments.push_back(std::move(ref));
  }
  if (!removed.empty())
    return fail(ErrorCode::not_found, "manifest: has no segment " + *removed.begin() + " to remove");
  for (const std::string& name : change.add) {
    if (std::ranges::any_of(next.segments, [&](const SegmentRef& ref) { return ref.file == name; }))
      return fail(ErrorCode::usage, "manifest: has segment " + name + " already");
    const Expected<Descriptor> descriptor = descriptor_of(name);
    if (!descriptor) return std::unexpected(descriptor.error());
    next.segments.push_back({name, files_.at(name)->size(), descriptor->rows, descriptor->rows, {}});
  }
  uint64_t rows = 0;
  for (const SegmentRef& ref : next.segments)
    rows += ref.rows;
  if (rows > max_library_rows)
    return fail(ErrorCode::too_large, "library: expected at most " + std::to_string(max_library_rows) +
                                          " rows, found " + std::to_string(rows));
  publication.manifest = write_manifest(next);
  return publication;
}

std::vector<std::string> Library::plan_merge() const {
  std::vector<SegmentSize> sizes;
  for (const Entry& entry : entries_)
    sizes.push_back({entry.ref.rows, entry.ref.live, entry.ready()});
  std::vector<std::string> names;
  for (const std::size_t i : picfind::plan_merge(sizes))
    names.push_back(entries_[i].ref.file);
  return names;
}

Expected<Merger> Library::merger(const std::vector<std::string>& descriptors) const {
  if (descriptors.empty()) return fail(ErrorCode::usage, "merge: expected segments, found none");
  std::vector<MergePart> parts;
  std::set<std::string> seen;
  for (const std::string& name : descriptors) {
    const auto entry = std::ranges::find(entries_, name, [](const Entry& e) { return e.ref.file; });
    if (entry == entries_.end() || !entry->ready())
      return fail(ErrorCode::not_found, "merge: segment " + name + " is not loaded; provide the files in missing()");
    if (!seen.insert(name).second) return fail(ErrorCode::usage, "merge: segment " + name + " is named twice");
    parts.push_back({entry->segment, *entry->deleted});
  }
  return Merger(std::move(parts));
}

SegmentForm Library::segment_form() const {
  if (!manifest_) return {};
  return {mean_, manifest_->mean, manifest_->full};
}

}  // namespace picfind
