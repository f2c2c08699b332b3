#include "layout/vector_set_layout.h"

#include "layout/field_text.h"
#include "layout/foreign_vector.h"
#include "layout/keyed_layout.h"
#include "redis/cluster.h"

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

void VectorSet::ask(boost::redis::request& request, const std::string& path) const {
  request.push("VEMB", key_, path);
  if (!fields_.empty()) request.push("VGETATTR", key_, path);
}

RowRead VectorSet::take(const std::string& path, std::span<const Reply> replies) const {
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

void VectorSet::write(boost::redis::request& request, const Row& row, const std::string& form) const {
  request.push("VADD", key_, "FP32", blob_of_vector(row.vector), row.path, form);
  boost::json::object attributes;
  for (const auto& [name, text] : row.fields)
    attributes[name] = text;
  if (!fields_.empty()) request.push("VSETATTR", key_, row.path, boost::json::serialize(attributes));
}

std::vector<VectorSet> vector_sets(const LibraryOptions& library, uint32_t dim) {
  std::vector<VectorSet> sets;
  for (const std::string& key : library.sets)
    sets.emplace_back(key, library.fields, dim);
  return sets;
}

RowRead found_in_one(std::span<const VectorSet> sets, std::vector<RowRead> reads) {
  RowRead found;
  std::string places;
  std::size_t count = 0;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (reads[i].state == RowRead::State::gone) continue;
    found = std::move(reads[i]);
    places += (count++ == 0 ? "" : " and ") + sets[i].key();
  }
  if (count <= 1) return found;
  return {RowRead::State::skipped, {}, "expected it in one vector set, found it in " + places};
}

void ask_for_element(boost::redis::request& request, const std::string& key, const std::string& element) {
  // Raw, as the set keeps it, is the least work where it is there.
  request.push("VEMB", key, element, "RAW");
}

Awaitable<Expected<Layout::Page>> VectorSetLayout::list(Redis& redis, std::string cursor) const {
  // A page is a set; the cursor says which.
  std::size_t at = 0;
  std::from_chars(cursor.data(), cursor.data() + cursor.size(), at);
  const std::string& key = sets_.at(at).key();
  Page page{{}, std::to_string((at + 1) % sets_.size())};
  const Expected<Reply> count = co_await redis.ask("VCARD", key);
  if (!count) co_return fail(count.error().code, key + ": " + count.error().message);
  if (count->number() == 0) co_return page;
  // There is no command that goes through a vector set; asked for as many as there are, this gives each once.
  const Expected<Reply> members = co_await redis.ask("VRANDMEMBER", key, std::to_string(count->number()));
  if (!members) co_return std::unexpected(members.error());
  for (std::optional<std::string>& element : members->values())
    if (element) page.paths.push_back(std::move(*element));
  co_return page;
}

void VectorSetLayout::ask(boost::redis::request& request, const std::string& path) const {
  for (const VectorSet& set : sets_)
    set.ask(request, path);
}

RowRead VectorSetLayout::take(const std::string& path, std::span<const Reply> replies) const {
  std::vector<RowRead> reads;
  const std::size_t each = sets_.front().commands();
  for (std::size_t i = 0; i < sets_.size(); ++i)
    reads.push_back(sets_[i].take(path, replies.subspan(i * each, each)));
  return found_in_one(sets_, std::move(reads));
}

std::vector<std::string> VectorSetLayout::channels(int database) const {
  std::vector<std::string> channels;
  for (const VectorSet& set : sets_)
    channels.push_back("__keyspace@" + std::to_string(database) + "__:" + escaped_pattern(set.key()));
  return channels;
}

/// Events are of a whole set.
std::optional<std::string> VectorSetLayout::path_of(std::string_view) const { return std::nullopt; }

Awaitable<Expected<std::vector<std::string>>> VectorSetLayout::forms(Redis& redis) const {
  boost::redis::request request = new_request();
  for (const VectorSet& set : sets_)
    request.push("VINFO", set.key());
  const Expected<Replies> replies = co_await redis.exec(std::move(request));
  if (!replies) co_return std::unexpected(replies.error());
  std::vector<std::string> forms;
  for (const Reply& info : replies->of) {
    const std::string said = info.error() ? "" : info.tree().text_at("quant-type");
    forms.emplace_back(said == "f32" ? "NOQUANT" : said == "bin" ? "BIN" : "Q8");
  }
  co_return forms;
}

Awaitable<Expected<std::vector<std::vector<std::size_t>>>> VectorSetLayout::places(Redis& redis,
                                                                                   const std::vector<Row>& rows) const {
  std::vector<std::vector<std::size_t>> places(rows.size());
  if (sets_.size() == 1) {
    std::ranges::fill(places, std::vector<std::size_t>{0});
    co_return places;
  }
  boost::redis::request request = new_request();
  for (const Row& row : rows)
    for (const VectorSet& set : sets_)
      ask_for_element(request, set.key(), row.path);
  const Expected<Replies> replies = co_await redis.exec(std::move(request), std::chrono::seconds(30));
  if (!replies) co_return std::unexpected(replies.error());
  for (std::size_t i = 0; i < replies->of.size(); ++i) {
    if (const auto error = replies->of[i].error()) co_return fail(ErrorCode::usage, "Redis: " + *error);
    if (replies->of[i].values().size() > 1) places[i / sets_.size()].push_back(i % sets_.size());
  }
  co_return places;
}

Awaitable<Expected<boost::redis::request>> VectorSetLayout::writing(Redis& redis, const std::vector<Row>& rows) const {
  // A set takes vectors only in the form it was begun with, and says so if it is not named.
  const auto forms = co_await this->forms(redis);
  if (!forms) co_return std::unexpected(forms.error());
  const auto places = co_await this->places(redis, rows);
  if (!places) co_return std::unexpected(places.error());
  boost::redis::request request = new_request();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    // By its name a new one goes to the same set, whichever server is asked.
    const std::vector<std::size_t>& there = (*places)[i];
    const std::size_t place = there.empty() ? slot_of(row.path) % sets_.size() : there.front();
    sets_[place].write(request, row, (*forms)[place]);
    for (std::size_t other = 1; other < there.size(); ++other)
      request.push("VREM", sets_[there[other]].key(), row.path);
  }
  co_return request;
}

void VectorSetLayout::remove(boost::redis::request& request, const std::string& path) const {
  for (const VectorSet& set : sets_)
    request.push("VREM", set.key(), path);
}

}  // namespace picfind::server
