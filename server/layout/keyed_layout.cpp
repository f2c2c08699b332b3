#include "layout/keyed_layout.h"

namespace picfind::server {
namespace {
constexpr int keys_a_page = 1000;
}

std::string escaped_pattern(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view("*?[]^\\").contains(c)) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

Awaitable<Expected<Layout::Page>> KeyedLayout::list(Redis& redis, std::string cursor) const {
  const Expected<Reply> reply =
      co_await redis.ask("SCAN", cursor, "MATCH", escaped_pattern(prefix_) + "*", "COUNT", keys_a_page, "TYPE", type_);
  if (!reply) co_return std::unexpected(reply.error());
  std::vector<std::optional<std::string>> values = reply->values();
  if (values.empty() || !values.front()) co_return fail(ErrorCode::usage, "Redis: SCAN was answered with no cursor");
  Page page;
  page.cursor = *values.front();
  for (std::size_t i = 1; i < values.size(); ++i)
    if (values[i] && values[i]->size() > prefix_.size()) page.paths.push_back(values[i]->substr(prefix_.size()));
  co_return page;
}

void KeyedLayout::remove(boost::redis::request& request, const std::string& path) const {
  request.push("DEL", key_of(path));
}

std::vector<std::string> KeyedLayout::channels(int database) const {
  return {"__keyspace@" + std::to_string(database) + "__:" + escaped_pattern(prefix_) + "*"};
}

std::optional<std::string> KeyedLayout::path_of(std::string_view channel) const {
  const std::string_view key = channel.substr(channel.find(':') + 1);
  if (!key.starts_with(prefix_)) return std::nullopt;
  return std::string(key.substr(prefix_.size()));
}

}  // namespace picfind::server
