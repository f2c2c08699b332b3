#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace picfind::server {

/// A file of the disk as bytes. It stays readable when it is removed.
class MappedFile {
public:
  /// Null where there is none that can be read.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const uint8_t> bytes() const { return bytes_; }

private:
  explicit MappedFile(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  std::span<const uint8_t> bytes_;
};

}  // namespace picfind::server
