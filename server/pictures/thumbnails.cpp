#include "pictures/thumbnails.h"

#include "library/file.h"
#include "library/sha256.h"
#include "records/record_body.h"

namespace picfind::server {
namespace {

constexpr std::size_t largest = 256U << 10U;
constexpr std::size_t name_length = 16;
constexpr std::string_view suffix = ".jpg";

/// hash of names by path; prefix of the keys of JPEGs; path, name, JPEG, channel of changes. The one before goes.
constexpr auto put_script = R"(
local before = redis.call('HGET', KEYS[1], ARGV[2])
if before and before ~= ARGV[3] then redis.call('DEL', ARGV[1] .. before) end
redis.call('SET', ARGV[1] .. ARGV[3], ARGV[4])
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('PUBLISH', ARGV[5], ARGV[2])
return 'OK')";

ByteView bytes_of(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

bool is_jpeg(std::string_view bytes) { return bytes.starts_with("\xff\xd8\xff"); }

Answer away(const Error& error) { return error_answer(http::status::service_unavailable, error.message); }

}  // namespace

Awaitable<Answer> Thumbnails::answer(const Request& request, std::string rest) {
  const bool is_read = request.method() == http::verb::get || request.method() == http::verb::head;
  if (is_read) co_return co_await get(request, rest);
  const bool is_put = request.method() == http::verb::put;
  if (is_put && is_record_key(rest)) co_return co_await put(request, rest);
  if (is_put) co_return error_answer(http::status::bad_request, "expected the key of a picture");
  Answer answer = error_answer(http::status::method_not_allowed, "expected GET, HEAD or PUT");
  answer.set(http::field::allow, "GET, HEAD, PUT");
  co_return answer;
}

Awaitable<Answer> Thumbnails::put(const Request& request, const std::string& path) {
  const std::string& jpeg = request.body();
  if (jpeg.size() > largest)
    co_return error_answer(http::status::payload_too_large, "expected a JPEG of at most 256 KB");
  if (!is_jpeg(jpeg)) co_return error_answer(http::status::bad_request, "expected a JPEG");
  // The path is in it: of equal pictures each has its own, and one may go without the other.
  Sha256 hash;
  hash.update(bytes_of(path));
  hash.update(bytes_of(jpeg));
  const std::string name = to_hex(hash.digest()).substr(0, name_length);
  const Expected<Reply> reply = co_await redis_.ask("EVAL", put_script, "1", keys_.thumbnails(), keys_.thumbnail(""),
                                                    path, name, jpeg, keys_.changes());
  if (!reply && reply.error().code == ErrorCode::not_found) co_return away(reply.error());
  if (!reply) co_return error_answer(http::status::bad_gateway, reply.error().message);
  Answer answer;
  answer.status = http::status::no_content;
  co_return answer;
}

Awaitable<Answer> Thumbnails::get(const Request& request, const std::string& file) {
  const std::string name = file.substr(0, file.size() - std::min(file.size(), suffix.size()));
  if (!file.ends_with(suffix) || !is_hex(name, name_length))
    co_return error_answer(http::status::not_found, "expected a thumbnail that a record names");
  const Expected<Reply> reply = co_await redis_.ask("GET", keys_.thumbnail(name));
  if (!reply) co_return away(reply.error());
  std::optional<std::string> jpeg = reply->text();
  if (!jpeg) co_return error_answer(http::status::not_found, "there is no such thumbnail now");
  Answer answer;
  answer.set(http::field::content_type, "image/jpeg");
  answer.body = body_of(std::move(*jpeg));
  co_return with_etag(request, std::move(answer), name, "public, max-age=31536000, immutable");
}

Awaitable<Expected<std::map<std::string, std::string>>> Thumbnails::names_of(std::span<const std::string> paths) {
  std::map<std::string, std::string> names;
  if (paths.empty()) co_return names;
  boost::redis::request request = new_request();
  request.push_range("HMGET", keys_.thumbnails(), paths);
  const Expected<Reply> reply = co_await redis_.ask(std::move(request));
  if (!reply) co_return std::unexpected(reply.error());
  const std::vector<std::optional<std::string>> values = reply->values();
  for (std::size_t i = 0; i < std::min(values.size(), paths.size()); ++i)
    if (values[i]) names.emplace(paths[i], *values[i]);
  co_return names;
}

Awaitable<Expected<std::vector<std::string>>> Thumbnails::paths() {
  const Expected<Reply> reply = co_await redis_.ask("HKEYS", keys_.thumbnails());
  if (!reply) co_return std::unexpected(reply.error());
  std::vector<std::string> paths;
  for (std::optional<std::string>& path : reply->values())
    if (path) paths.push_back(std::move(*path));
  co_return paths;
}

Awaitable<Expected<void>> Thumbnails::forget(std::vector<std::string> paths) {
  if (paths.empty()) co_return Expected<void>{};
  const auto names = co_await names_of(paths);
  if (!names) co_return std::unexpected(names.error());
  boost::redis::request request = new_request();
  request.push_range("HDEL", keys_.thumbnails(), paths);
  for (const auto& [path, name] : *names)
    request.push("DEL", keys_.thumbnail(name));
  const Expected<Replies> replies = co_await redis_.exec(std::move(request));
  if (!replies) co_return std::unexpected(replies.error());
  co_return Expected<void>{};
}

}  // namespace picfind::server
