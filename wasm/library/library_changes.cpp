#include "library/library.h"

#include "library/merge_plan.h"
#include "vector/check_dim.h"

#include <algorithm>

// How a library becomes the next one.
namespace picfind {

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

Expected<Publication> Library::next_manifest(const ManifestChange& change) {
  if (!manifest_) return fail(ErrorCode::usage, "library: expected a manifest first; call set_manifest");
  Manifest next = *manifest_;
  next.sequence += 1;
  next.parent = sha256_hex({reinterpret_cast<const uint8_t*>(text_.data()), text_.size()});
  next.sources = change.sources;
  next.segments.clear();
  Publication publication;

  std::set<std::string> removed(change.remove.begin(), change.remove.end());
  std::vector<std::array<uint8_t, 16>> deleted_keys = change.delete_keys;
  deleted_keys.reserve(deleted_keys.size() + change.delete_ids.size());
  for (const std::string& id : change.delete_ids)
    deleted_keys.push_back(id_key(id));
  if (!deleted_keys.empty() && !has_lookups())
    return fail(ErrorCode::usage, "library: looks ids to delete up in files that are not here; call want_lookups");
  for (const Entry& entry : entries_) {
    if (removed.erase(entry.ref.file) > 0) continue;
    SegmentRef ref = entry.ref;
    if (entry.segment != nullptr && entry.segment->complete() && entry.deleted) {
      RowBitmap deleted = *entry.deleted;
      if (entry.has_lookups())
        for (const auto& key : deleted_keys)
          for (const uint32_t row : entry.lookups->rows_of_id(key))
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
  if (change.graph && !is_sound(*change.graph, next.segments))
    return fail(ErrorCode::usage, "graph: expected one over segments of the next manifest");
  next.graph = change.graph ? change.graph : carried_graph(change, next.segments, publication.files);
  if (change.bundle) {
    const auto& [file, code] = *change.bundle;
    if (!is_hex(file, 64) || (!code.empty() && !is_hex(code, 64)))
      return fail(ErrorCode::usage, "bundle: expected a sha256 of 64 lower-case hex digits as file and as code");
    next.bundle = change.bundle;
  }
  publication.manifest = write_manifest(next);
  return publication;
}

std::vector<std::string> Library::plan_merge(const std::vector<std::string>& except) const {
  std::vector<SegmentSize> sizes;
  sizes.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    const bool excepted = std::ranges::find(except, entry.ref.file) != except.end();
    sizes.push_back({entry.ref.rows, entry.ref.live, entry.ready() && entry.has_lookups() && !excepted});
  }
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
    if (entry == entries_.end() || !entry->ready() || !entry->has_lookups())
      return fail(ErrorCode::not_found, "merge: segment " + name + " is not loaded; provide the files in missing()");
    if (!seen.insert(name).second) return fail(ErrorCode::usage, "merge: segment " + name + " is named twice");
    parts.push_back({entry->segment, entry->lookups, *entry->deleted});
  }
  return Merger(std::move(parts));
}

SegmentForm Library::segment_form() const {
  if (!manifest_) return {};
  return {mean_, manifest_->mean, manifest_->full};
}

}  // namespace picfind
