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
  /// Of the open file; -1 where so many are open that connections could lack them.
  int descriptor() const { return descriptor_; }

private:
  MappedFile(std::span<const uint8_t> bytes, int descriptor);
  std::span<const uint8_t> bytes_;
  int descriptor_;
};

}  // namespace picfind::server
