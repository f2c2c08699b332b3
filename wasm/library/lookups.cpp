#include "library/lookups.h"

#include <algorithm>
#include <utility>

namespace picfind {

Lookups::Lookups(const Descriptor& descriptor)
    : rows_(descriptor.rows), keys_(SectionKind::keys, 0, descriptor.keys),
      stat_(SectionKind::stat, 0, descriptor.stat), thumbs_(SectionKind::thumbs, 0, descriptor.thumb_index) {
  for (const FileRef& pack : descriptor.thumb_packs)
    pack_items_.push_back(pack.rows);
}

std::vector<std::string> Lookups::missing() const {
  std::vector<std::string> names;
  for (const LoadedSection* section : {&keys_, &stat_, &thumbs_})
    std::ranges::copy(section->missing(), std::back_inserter(names));
  return names;
}

Expected<void> Lookups::check_thumbs(const SectionView& section) const {
  const auto packs = section.part<uint32_t>(0);
  const auto items = section.part<uint32_t>(1);
  for (std::size_t i = 0; i < packs.size(); ++i) {
    if (packs[i] == no_thumbnail && items[i] == no_thumbnail) continue;
    if (packs[i] >= pack_items_.size() || items[i] >= pack_items_[packs[i]])
      return fail(ErrorCode::corrupt, "section pf.thumb: expected places in the segment's packs, found pack " +
                                          std::to_string(packs[i]) + " item " + std::to_string(items[i]));
  }
  return {};
}

Expected<void> Lookups::offer(const std::string& name, const SharedBytes& bytes) {
  if (complete_) return {};
  for (LoadedSection* section : {&keys_, &stat_, &thumbs_}) {
    const auto check = [&](const SectionView& view) {
      return section == &thumbs_ ? check_thumbs(view) : Expected<void>();
    };
    if (Expected<void> offered = section->offer(name, bytes, check); !offered) return offered;
  }
  if (missing().empty()) complete_now();
  return {};
}

bool Lookups::do_without(const std::string& name) {
  if (stat_.names(name)) {
    stat_ = {SectionKind::stat, 0, {}};
  } else if (thumbs_.names(name)) {
    thumbs_ = {SectionKind::thumbs, 0, {}};
  } else {
    return false;
  }
  if (missing().empty() && !complete_) complete_now();
  return true;
}

void Lookups::complete_now() {
  complete_ = true;
  by_id_.reserve(rows_);
  for (uint32_t row = 0; row < rows_; ++row)
    by_id_.push_back(row);
  by_picture_ = by_id_;
  std::ranges::sort(by_id_, {}, [&](uint32_t row) { return std::pair(id_of(row), row); });
  std::ranges::sort(by_picture_, {}, [&](uint32_t row) { return std::pair(picture_of(row), row); });
}

std::array<uint8_t, 16> Lookups::id_of(uint32_t row) const {
  std::array<uint8_t, 16> key;
  std::ranges::copy(keys_.at<uint8_t>(0, row, key.size()), key.begin());
  return key;
}

Digest Lookups::picture_of(uint32_t row) const {
  Digest picture;
  std::ranges::copy(keys_.at<uint8_t>(1, row, picture.size()), picture.begin());
  return picture;
}

Stat Lookups::stat(uint32_t row) const {
  if (stat_.chunks().empty()) return {};
  return {stat_.at<double>(0, row)[0], stat_.at<double>(1, row)[0]};
}

PackWriter::Position Lookups::thumbnail(uint32_t row) const {
  if (thumbs_.chunks().empty()) return SegmentWriter::none;
  return {thumbs_.at<uint32_t>(0, row)[0], thumbs_.at<uint32_t>(1, row)[0]};
}

std::vector<uint32_t> Lookups::rows_of_id(const std::array<uint8_t, 16>& key) const {
  const auto range = std::ranges::equal_range(by_id_, key, {}, [&](uint32_t row) { return id_of(row); });
  return {range.begin(), range.end()};
}

std::vector<uint32_t> Lookups::rows_of_picture(const Digest& picture) const {
  const auto range = std::ranges::equal_range(by_picture_, picture, {}, [&](uint32_t row) { return picture_of(row); });
  return {range.begin(), range.end()};
}

}  // namespace picfind
