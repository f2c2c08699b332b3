#pragma once
#include "error.h"
#include "library/sha256.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace picfind {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;

/// Static hosts have limits: no file of a library is larger.
constexpr uint64_t max_file_bytes = 20U << 20U;

/// An immutable file of a library, named by the sha256 of its bytes in lower-case hex.
struct File {
  std::string name;
  Bytes bytes;
};

inline File make_file(Bytes bytes) {
  std::string name = sha256_hex(bytes);
  return {std::move(name), std::move(bytes)};
}

/// An error in a file, with its name.
inline std::unexpected<Error> in_file(const std::string& name, const Error& error) {
  return fail(error.code, "file " + name + ": " + error.message);
}

/// Errors: corrupt, if `name` is not the sha256 of `bytes`.
inline Expected<void> verify_name(const std::string& name, ByteView bytes) {
  const std::string found = sha256_hex(bytes);
  if (found == name) return {};
  return fail(ErrorCode::corrupt, "file " + name + ": expected bytes of that sha256, found " +
                                      std::to_string(bytes.size()) + " bytes of sha256 " + found +
                                      "; fetch or restore the file");
}

/// A file as others name it. `rows`: rows of a section, items of a pack.
struct FileRef {
  std::string file;
  uint64_t bytes = 0;
  uint32_t rows = 0;
  bool operator==(const FileRef&) const = default;
};

}  // namespace picfind
