#include "layout/vector_set_layout.h"

#include "layout/field_text.h"
#include "layout/foreign_vector.h"
#include "layout/keyed_layout.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

namespace picfind::server {

std::vector<std::pair<std::string, std::string>> fields_of_attributes(const std::string& attributes,
                                                                      const std::vector<std::string>& fields) {
  std::vector<std::pair<std::string, std::string>> found;
  SystemError error;
  const boost::json::value parsed = boost::json::parse(attributes, error);
  const boost::json::object* object = error ? nullptr : parsed.if_object();
  for (const std::string& field : fields)
    if (const auto* said = object == nullptr ? nullptr : object->if_contains(field))
      found.emplace_back(field, text_of(*said));
  return found;
}

VectorSetLayout::VectorSetLayout(const LibraryOptions& library, uint32_t dim)
    : key_(library.prefix), fields_(library.fields), dim_(dim) {}

Awaitable<Expected<Layout::Page>> VectorSetLayout::list(Redis& redis, std::string) const {
  const Expected<Reply> count = co_await redis.ask("VCARD", key_);
  if (!count) co_return std::unexpected(count.error());
  Page page{{}, "0"};
  if (count->number() == 0) co_return page;
  // There is no command that goes through a vector set; asked for as many as there are, this gives each once.
  const Expected<Reply> members = co_await redis.ask("VRANDMEMBER", key_, std::to_string(count->number()));
  if (!members) co_return std::unexpected(members.error());
  for (std::optional<std::string>& element : members->values())
    if (element) page.paths.push_back(std::move(*element));
  co_return page;
}

void VectorSetLayout::ask(boost::redis::request& request, const std::string& path) const {
  request.push("VEMB", key_, path);
  if (!fields_.empty()) request.push("VGETATTR", key_, path);
}

RowRead VectorSetLayout::take(const std::string& path, std::span<const Reply> replies) const {
  if (const auto error = replies[0].error()) return {RowRead::State::skipped, {}, *error};
  const std::vector<std::optional<std::string>> values = replies[0].values();
  if (values.size() <= 1) return {};
  std::vector<float> numbers;
  numbers.reserve(values.size());
  for (const std::optional<std::string>& value : values) {
    float number = 0;
    if (!value || std::from_chars(value->data(), value->data() + value->size(), number).ec != std::errc())
      return {RowRead::State::skipped, {}, "expected numbers of VEMB, found " + value.value_or("null")};
    numbers.push_back(number);
  }
  ReadVector vector = checked_vector(std::move(numbers), dim_);
  if (!vector) return {RowRead::State::skipped, {}, vector.error()};
  RowRead read{RowRead::State::row, {path, std::move(*vector), {}}, {}};
  if (!fields_.empty()) read.row.fields = fields_of_attributes(replies[1].text().value_or(""), fields_);
  return read;
}

std::string VectorSetLayout::channels(int database) const {
  return "__keyspace@" + std::to_string(database) + "__:" + escaped_pattern(key_);
}

/// Events are of the whole set.
std::optional<std::string> VectorSetLayout::path_of(std::string_view) const { return std::nullopt; }

Awaitable<Expected<boost::redis::request>> VectorSetLayout::writing(Redis& redis, const std::vector<Row>& rows) const {
  // A set takes vectors only in the form it was begun with, and says so if it is not named.
  const Expected<Reply> info = co_await redis.ask("VINFO", key_);
  if (!info && info.error().code == ErrorCode::not_found) co_return std::unexpected(info.error());
  const std::vector<std::optional<std::string>> said =
      info ? info->values() : std::vector<std::optional<std::string>>{};
  std::string form = "Q8";
  for (std::size_t i = 0; i + 1 < said.size(); ++i) {
    if (said[i] != "quant-type") continue;
    if (said[i + 1] == "f32") form = "NOQUANT";
    if (said[i + 1] == "bin") form = "BIN";
  }
  boost::redis::request request = new_request();
  for (const Row& row : rows) {
    request.push("VADD", key_, "FP32", blob_of_vector(row.vector), row.path, form);
    boost::json::object attributes;
    for (const auto& [name, text] : row.fields)
      attributes[name] = text;
    if (!fields_.empty()) request.push("VSETATTR", key_, row.path, boost::json::serialize(attributes));
  }
  co_return request;
}

void VectorSetLayout::remove(boost::redis::request& request, const std::string& path) const {
  request.push("VREM", key_, path);
}

}  // namespace picfind::server
