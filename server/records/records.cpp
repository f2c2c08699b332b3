#include "records/records.h"

#include "library/record.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

namespace picfind::server {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// Redis is there and refuses: it is full, or something else lies where the picture should.
std::optional<Answer> refusal(const Replies& replies) {
  for (const Reply& reply : replies.of)
    if (const auto error = reply.error()) return error_answer(http::status::bad_gateway, "Redis: " + *error);
  return std::nullopt;
}

}  // namespace

Records::Records(Redis& redis, const LibraryOptions& library, uint32_t dim, const PicturesPlace& pictures)
    : redis_(redis), keys_(library.name), name_(library.name), fields_(library.fields), dim_(dim),
      layout_(make_layout(library, dim)), pictures_(pictures), thumbnails_(redis, keys_) {}

Awaitable<Answer> Records::answer(const Request& request, std::string key) {
  const bool is_read = request.method() == http::verb::get || request.method() == http::verb::head;
  if (is_read && !key.empty()) co_return co_await read(key);
  if (request.method() == http::verb::delete_ && !key.empty()) co_return co_await remove(key);
  if (request.method() != http::verb::put) {
    const std::string_view methods = key.empty() ? "PUT" : "GET, HEAD, PUT, DELETE";
    Answer answer = error_answer(http::status::method_not_allowed, "expected " + std::string(methods));
    answer.set(http::field::allow, methods);
    co_return answer;
  }
  const WrittenRecords records =
      key.empty() ? read_records(request.body(), fields_, dim_) : read_record(request.body(), key, fields_, dim_);
  if (!key.empty() && records.rows.empty())
    co_return error_answer(http::status::bad_request, records.skipped.front().reason);
  co_return co_await write(records);
}

Awaitable<Answer> Records::read(const std::string& key) {
  boost::redis::request request = new_request();
  layout_->ask(request, key);
  Expected<Replies> replies = co_await redis_.exec(std::move(request));
  if (!replies) co_return error_answer(http::status::service_unavailable, replies.error().message);
  replies->of.resize(layout_->commands());
  const RowRead found = layout_->take(key, replies->of);
  if (found.state != RowRead::State::row)
    co_return error_answer(http::status::not_found, "the library has no picture " + key);
  PicturePlaces places{pictures_.address_of(key, found.row.fields), {}};
  const auto thumbnails = co_await thumbnails_.names_of(std::span(&key, 1));
  if (thumbnails && thumbnails->contains(key)) places.thumbnail = thumbnails->at(key);
  co_return json_answer(R"({"record":)" + record_json(name_, key, found.row.fields, places) + "}");
}

Awaitable<Answer> Records::write(const WrittenRecords& records) {
  if (!records.rows.empty()) {
    Expected<boost::redis::request> request = co_await layout_->writing(redis_, records.rows);
    if (!request && request.error().code == ErrorCode::not_found)
      co_return error_answer(http::status::service_unavailable, request.error().message);
    if (!request) co_return error_answer(http::status::conflict, request.error().message);
    for (const Row& row : records.rows)
      request->push("PUBLISH", keys_.changes(), row.path);
    const Expected<Replies> replies = co_await redis_.exec(std::move(*request), 30s);
    if (!replies) co_return error_answer(http::status::service_unavailable, replies.error().message);
    if (std::optional<Answer> refused = refusal(*replies)) co_return std::move(*refused);
  }
  json::array skipped;
  for (const auto& [key, reason] : records.skipped)
    skipped.push_back({{"key", key}, {"reason", reason}});
  co_return json_answer(json::serialize(json::object{{"left_out", json::value_from(records.left_out)},
                                                     {"skipped", std::move(skipped)},
                                                     {"written", records.rows.size()}}));
}

Awaitable<Answer> Records::remove(const std::string& key) {
  boost::redis::request request = new_request();
  layout_->remove(request, key);
  request.push("PUBLISH", keys_.changes(), key);
  const Expected<Replies> replies = co_await redis_.exec(std::move(request));
  if (!replies) co_return error_answer(http::status::service_unavailable, replies.error().message);
  if (std::optional<Answer> refused = refusal(*replies)) co_return std::move(*refused);
  const std::span<const Reply> removals = std::span(replies->of).first(replies->of.size() - 1);
  if (std::ranges::none_of(removals, [](const Reply& reply) { return reply.number() > 0; }))
    co_return error_answer(http::status::not_found, "the library has no picture " + key);
  Answer answer;
  answer.status = http::status::no_content;
  co_return answer;
}

}  // namespace picfind::server
