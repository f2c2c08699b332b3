#pragma once
#include "error.h"
#include "library/file.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picfind {

/// Objects keep their keys in alphabetical order, so the same content is always the same text.
using Json = nlohmann::json;

/// `what` names the document in errors. Errors: corrupt.
Expected<Json> parse_json(ByteView text, const std::string& what);

/// Compact, UTF-8; what is not UTF-8 becomes U+FFFD.
std::string write_json(const Json& json);

/// Reads an object field by field. The first thing that is not as expected is kept as `error()`; from then on every
/// getter returns an empty value, so a reader can go on to the end and look once.
class JsonReader {
public:
  /// `where` names the object in errors; `error` is shared with the readers of inner objects and outlives them.
  JsonReader(const Json& object, std::string where, std::optional<Error>& error);

  bool has(const char* key) const;
  uint64_t number(const char* key, uint64_t min, uint64_t max);
  std::string text(const char* key);
  std::string hex(const char* key, std::size_t digits);
  std::vector<std::string> hexes(const char* key, std::size_t digits);
  bool flag(const char* key);
  JsonReader object(const char* key);

  /// Calls visit(JsonReader) for every object of an array.
  template <class Visit> void each(const char* key, Visit visit) {
    const Json* array = find(key, Json::value_t::array, "an array");
    if (array == nullptr) return;
    std::size_t index = 0;
    for (const Json& item : *array)
      visit(JsonReader(item, inner(key) + "[" + std::to_string(index++) + "]", *error_));
  }

  /// Calls visit(name, JsonReader) for every member of an inner object.
  template <class Visit> void each_member(const char* key, Visit visit) {
    const Json* object = find(key, Json::value_t::object, "an object");
    if (object == nullptr) return;
    for (const auto& [name, value] : object->items())
      visit(name, JsonReader(value, inner(key) + "." + name, *error_));
  }

  /// Notes that a field is not as expected.
  void reject(const char* key, const std::string& expected);

private:
  const Json* find(const char* key, Json::value_t type, const char* expected);
  std::string inner(const char* key) const { return where_ + "." + key; }

  const Json* object_;
  std::string where_;
  std::optional<Error>* error_;
};

}  // namespace picfind
