#include "library/pack.h"

#include <cstring>

namespace picfind {
namespace {

uint32_t word(ByteView bytes, uint64_t index) {
  uint32_t value = 0;
  std::memcpy(&value, bytes.data() + 4 * index, sizeof value);
  return value;
}

std::unexpected<Error> corrupt(const char* problem) {
  return fail(ErrorCode::corrupt, std::string("pack: ") + problem + "; restore the file or index again");
}

uint64_t header_bytes(uint64_t count) { return 4 * (count + 2); }

}  // namespace

Expected<ByteView> pack_item(ByteView pack, uint32_t index) {
  if (pack.size() < header_bytes(0)) return corrupt("expected at least 8 bytes, found fewer");
  const uint32_t count = word(pack, 0);
  if (pack.size() < header_bytes(count)) return corrupt("expected as many offsets as it counts, found fewer");
  if (index >= count)
    return fail(ErrorCode::not_found, "pack: no item " + std::to_string(index) + ", it has " + std::to_string(count));
  const uint32_t begin = word(pack, 1 + uint64_t{index});
  const uint32_t end = word(pack, 2 + uint64_t{index});
  if (begin < header_bytes(count) || end < begin || end > pack.size())
    return corrupt("expected offsets in order inside the file, found others");
  return pack.subspan(begin, end - begin);
}

Expected<void> check_pack(ByteView pack, uint32_t count) {
  if (pack.size() < header_bytes(0) || word(pack, 0) != count)
    return fail(ErrorCode::corrupt, "pack: expected " + std::to_string(count) + " items, found another number");
  for (uint32_t i = 0; i < count; ++i)
    if (const Expected<ByteView> item = pack_item(pack, i); !item) return std::unexpected(item.error());
  return {};
}

PackWriter::Position PackWriter::add(ByteView item) {
  if (!ends_.empty() && items_.size() + item.size() > target_) close();
  items_.insert(items_.end(), item.begin(), item.end());
  ends_.push_back(static_cast<uint32_t>(items_.size()));
  return {static_cast<uint32_t>(refs_.size()), static_cast<uint32_t>(ends_.size() - 1)};
}

uint32_t PackWriter::carry(const FileRef& pack) {
  close();
  refs_.push_back(pack);
  return static_cast<uint32_t>(refs_.size() - 1);
}

void PackWriter::close() {
  if (ends_.empty()) return;
  const auto count = static_cast<uint32_t>(ends_.size());
  const auto start = static_cast<uint32_t>(header_bytes(count));
  std::vector<uint32_t> header{count, start};
  for (const uint32_t end : ends_)
    header.push_back(start + end);
  Bytes bytes(header.size() * sizeof(uint32_t));
  std::memcpy(bytes.data(), header.data(), bytes.size());
  bytes.insert(bytes.end(), items_.begin(), items_.end());
  files_.push_back(make_file(std::move(bytes)));
  refs_.push_back({files_.back().name, files_.back().bytes.size(), count});
  ends_.clear();
  items_.clear();
}

std::vector<FileRef> PackWriter::finish(std::vector<File>& files) {
  close();
  for (File& file : files_)
    files.push_back(std::move(file));
  files_.clear();
  return std::move(refs_);
}

}  // namespace picfind
