#pragma once
#include "error.h"
#include "library/descriptor.h"
#include "library/section.h"

#include <functional>
#include <memory>

namespace picfind {

using SharedBytes = std::shared_ptr<const Bytes>;

/// A section of a segment in memory, as the files that it is split into arrive.
class LoadedSection {
public:
  LoadedSection(SectionKind kind, uint32_t dim, const std::vector<FileRef>& files);

  struct Chunk {
    FileRef ref;
    uint32_t first_row;
    SharedBytes bytes;
    SectionView view;
  };

  SectionKind kind() const { return kind_; }
  const std::vector<Chunk>& chunks() const { return chunks_; }
  bool complete() const { return missing().empty(); }
  /// Files still needed.
  std::vector<std::string> missing() const;
  /// Whether the file is one of the section's.
  bool names(const std::string& name) const;
  /// Takes the bytes in wherever the file is named and `check` finds nothing wrong. Errors: version, corrupt.
  using Check = std::function<Expected<void>(const SectionView&)>;
  Expected<void> offer(const std::string& name, const SharedBytes& bytes, const Check& check);

  /// The `width` numbers of part `index` that belong to `row`. The section is complete.
  template <class T> std::span<const T> at(int index, uint32_t row, std::size_t width = 1) const {
    const Chunk& chunk = chunk_of(row);
    return chunk.view.part<T>(index).subspan((row - chunk.first_row) * width, width);
  }

private:
  const Chunk& chunk_of(uint32_t row) const;
  /// The numbers of an owner section do not decrease from one file to the next either.
  bool in_order(std::size_t index, const SectionView& view) const;

  SectionKind kind_;
  uint32_t dim_;
  std::vector<Chunk> chunks_;
};

}  // namespace picfind
