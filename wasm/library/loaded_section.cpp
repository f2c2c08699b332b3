#include "library/loaded_section.h"

#include <algorithm>

namespace picfind {

LoadedSection::LoadedSection(SectionKind kind, uint32_t dim, const std::vector<FileRef>& files)
    : kind_(kind), dim_(dim) {
  uint32_t first_row = 0;
  for (const FileRef& ref : files) {
    chunks_.push_back({ref, first_row, nullptr, {}});
    first_row += ref.rows;
  }
}

std::vector<std::string> LoadedSection::missing() const {
  std::vector<std::string> names;
  for (const Chunk& chunk : chunks_)
    if (chunk.bytes == nullptr) names.push_back(chunk.ref.file);
  return names;
}

bool LoadedSection::names(const std::string& name) const {
  return std::ranges::any_of(chunks_, [&](const Chunk& chunk) { return chunk.ref.file == name; });
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

}  // namespace picfind
