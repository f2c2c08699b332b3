#pragma once
#include "library/mapped_file.h"

#include <memory>
#include <string>

namespace picfind::server {

/// The body of an answer: bytes that lie somewhere already, for as long as `owner` keeps them.
struct Body {
  std::shared_ptr<const void> owner;
  std::span<const uint8_t> bytes;
  /// Descriptor of the file that the bytes are all of, where it is kept open; else -1.
  int file = -1;
};

inline Body body_of(std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  const std::span bytes{reinterpret_cast<const uint8_t*>(owner->data()), owner->size()};
  return {std::move(owner), bytes};
}

inline Body body_of(std::shared_ptr<const MappedFile> file) {
  const std::span<const uint8_t> bytes = file->bytes();
  const int descriptor = file->descriptor();
  return {std::move(file), bytes, descriptor};
}

}  // namespace picfind::server
