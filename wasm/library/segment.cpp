#include "library/segment.h"

#include "vector/sign_code.h"

#include <algorithm>
#include <utility>

namespace picfind {

Segment::Segment(Descriptor descriptor, Resident resident) : descriptor_(std::move(descriptor)) {
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
}

std::vector<std::string> Segment::missing() const {
  std::vector<std::string> names;
  each_section(*this,
               [&](const LoadedSection& section) { std::ranges::copy(section.missing(), std::back_inserter(names)); });
  return names;
}

Expected<void> Segment::check_owners(const SectionView& section) const {
  const uint32_t last = section.part<uint32_t>(0).back();
  if (last >= rows())
    return fail(ErrorCode::corrupt, "section pf.owner: expected records below " + std::to_string(rows()) + ", found " +
                                        std::to_string(last));
  return {};
}

Expected<void> Segment::offer(const std::string& name, const SharedBytes& bytes) {
  if (complete_) return {};
  Expected<void> result;
  each_section(*this, [&](LoadedSection& section) {
    if (!result) return;
    result = section.offer(name, bytes, [&](const SectionView& view) {
      return section.kind() == SectionKind::owner ? check_owners(view) : Expected<void>();
    });
  });
  if (result && missing().empty()) complete_now();
  return result;
}

bool Segment::do_without(const std::string& name) {
  const auto signs = std::ranges::find_if(kinds_, [&](const auto& kind) { return kind.second.sign.names(name); });
  if (signs == kinds_.end()) return false;
  signs->second.sign = {SectionKind::sign, descriptor_.dim, {}};
  signs->second.int8 = {SectionKind::int8, descriptor_.dim, descriptor_.kinds.at(signs->first).int8};
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

}  // namespace picfind
