#include "library/json.h"

namespace picfind {

Expected<Json> parse_json(ByteView text, const std::string& what) {
  Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object()) return fail(ErrorCode::corrupt, what + ": expected a JSON object, found something else");
  return json;
}

std::string write_json(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

JsonReader::JsonReader(const Json& object, std::string where, std::optional<Error>& error)
    : object_(&object), where_(std::move(where)), error_(&error) {
  if (!object.is_object() && !error) error = Error{ErrorCode::corrupt, where_ + ": expected an object"};
}

bool JsonReader::has(const char* key) const { return object_->is_object() && object_->contains(key); }

void JsonReader::reject(const char* key, const std::string& expected) {
  if (!*error_) *error_ = Error{ErrorCode::corrupt, inner(key) + ": expected " + expected};
}

const Json* JsonReader::find(const char* key, Json::value_t type, const char* expected) {
  if (*error_) return nullptr;
  const auto found = object_->find(key);
  if (found != object_->end() && found->type() == type) return &*found;
  reject(key, std::string(expected) + (found == object_->end() ? ", found nothing" : ", found something else"));
  return nullptr;
}

uint64_t JsonReader::number(const char* key, uint64_t min, uint64_t max) {
  const std::string expected = "a whole number from " + std::to_string(min) + " to " + std::to_string(max);
  const Json* field = find(key, Json::value_t::number_unsigned, expected.c_str());
  if (field == nullptr) return 0;
  const auto value = field->get<uint64_t>();
  if (value >= min && value <= max) return value;
  reject(key, expected + ", found " + std::to_string(value));
  return 0;
}

std::string JsonReader::text(const char* key) {
  const Json* field = find(key, Json::value_t::string, "a string");
  return field != nullptr ? field->get<std::string>() : std::string();
}

std::string JsonReader::hex(const char* key, std::size_t digits) {
  std::string value = text(key);
  if (!*error_ && !is_hex(value, digits)) reject(key, std::to_string(digits) + " lower-case hex digits");
  return *error_ ? std::string() : value;
}

std::vector<std::string> JsonReader::hexes(const char* key, std::size_t digits) {
  std::vector<std::string> values;
  const Json* array = find(key, Json::value_t::array, "an array");
  if (array == nullptr) return values;
  for (const Json& item : *array) {
    if (item.is_string() && is_hex(item.get<std::string>(), digits))
      values.push_back(item.get<std::string>());
    else
      reject(key, "strings of " + std::to_string(digits) + " lower-case hex digits");
  }
  return values;
}

bool JsonReader::flag(const char* key) {
  const Json* field = find(key, Json::value_t::boolean, "true or false");
  return field != nullptr && field->get<bool>();
}

JsonReader JsonReader::object(const char* key) {
  static const Json empty = Json::object();
  const Json* field = find(key, Json::value_t::object, "an object");
  return {field != nullptr ? *field : empty, inner(key), *error_};
}

}  // namespace picfind
