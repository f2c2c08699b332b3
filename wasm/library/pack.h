#pragma once
#include "error.h"
#include "library/file.h"

#include <vector>

namespace picfind {

/// A pack: uint32 count, uint32 offsets[count+1] from the start of the file, then the items one after another.

/// Item `index`, a view into `pack`. Errors: corrupt, not-found.
Expected<ByteView> pack_item(ByteView pack, uint32_t index);

/// Checks every offset of a pack that is to hold `count` items.
Expected<void> check_pack(ByteView pack, uint32_t count);

/// Fills packs of about `target` bytes with items, in order.
class PackWriter {
public:
  explicit PackWriter(std::size_t target) : target_(target) {}

  /// Where the item lies: number of the pack, number in it.
  struct Position {
    uint32_t pack;
    uint32_t item;
  };

  /// For the items to come.
  void set_target(std::size_t target) { target_ = target; }
  Position add(ByteView item);
  /// Takes over a finished pack after what was added so far; returns its number.
  uint32_t carry(const FileRef& pack);
  /// Closes the last pack. The new packs are appended to `files`; returns all of them in order.
  std::vector<FileRef> finish(std::vector<File>& files);

private:
  void close();

  std::size_t target_;
  std::vector<FileRef> refs_;
  std::vector<File> files_;
  std::vector<uint32_t> ends_;
  Bytes items_;
};

}  // namespace picfind
