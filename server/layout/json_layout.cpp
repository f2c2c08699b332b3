#include "layout/json_layout.h"

#include "layout/field_text.h"
#include "layout/foreign_vector.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace picfind::server {
namespace {

namespace json = boost::json;

/// What a path found: the first of the matches that RedisJSON lists.
const json::value* first_match(const json::value& matches) {
  const json::array* list = matches.if_array();
  return list == nullptr || list->empty() ? nullptr : &list->front();
}

/// Names of the members that lead to a path like $.a.b; nothing for paths that are more than that.
std::optional<std::vector<std::string>> members_of(const std::string& path) {
  std::vector<std::string> members;
  if (!path.starts_with("$.") || path.find_first_of("[]*?()@'\"") != path.npos) return std::nullopt;
  for (std::size_t at = 2; at <= path.size();) {
    const std::size_t end = std::min(path.find('.', at), path.size());
    if (end == at) return std::nullopt;
    members.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return members;
}

/// Makes the value a member of nested objects.
void put(json::object& document, const std::vector<std::string>& members, json::value value) {
  json::object* at = &document;
  for (const std::string& member : std::span(members).first(members.size() - 1)) {
    json::value& next = (*at)[member];
    at = next.is_object() ? &next.get_object() : &next.emplace_object();
  }
  (*at)[members.back()] = std::move(value);
}

}  // namespace

std::string json_path(const std::string& field) { return field.starts_with('$') ? field : "$." + field; }

JsonLayout::JsonLayout(const LibraryOptions& library, uint32_t dim)
    : KeyedLayout(library.prefix, "ReJSON-RL"), vector_path_(json_path(library.field)), fields_(library.fields),
      dim_(dim) {}

void JsonLayout::ask(boost::redis::request& request, const std::string& path) const {
  std::vector<std::string> paths{vector_path_};
  for (const std::string& field : fields_)
    paths.push_back(json_path(field));
  request.push_range("JSON.GET", key_of(path), paths);
}

RowRead JsonLayout::take(const std::string& path, std::span<const Reply> replies) const {
  const Reply& reply = replies.front();
  const auto skipped = [](std::string reason) { return RowRead{RowRead::State::skipped, {}, std::move(reason)}; };
  if (const auto error = reply.error()) return skipped(*error);
  const std::optional<std::string> text = reply.text();
  if (!text) return {};
  SystemError error;
  const json::value found = json::parse(*text, error);
  if (error) return skipped("expected JSON: " + error.message());
  // Of one path RedisJSON gives its matches, of several an object of those.
  const json::object* by_path = fields_.empty() ? nullptr : found.if_object();
  const auto matches_of = [&](const std::string& place) -> const json::value* {
    if (by_path == nullptr) return &found;
    return by_path->if_contains(place);
  };
  const json::value* matches = matches_of(vector_path_);
  const json::value* value = matches == nullptr ? nullptr : first_match(*matches);
  if (value == nullptr) return skipped("expected a vector at " + vector_path_ + ", found nothing");
  ReadVector vector = vector_of_json(*value, dim_);
  if (!vector) return skipped("at " + vector_path_ + ": " + vector.error());
  RowRead read{RowRead::State::row, {path, std::move(*vector), {}}, {}};
  for (const std::string& field : fields_) {
    const json::value* said = matches_of(json_path(field));
    const json::value* first = said == nullptr ? nullptr : first_match(*said);
    if (first != nullptr && !first->is_null()) read.row.fields.emplace_back(field, text_of(*first));
  }
  return read;
}

Awaitable<Expected<boost::redis::request>> JsonLayout::writing(Redis&, const std::vector<Row>& rows) const {
  boost::redis::request request = new_request();
  const auto members = members_of(vector_path_);
  if (vector_path_ != "$" && !members)
    co_return fail(ErrorCode::usage, "records cannot be written where vectors are at " + vector_path_ +
                                         "; that takes $ or a path of names, $.vector for example");
  for (const Row& row : rows) {
    const json::array vector(row.vector.begin(), row.vector.end());
    if (!members) {
      request.push("JSON.SET", key_of(row.path), "$", json::serialize(vector));
      continue;
    }
    json::object document;
    // Merging takes out what is null.
    for (const std::string& field : fields_)
      if (const auto names = members_of(json_path(field))) put(document, *names, nullptr);
    for (const auto& [name, text] : row.fields)
      if (const auto names = members_of(json_path(name))) put(document, *names, json::string(text));
    put(document, *members, vector);
    request.push("JSON.MERGE", key_of(row.path), "$", json::serialize(document));
  }
  co_return request;
}

}  // namespace picfind::server
