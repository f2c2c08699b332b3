#pragma once
#include "options.h"
#include "redis/replies.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picfind::server {

/// Where a vector lies in a key, and what else is there.
struct Sample {
  /// Field of a hash or path in a document.
  std::string field;
  uint32_t dim = 0;
  /// That may be served.
  std::vector<std::string> others;
};

/// What a key begins with that it has in common with others of its kind: up to its last colon, else its last hyphen,
/// underscore or slash.
std::string prefix_of(std::string_view key);

/// Nothing where no field holds a vector. values: fields and values in turns, as HGETALL answers.
std::optional<Sample> sample_of_hash(const std::vector<std::optional<std::string>>& values);
/// text: as JSON.GET answers without a path.
std::optional<Sample> sample_of_json(const std::string& text);

/// The names in a JSON object, as attributes of an element are.
std::vector<std::string> names_of_attributes(const std::string& text);

}  // namespace picfind::server
