#include "search/query_engine.h"

#include "layout/half.h"
#include "layout/json_layout.h"

#include <algorithm>

namespace picfind::server {
namespace {

/// What the distance is called in answers. Fields of its own begin otherwise.
constexpr std::string_view distance_name = "__picfind_distance";
/// Rows that a graph's search keeps (EF_RUNTIME): its own default of 10 finds too few.
constexpr std::size_t fewest_candidates = 512;

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

/// How an index calls the place of a field in the records.
std::string identifier_of(const LibraryOptions& library, const std::string& field) {
  return library.layout == LayoutKind::json ? json_path(field) : field;
}

bool covers(const ReplyTree& info, const LibraryOptions& library) {
  const ReplyTree* definition = info.at("index_definition");
  if (definition == nullptr) return false;
  const std::string type = library.layout == LayoutKind::json ? "JSON" : "HASH";
  const ReplyTree* prefixes = definition->at("prefixes");
  const bool has_prefix = prefixes != nullptr && prefixes->items.size() == 1 &&
                          library.prefix.starts_with(prefixes->items.front().text.value_or(""));
  const std::string filter = definition->text_at("filter");
  return upper(definition->text_at("key_type")) == type && has_prefix && filter.empty();
}

/// While an index is being filled it finds less than there is.
bool is_complete(const ReplyTree& info) {
  const auto indexing = info.text_at("indexing");
  return indexing.empty() || indexing == "0";
}

/// Characters that mean something in queries are taken as they are.
std::string escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
                          static_cast<unsigned char>(c) >= 0x80;
    if (!is_plain) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

std::string text_of(const VectorIndex::FieldIndex& field, const Condition& condition) {
  const std::string name = "@" + escaped(field.attribute) + ":";
  if (const NumberRange* range = std::get_if<NumberRange>(&condition.wanted))
    return name + "[" + (range->min ? text_of_number(*range->min) : "-inf") + " " +
           (range->max ? text_of_number(*range->max) : "+inf") + "]";
  std::string any;
  for (const auto& value : std::get<AnyOf>(condition.wanted).values) {
    if (!any.empty()) any += "|";
    if (field.kind == VectorIndex::FieldIndex::Kind::tag) {
      any += escaped(std::get<std::string>(value));
    } else {
      const std::string number = text_of_number(std::get<double>(value));
      any.append(name).append("[").append(number).append(" ").append(number).append("]");
    }
  }
  return field.kind == VectorIndex::FieldIndex::Kind::tag ? name + "{" + any + "}" : "(" + any + ")";
}

/// Whether a tag finds all records that say this text; what it finds beyond them is seen in their fields.
bool finds_all(const VectorIndex::FieldIndex& field, std::string_view text) {
  constexpr std::string_view space = " \t\n\r\v\f";
  return !text.empty() && !space.contains(text.front()) && !space.contains(text.back()) &&
         (field.separator.empty() || !text.contains(field.separator));
}

bool can_say(const VectorIndex::FieldIndex& field, const Condition& condition) {
  const bool is_tag = field.kind == VectorIndex::FieldIndex::Kind::tag;
  const AnyOf* any = std::get_if<AnyOf>(&condition.wanted);
  if (any == nullptr) return !is_tag;
  return std::ranges::all_of(any->values, [&](const auto& value) {
    const std::string* text = std::get_if<std::string>(&value);
    return is_tag == (text != nullptr) && (text == nullptr || finds_all(field, *text));
  });
}

std::string blob_of(std::span<const float> vector, VectorIndex::Number number) {
  std::string blob;
  if (number == VectorIndex::Number::float32) {
    blob.assign(reinterpret_cast<const char*>(vector.data()), vector.size_bytes());
  } else {
    for (const float x : vector) {
      const uint16_t half = half_of(x);
      blob.append(reinterpret_cast<const char*>(&half), sizeof half);
    }
  }
  return blob;
}

}  // namespace

std::optional<VectorIndex> read_vector_index(const ReplyTree& info, const LibraryOptions& library, uint32_t dim) {
  const ReplyTree* attributes = info.at("attributes");
  if (attributes == nullptr || !covers(info, library) || !is_complete(info)) return std::nullopt;
  VectorIndex index;
  index.name = info.text_at("index_name");
  for (const ReplyTree& attribute : attributes->items) {
    const std::string type = upper(attribute.text_at("type"));
    const std::string identifier = attribute.text_at("identifier");
    const std::string name = attribute.text_at("attribute");
    if (type == "VECTOR" && identifier == identifier_of(library, library.field)) {
      const std::string algorithm = upper(attribute.text_at("algorithm"));
      const std::string number = upper(attribute.text_at("data_type"));
      const bool is_known =
          (algorithm == "FLAT" || algorithm == "HNSW") && (number == "FLOAT32" || number == "FLOAT16");
      const bool is_same =
          upper(attribute.text_at("distance_metric")) == "COSINE" && attribute.text_at("dim") == std::to_string(dim);
      if (!is_known || !is_same) continue;
      index.attribute = name;
      index.algorithm = algorithm == "FLAT" ? VectorIndex::Algorithm::flat : VectorIndex::Algorithm::hnsw;
      index.number = number == "FLOAT32" ? VectorIndex::Number::float32 : VectorIndex::Number::float16;
    }
    if (type != "TAG" && type != "NUMERIC") continue;
    for (const std::string& field : library.fields)
      if (identifier == identifier_of(library, field))
        index.fields[field] = {type == "TAG" ? VectorIndex::FieldIndex::Kind::tag
                                             : VectorIndex::FieldIndex::Kind::numeric,
                               name, attribute.text_at("SEPARATOR")};
  }
  if (index.attribute.empty()) return std::nullopt;
  return index;
}

std::string QueryEngine::name() const {
  return index_.algorithm == VectorIndex::Algorithm::flat ? "redis-flat" : "redis-hnsw";
}

bool QueryEngine::filters_by(const Filter& filter) const {
  return std::ranges::all_of(filter, [&](const Condition& condition) {
    const auto field = index_.fields.find(condition.field);
    return field != index_.fields.end() && can_say(field->second, condition);
  });
}

boost::redis::request QueryEngine::question(std::span<const float> query, std::size_t k, const Filter& filter) const {
  std::string allowed;
  for (const Condition& condition : filter)
    allowed += (allowed.empty() ? "" : " ") + text_of(index_.fields.at(condition.field), condition);
  std::string text =
      (allowed.empty() ? "*" : "(" + allowed + ")") + "=>[KNN $k @" + escaped(index_.attribute) + " $query";
  if (index_.algorithm == VectorIndex::Algorithm::hnsw)
    text += " EF_RUNTIME " + std::to_string(std::max(fewest_candidates, k));
  text += " AS " + std::string(distance_name) + "]";
  const std::string distance(distance_name);
  const std::string count = std::to_string(k);
  std::vector<std::string> arguments{
      index_.name, std::move(text), "PARAMS", "4", "k",   count,     "query", blob_of(query, index_.number),
      "SORTBY",    distance,        "LIMIT",  "0", count, "DIALECT", "2",     "RETURN"};
  std::vector<std::string> returned{distance};
  if (place_ == Place::alone)
    for (const std::string& field : library_.fields)
      returned.insert(returned.end(), {identifier_of(library_, field), "AS", field});
  arguments.push_back(std::to_string(returned.size()));
  std::ranges::move(returned, std::back_inserter(arguments));
  boost::redis::request request = new_request();
  request.push_range("FT.SEARCH", arguments);
  return request;
}

Expected<std::vector<FoundRecord>> QueryEngine::read(const ReplyTree& answer) const {
  const ReplyTree* results = answer.at("results");
  if (results == nullptr) return fail(ErrorCode::usage, "FT.SEARCH: expected results, found none");
  // That it ran out of time, for one: then these are not all.
  if (const ReplyTree* warnings = answer.at("warning"); warnings != nullptr && !warnings->items.empty())
    return fail(ErrorCode::usage, "FT.SEARCH: " + warnings->items.front().text.value_or("warns"));
  std::vector<FoundRecord> found;
  for (const ReplyTree& result : results->items) {
    const ReplyTree* said = result.at("extra_attributes");
    const std::string key = result.text_at("id");
    const std::optional<double> distance = said == nullptr ? std::nullopt : number_of(said->text_at(distance_name));
    if (!key.starts_with(library_.prefix) || !distance)
      return fail(ErrorCode::usage, index_.name + ": expected keys that begin with " + library_.prefix +
                                        " and their distances, found " + key);
    FoundRecord record{key.substr(library_.prefix.size()), static_cast<float>(1 - *distance), {}};
    for (const std::string& field : library_.fields)
      if (const ReplyTree* value = said->at(field); value != nullptr && value->text)
        record.fields.emplace_back(field, *value->text);
    found.push_back(std::move(record));
  }
  return found;
}

Awaitable<Expected<void>> QueryEngine::read_fields(Redis& redis, std::vector<FoundRecord>& found) const {
  if (library_.fields.empty() || found.empty()) co_return Expected<void>{};
  boost::redis::request request = new_request();
  for (const FoundRecord& record : found)
    layout_->ask(request, record.path);
  Expected<Replies> replies = co_await redis.exec(std::move(request));
  if (!replies) co_return std::unexpected(replies.error());
  const std::size_t each = layout_->commands();
  replies->of.resize(found.size() * each);
  for (std::size_t i = 0; i < found.size(); ++i)
    found[i].fields = layout_->take(found[i].path, std::span(replies->of).subspan(i * each, each)).row.fields;
  co_return Expected<void>{};
}

Awaitable<Expected<std::vector<FoundRecord>>> QueryEngine::search(Redis& redis, std::span<const float> query,
                                                                  std::size_t k, const Filter& filter) const {
  const Expected<Reply> reply = co_await redis.ask(question(query, k, filter));
  if (!reply) co_return std::unexpected(reply.error());
  Expected<std::vector<FoundRecord>> found = read(reply->tree());
  if (!found || place_ == Place::alone) co_return found;
  if (const Expected<void> done = co_await read_fields(redis, *found); !done) co_return std::unexpected(done.error());
  co_return found;
}

Awaitable<Expected<std::shared_ptr<const RedisEngine>>> find_query_engine(Redis& redis, const LibraryOptions& library,
                                                                          uint32_t dim, Place place) {
  std::shared_ptr<const RedisEngine> none;
  boost::redis::request list = new_request();
  list.push("FT._LIST");
  const Expected<Replies> names = co_await redis.exec(std::move(list));
  if (!names) co_return std::unexpected(names.error());
  // Without the module Redis does not know the command.
  if ((*names)[0].error()) co_return none;
  boost::redis::request request = new_request();
  for (const std::optional<std::string>& name : (*names)[0].values())
    if (name) request.push("FT.INFO", *name);
  if (request.get_commands() == 0) co_return none;
  const Expected<Replies> infos = co_await redis.exec(std::move(request));
  if (!infos) co_return std::unexpected(infos.error());
  std::optional<VectorIndex> best;
  for (const Reply& info : infos->of) {
    std::optional<VectorIndex> index = read_vector_index(info.tree(), library, dim);
    // The one that is always right, where there are several.
    if (index && (!best || index->algorithm == VectorIndex::Algorithm::flat)) best = std::move(index);
  }
  if (!best) co_return none;
  co_return std::make_shared<QueryEngine>(library, dim, std::move(*best), place);
}

}  // namespace picfind::server
