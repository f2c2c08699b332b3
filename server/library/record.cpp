#include "library/record.h"

#include "library/sha256.h"
#include "vector/kernels.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace picfind::server {
namespace {

/// Fields of a record that have a meaning of their own; what others are called is their owner's business.
constexpr std::array known_fields{"alt", "caption", "title", "description", "taken", "camera", "type"};
/// The same, of those that are whole numbers: bytes of the file, pixels of the picture.
constexpr std::array known_numbers{"size", "width", "height"};

std::optional<uint64_t> whole_number(const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::vector<float> normalised(std::vector<float> vector) {
  // Scaled first: the squares of large numbers would overflow.
  const float largest = std::abs(*std::ranges::max_element(vector, {}, [](float x) { return std::abs(x); }));
  for (float& x : vector)
    x /= largest;
  const float length = std::sqrt(kernels::dot(vector, vector));
  for (float& x : vector)
    x /= length;
  return vector;
}

std::string record_id(const std::string& library, const std::string& path) { return library + "/" + path; }

std::string record_json(const std::string& library, const std::string& path, const RowFields& fields,
                        const PicturePlaces& places) {
  nlohmann::json record{{"id", record_id(library, path)}, {"path", path}, {"source", library}};
  for (const auto& [name, text] : fields) {
    const bool is_number = std::ranges::find(known_numbers, name) != known_numbers.end();
    if (const auto number = is_number ? whole_number(text) : std::nullopt)
      record[name] = *number;
    else if (std::ranges::find(known_fields, name) != known_fields.end())
      record[name] = text;
    else
      record["metadata"][name] = text;
  }
  if (places.original) record["url"] = *places.original;
  if (places.thumbnail) record["thumbnail"] = "thumbnails/" + *places.thumbnail + ".jpg";
  return record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::pair<std::string, std::string>> fields_of_record(std::string_view record) {
  std::vector<std::pair<std::string, std::string>> fields;
  const nlohmann::json said = nlohmann::json::parse(record, nullptr, false);
  const auto add = [&](const std::string& name, const nlohmann::json& value) {
    if (value.is_string()) fields.emplace_back(name, value.get<std::string>());
    if (value.is_number_integer()) fields.emplace_back(name, value.dump());
  };
  for (const char* name : known_fields)
    if (said.contains(name)) add(name, said.at(name));
  for (const char* name : known_numbers)
    if (said.contains(name)) add(name, said.at(name));
  if (said.contains("metadata"))
    for (const auto& [name, value] : said.at("metadata").items())
      add(name, value);
  return fields;
}

std::string path_of_record(std::string_view record) {
  const nlohmann::json said = nlohmann::json::parse(record, nullptr, false);
  return said.contains("path") && said.at("path").is_string() ? said.at("path").get<std::string>() : std::string();
}

Expected<SegmentRow> segment_row(const std::string& library, const Row& row) {
  SegmentRow made;
  made.id = record_id(library, row.path);
  made.vector = normalised(row.vector);
  made.record = record_json(library, row.path, row.fields, row.places);
  if (nlohmann::json::parse(made.record)["path"] != row.path) return fail(ErrorCode::usage, "expected a key in UTF-8");
  Sha256 hash;
  hash.update(as_bytes(row.vector));
  hash.update({reinterpret_cast<const uint8_t*>(made.record.data()), made.record.size()});
  made.sha256 = to_hex(hash.digest());
  return made;
}

}  // namespace picfind::server
