#pragma once
#include "error.h"
#include "layout/layout.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace picfind::server {

/// Where the originals of a library's pictures are: in a folder under their paths, or at addresses made of a template
/// such as https://cdn.example/{key} or https://cdn.example/{file}.jpg.
class PicturesPlace {
public:
  /// `fields`: those that are served. Errors: usage (a template names another field, or none).
  static Expected<PicturesPlace> read(const std::string& text, const std::vector<std::string>& fields);

  /// Nothing where they are not in a folder.
  const std::optional<std::filesystem::path>& folder() const { return folder_; }
  /// Nothing where there is no template, or a picture lacks a field that it names.
  std::optional<std::string> address_of(const std::string& path, const RowFields& fields) const;

private:
  /// Of a template, in order: text as it is, or the name of a field; `key` is the path.
  struct Part {
    bool is_field = false;
    std::string text;
  };
  std::optional<std::filesystem::path> folder_;
  std::vector<Part> parts_;
};

}  // namespace picfind::server
