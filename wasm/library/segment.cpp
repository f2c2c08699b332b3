#include "library/segment.h"

#include "vector/sign_code.h"

#include <algorithm>
#include <utility>

namespace picfind {

LoadedSection::LoadedSection(SectionKind kind, uint32_t dim, const std::vector<FileRef>& files)
    : kind_(kind), dim_(dim) {
  uint32_t first_row = 0;
  for (const FileRef& ref : files) {
    chunks_.push_back({ref, first_row, nullptr, {}});
    first_row += ref.rows;
  }
}

bool LoadedSection::complete() const {
  return std::ranges::all_of(chunks_, [](const Chunk& chunk) { return chunk.bytes != nullptr; });
}

bool LoadedSection::in_order(std::size_t index, const SectionView& view) const {
  if (kind_ != SectionKind::owner) return true;
  const auto records = [](const SectionView& section) { return section.part<uint32_t>(0); };
  const bool after_previous = index == 0 || chunks_[index - 1].bytes == nullptr ||
                              records(chunks_[index - 1].view).back() <= records(view).front();
  const bool before_next = index + 1 == chunks_.size() || chunks_[index + 1].bytes == nullptr ||
                           records(view).back() <= records(chunks_[index + 1].view).front();
  return after_previous && before_next;
}

Expected<void> LoadedSection::offer(const std::string& name, const SharedBytes& bytes, const Check& check) {
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    Chunk& chunk = chunks_[i];
    if (chunk.ref.file != name || chunk.bytes != nullptr) continue;
    const Expected<SectionView> view = read_section(kind_, chunk.ref.rows, dim_, *bytes);
    if (!view) return std::unexpected(view.error());
    if (!in_order(i, *view))
      return fail(ErrorCode::corrupt, "section pf.owner: expected records in order from file to file, found others");
    if (Expected<void> checked = check(*view); !checked) return checked;
    chunk.view = *view;
    chunk.bytes = bytes;
  }
  return {};
}

const LoadedSection::Chunk& LoadedSection::chunk_of(uint32_t row) const {
  if (chunks_.size() == 1) return chunks_.front();
  return *std::prev(std::ranges::upper_bound(chunks_, row, {}, &Chunk::first_row));
}

Segment::Segment(Descriptor descriptor, Resident resident)
    : descriptor_(std::move(descriptor)), keys_(SectionKind::keys, 0, descriptor_.keys),
      stat_(SectionKind::stat, 0, descriptor_.stat), thumbs_(SectionKind::thumbs, 0, descriptor_.thumb_index) {
  for (const auto& [name, files] : descriptor_.kinds) {
    const bool signs = resident == Resident::sign && !files.sign.empty();
    kinds_.emplace(name, Vectors{{SectionKind::int8, descriptor_.dim, signs ? std::vector<FileRef>() : files.int8},
                                 {SectionKind::sign, descriptor_.dim, signs ? files.sign : std::vector<FileRef>()},
                                 {SectionKind::owner, 0, files.owner},
                                 {},
                                 {}});
  }
}

template <class Self, class Visit> void Segment::each_section(Self& segment, Visit visit) {
  for (auto& [name, vectors] : segment.kinds_) {
    visit(vectors.int8);
    visit(vectors.sign);
    visit(vectors.owner);
  }
  visit(segment.keys_);
  visit(segment.stat_);
  visit(segment.thumbs_);
}

std::vector<std::string> Segment::missing() const {
  std::vector<std::string> names;
  each_section(*this, [&](const LoadedSection& section) {
    for (const LoadedSection::Chunk& chunk : section.chunks())
      if (chunk.bytes == nullptr) names.push_back(chunk.ref.file);
  });
  return names;
}

Expected<void> Segment::check_references(SectionKind kind, const SectionView& section) const {
  if (kind == SectionKind::owner) {
    const uint32_t last = section.part<uint32_t>(0).back();
    if (last >= rows())
      return fail(ErrorCode::corrupt, "section pf.owner: expected records below " + std::to_string(rows()) +
                                          ", found " + std::to_string(last));
  }
  if (kind == SectionKind::thumbs) {
    const auto packs = section.part<uint32_t>(0);
    const auto items = section.part<uint32_t>(1);
    for (std::size_t i = 0; i < packs.size(); ++i) {
      if (packs[i] == no_thumbnail && items[i] == no_thumbnail) continue;
      if (packs[i] >= descriptor_.thumb_packs.size() || items[i] >= descriptor_.thumb_packs[packs[i]].rows)
        return fail(ErrorCode::corrupt, "section pf.thumb: expected places in the segment's packs, found pack " +
                                            std::to_string(packs[i]) + " item " + std::to_string(items[i]));
    }
  }
  return {};
}

Expected<void> Segment::offer(const std::string& name, const SharedBytes& bytes) {
  if (complete_) return {};
  Expected<void> result;
  each_section(*this, [&](LoadedSection& section) {
    if (!result) return;
    result =
        section.offer(name, bytes, [&](const SectionView& view) { return check_references(section.kind(), view); });
  });
  if (result && missing().empty()) complete_now();
  return result;
}

bool Segment::do_without(const std::string& name) {
  const auto names = [&](const LoadedSection& section) {
    return std::ranges::any_of(section.chunks(), [&](const auto& chunk) { return chunk.ref.file == name; });
  };
  if (names(stat_)) {
    stat_ = {SectionKind::stat, 0, {}};
  } else if (names(thumbs_)) {
    thumbs_ = {SectionKind::thumbs, 0, {}};
  } else if (const auto signs = std::ranges::find_if(kinds_, [&](const auto& kind) { return names(kind.second.sign); });
             signs != kinds_.end()) {
    signs->second.sign = {SectionKind::sign, descriptor_.dim, {}};
    signs->second.int8 = {SectionKind::int8, descriptor_.dim, descriptor_.kinds.at(signs->first).int8};
  } else {
    return false;
  }
  if (missing().empty() && !complete_) complete_now();
  return true;
}

void Segment::complete_now() {
  complete_ = true;
  for (auto& [name, vectors] : kinds_)
    for (const LoadedSection::Chunk& chunk : vectors.owner.chunks()) {
      const auto records = chunk.view.part<uint32_t>(0);
      vectors.records.insert(vectors.records.end(), records.begin(), records.end());
    }
  by_id_.reserve(rows());
  for (uint32_t row = 0; row < rows(); ++row)
    by_id_.push_back(row);
  by_picture_ = by_id_;
  std::ranges::sort(by_id_, {}, [&](uint32_t row) { return std::pair(id_of(row), row); });
  std::ranges::sort(by_picture_, {}, [&](uint32_t row) { return std::pair(picture_of(row), row); });
}

void Segment::derive_codes() {
  const std::size_t dim = descriptor_.dim;
  const std::size_t width = sign_code_bytes(dim);
  for (auto& [name, vectors] : kinds_) {
    if (!vectors.derived.empty()) continue;
    for (const LoadedSection::Chunk& chunk : vectors.int8.chunks()) {
      const auto values = chunk.view.part<int8_t>(0);
      const auto scales = chunk.view.part<float>(1);
      const std::size_t lines = (chunk.ref.rows * width + sizeof(SignCodes::Line) - 1) / sizeof(SignCodes::Line);
      SignCodes signs{std::vector<SignCodes::Line>(lines), std::vector<float>(chunk.ref.rows)};
      for (std::size_t row = 0; row < chunk.ref.rows; ++row)
        signs.lengths[row] =
            sign_code(values.subspan(row * dim, dim), scales[row], std::span(signs.codes() + row * width, width));
      vectors.derived.push_back(std::move(signs));
    }
  }
}

const Segment::Vectors* Segment::vectors(const std::string& kind) const {
  const auto found = kinds_.find(kind);
  return found != kinds_.end() ? &found->second : nullptr;
}

std::array<uint8_t, 16> Segment::id_of(uint32_t row) const {
  std::array<uint8_t, 16> key;
  std::ranges::copy(keys_.at<uint8_t>(0, row, key.size()), key.begin());
  return key;
}

Digest Segment::picture_of(uint32_t row) const {
  Digest picture;
  std::ranges::copy(keys_.at<uint8_t>(1, row, picture.size()), picture.begin());
  return picture;
}

RecordKeys Segment::keys(uint32_t row) const { return {id_of(row), picture_of(row)}; }

Stat Segment::stat(uint32_t row) const {
  if (stat_.chunks().empty()) return {};
  return {stat_.at<double>(0, row)[0], stat_.at<double>(1, row)[0]};
}

PackWriter::Position Segment::thumbnail(uint32_t row) const {
  if (thumbs_.chunks().empty()) return SegmentWriter::none;
  return {thumbs_.at<uint32_t>(0, row)[0], thumbs_.at<uint32_t>(1, row)[0]};
}

std::vector<uint32_t> Segment::rows_of_id(const std::array<uint8_t, 16>& key) const {
  const auto range = std::ranges::equal_range(by_id_, key, {}, [&](uint32_t row) { return id_of(row); });
  return {range.begin(), range.end()};
}

std::vector<uint32_t> Segment::rows_of_picture(const Digest& picture) const {
  const auto range = std::ranges::equal_range(by_picture_, picture, {}, [&](uint32_t row) { return picture_of(row); });
  return {range.begin(), range.end()};
}

}  // namespace picfind
