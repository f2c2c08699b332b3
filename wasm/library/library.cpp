#include "library/library.h"

#include <algorithm>
#include <utility>

namespace picfind {
namespace {

bool names(const std::vector<std::string>& list, const std::string& name) {
  return std::ranges::find(list, name) != list.end();
}

uint64_t int8_bytes(const Manifest& manifest) {
  uint64_t rows = 0;
  for (const SegmentRef& ref : manifest.segments)
    rows += ref.rows;
  return rows * (manifest.dim + sizeof(float));
}

}  // namespace

Expected<void> Library::set_manifest(ByteView text, std::string_view space_sha256) {
  Expected<Manifest> next = read_manifest(text);
  if (!next) return std::unexpected(next.error());
  if (!space_sha256.empty() && next->space.sha256 != space_sha256)
    return fail(ErrorCode::space, "expected a library of the space with sha256 " + std::string(space_sha256) +
                                      ", found one of \"" + next->space.id + "\" with sha256 " + next->space.sha256 +
                                      ".");
  std::map<std::string, Entry> known;
  for (Entry& entry : entries_)
    known.emplace(entry.ref.file, std::move(entry));
  const Resident resident = int8_bytes(*next) > memory_budget_ ? Resident::sign : Resident::int8;
  const bool same_mean = manifest_ && manifest_->mean == next->mean && manifest_->dim == next->dim;
  if (!same_mean) mean_.clear();
  const bool same_form = same_mean && resident == resident_;
  resident_ = resident;
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
      entry.lookups = found->second.lookups;
      if (found->second.ref.deleted == ref.deleted && found->second.ref.live == ref.live)
        entry.deleted = found->second.deleted;
    }
    first_row += ref.rows;
    entries_.push_back(std::move(entry));
  }
  manifest_ = std::move(*next);
  text_.assign(text.begin(), text.end());
  keep_graph();
  // A file found bad here is named by missing() again, and its error comes with the next provide().
  static_cast<void>(settle());
  files_.clear();
  buffers_.clear();
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
    if (entry.lookups != nullptr)
      for (const std::string& name : entry.lookups->missing())
        need(name);
  }
  // Only once its segments are there: what is wrong with a graph is then found with one of its own files.
  if (graph_file_ && covered_by(graph_file_->ref()))
    for (const std::string& name : graph_file_->missing())
      need(name);
  return names;
}

Expected<void> Library::provide(const std::string& name, Bytes bytes) {
  if (Expected<void> verified = verify_name(name, bytes); !verified) return verified;
  return take(name, std::move(bytes));
}

std::span<uint8_t> Library::buffer(const std::string& name, std::size_t bytes) { return buffers_[name] = Bytes(bytes); }

Expected<void> Library::provide_verified(const std::string& name) {
  auto buffer = buffers_.extract(name);
  if (buffer.empty()) return fail(ErrorCode::usage, "file " + name + ": there is no buffer with it");
  return take(name, std::move(buffer.mapped()));
}

Expected<void> Library::take(const std::string& name, Bytes bytes) {
  const bool resident = is_resident_section(bytes) || (!bytes.empty() && bytes.front() == '{');
  const bool missing = is_missing(name);
  if (!resident && !missing) return {};
  if (missing && graph_file_ && names(graph_file_->missing(), name)) {
    Expected<void> offered = graph_file_->offer(name, bytes);
    if (offered && graph_file_->missing().empty()) offered = take_graph();
    if (offered) return {};
    static_cast<void>(give_up(name));
    return in_file(name, offered.error());
  }
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
    entry.segment = std::make_shared<Segment>(std::move(*descriptor), resident_);
  }
  return take_files(*entry.segment);
}

bool Library::keeps_lookups() const {
  return lookups_wanted_ || (resident_ == Resident::int8 && rows() < fewest_rows_without_lookups);
}

void Library::want_lookups(bool wanted) {
  lookups_wanted_ = wanted;
  // What is wrong with a file here is found again when it is provided.
  static_cast<void>(settle());
}

Expected<void> Library::take_lookups(Entry& entry) {
  if (entry.segment == nullptr) return {};
  if (!keeps_lookups()) {
    if (entry.lookups == nullptr) return {};
    entry.lookups.reset();
    const Descriptor& descriptor = entry.segment->descriptor();
    for (const auto* section : {&descriptor.keys, &descriptor.stat, &descriptor.thumb_index})
      for (const FileRef& ref : *section)
        files_.erase(ref.file);
    return {};
  }
  if (entry.lookups == nullptr) entry.lookups = std::make_shared<Lookups>(entry.segment->descriptor());
  return take_files(*entry.lookups);
}

template <class Taker> Expected<void> Library::take_files(Taker& taker) {
  for (const std::string& name : taker.missing()) {
    const auto file = files_.find(name);
    if (file == files_.end()) continue;
    if (const Expected<void> taken = taker.offer(name, file->second); !taken) {
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
    if (Expected<void> taken = take_lookups(entry); !taken && result) result = taken;
  }
  check_graph();
  return result;
}

void Library::refresh() {
  snapshot_.reset();
  newest_.clear();
  count_ = 0;
  if (mean_.empty()) return;
  for (const Entry& entry : entries_)
    if (entry.ready()) count_ += entry.ref.live;
}

bool Library::is_missing(const std::string& name) const { return names(missing(), name); }

uint32_t Library::give_up(const std::string& name) {
  buffers_.erase(name);
  if (!manifest_) return 0;
  const bool mean = name == manifest_->mean && mean_.empty();
  mean_given_up_ = mean_given_up_ || mean;
  if (graph_file_ && names(graph_file_->ref().files, name)) {
    graph_file_.reset();
    graph_given_up_ = true;
  }
  uint32_t rows = 0;
  for (Entry& entry : entries_) {
    if (entry.given_up) continue;
    bool needed =
        mean || (name == entry.ref.deleted && !entry.deleted) || (name == entry.ref.file && entry.segment == nullptr);
    if (entry.segment != nullptr && names(entry.segment->missing(), name))
      needed = needed || !entry.segment->do_without(name);
    if (entry.lookups != nullptr && names(entry.lookups->missing(), name))
      needed = needed || !entry.lookups->do_without(name);
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
  if (manifest_ && manifest_->graph) {
    uint64_t left = manifest_->graph->bytes;
    for (const std::string& name : manifest_->graph->files) {
      add({name, std::min(left, max_file_bytes), 0});
      left -= std::min(left, max_file_bytes);
    }
  }
  std::vector<FileRef> list;
  list.reserve(files.size());
  for (auto& [name, ref] : files)
    list.push_back(std::move(ref));
  return list;
}

}  // namespace picfind
