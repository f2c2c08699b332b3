#include "library/mapped_file.h"

#include <atomic>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace picfind::server {
namespace {

/// A process has 1024 descriptors where nobody says otherwise, and connections need theirs.
constexpr int most_kept = 256;
std::atomic<int> kept = 0;

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  struct stat status{};
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
    const auto size = static_cast<std::size_t>(status.st_size);
    void* start = size == 0 ? nullptr : ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
    if (start != MAP_FAILED)
      return std::shared_ptr<const MappedFile>(new MappedFile({static_cast<const uint8_t*>(start), size}, file));
  }
  ::close(file);
  return nullptr;
}

MappedFile::MappedFile(std::span<const uint8_t> bytes, int descriptor) : bytes_(bytes), descriptor_(descriptor) {
  if (++kept <= most_kept) return;
  --kept;
  ::close(descriptor_);
  descriptor_ = -1;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<uint8_t*>(bytes_.data()), bytes_.size());
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  --kept;
}

}  // namespace picfind::server
