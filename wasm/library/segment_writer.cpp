#include "library/segment_writer.h"

#include "vector/sign_code.h"

#include <algorithm>

namespace picfind {
namespace {

/// Splits a section by rows into files. Parts: the bytes of all rows, part by part.
std::vector<FileRef> split(SectionKind kind, uint32_t rows, uint32_t dim, ByteView first, ByteView second,
                           std::vector<File>& files) {
  const std::size_t first_width = first.size() / rows;
  const std::size_t second_width = second.size() / rows;
  const uint32_t most = section_max_rows(kind, dim);
  std::vector<FileRef> refs;
  for (uint32_t begin = 0; begin < rows; begin += most) {
    const uint32_t count = std::min(most, rows - begin);
    files.push_back(make_file(write_section(kind, count, dim,
                                            {first.subspan(begin * first_width, count * first_width),
                                             second.subspan(begin * second_width, count * second_width)})));
    refs.push_back({files.back().name, files.back().bytes.size(), count});
  }
  return refs;
}

}  // namespace

void FullWriter::add(std::span<const float> vector) {
  rows_.insert(rows_.end(), vector.begin(), vector.end());
  if (rows_.size() / dim_ == section_max_rows(SectionKind::full, dim_)) close();
}

void FullWriter::carry(const FileRef& file) {
  close();
  refs_.push_back(file);
}

void FullWriter::close() {
  if (rows_.empty()) return;
  const auto rows = static_cast<uint32_t>(rows_.size() / dim_);
  files_.push_back(make_file(write_section(SectionKind::full, rows, dim_, {as_bytes(rows_)})));
  refs_.push_back({files_.back().name, files_.back().bytes.size(), rows});
  rows_.clear();
}

std::vector<FileRef> FullWriter::finish(std::vector<File>& files) {
  close();
  for (File& file : files_)
    files.push_back(std::move(file));
  files_.clear();
  return std::move(refs_);
}

SegmentWriter::SegmentWriter(uint32_t dim, std::string mean) : dim_(dim), mean_(std::move(mean)) {}

void SegmentWriter::add_record(const RecordKeys& keys, const Stat& stat, PackWriter::Position thumbnail) {
  id_keys_.insert(id_keys_.end(), keys.id.begin(), keys.id.end());
  picture_hashes_.insert(picture_hashes_.end(), keys.picture.begin(), keys.picture.end());
  stats_size_.push_back(stat.size);
  stats_modified_.push_back(stat.modified);
  thumb_pack_.push_back(thumbnail.pack);
  thumb_item_.push_back(thumbnail.item);
}

void SegmentWriter::add_vector(const std::string& kind, uint32_t record, std::span<const int8_t> values, float scale) {
  Vectors& vectors = vectors_of(kind);
  vectors.int8.insert(vectors.int8.end(), values.begin(), values.end());
  vectors.scales.push_back(scale);
  vectors.codes.resize(vectors.codes.size() + sign_code_bytes(dim_));
  vectors.lengths.push_back(sign_code(values, scale, std::span(vectors.codes).last(sign_code_bytes(dim_))));
  vectors.owner.push_back(record);
}

BuiltSegment SegmentWriter::finish() {
  BuiltSegment built;
  built.rows = rows();
  Descriptor descriptor;
  descriptor.rows = rows();
  descriptor.dim = dim_;
  descriptor.mean = mean_;
  for (auto& [name, vectors] : kinds_) {
    KindFiles& kind = descriptor.kinds[name];
    kind.rows = static_cast<uint32_t>(vectors.scales.size());
    kind.int8 =
        split(SectionKind::int8, kind.rows, dim_, as_bytes(vectors.int8), as_bytes(vectors.scales), built.files);
    if (kind.rows >= sign_min_rows)
      kind.sign = split(SectionKind::sign, kind.rows, dim_, vectors.codes, as_bytes(vectors.lengths), built.files);
    kind.full = vectors.full.finish(built.files);
    if (name != picture_kind)
      kind.owner = split(SectionKind::owner, kind.rows, 0, as_bytes(vectors.owner), {}, built.files);
  }
  descriptor.keys = split(SectionKind::keys, rows(), 0, id_keys_, picture_hashes_, built.files);
  // Without times there is nothing private to keep: a library made to be published passes none.
  if (std::ranges::any_of(stats_modified_, [](double modified) { return modified != 0; }))
    descriptor.stat =
        split(SectionKind::stat, rows(), 0, as_bytes(stats_size_), as_bytes(stats_modified_), built.files);
  descriptor.records = records_.finish(built.files);
  descriptor.thumb_packs = thumbs_.finish(built.files);
  if (!descriptor.thumb_packs.empty())
    descriptor.thumb_index =
        split(SectionKind::thumbs, rows(), 0, as_bytes(thumb_pack_), as_bytes(thumb_item_), built.files);
  built.files.push_back(make_file(write_descriptor(descriptor)));
  built.descriptor = built.files.back().name;
  return built;
}

}  // namespace picfind
