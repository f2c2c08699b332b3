#pragma once
#include "asio.h"
#include "http/answer.h"
#include "library/redis_keys.h"
#include "redis/redis.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace picfind::server {

/// Small versions of pictures that clients have made: JPEGs in Redis, each under a name of its own, served for good.
class Thumbnails {
public:
  Thumbnails(Redis& redis, RedisKeys keys) : redis_(redis), keys_(std::move(keys)) {}

  /// GET of one by its name, PUT of one by its picture's path.
  Awaitable<Answer> answer(const Request& request, std::string rest);
  /// Names by path, of those pictures that have one. Errors: not-found, usage.
  Awaitable<Expected<std::map<std::string, std::string>>> names_of(std::span<const std::string> paths);
  /// Paths of all pictures that have one. Errors: not-found, usage.
  Awaitable<Expected<std::vector<std::string>>> paths();
  /// Removes those of pictures that are gone. Errors: not-found, usage.
  Awaitable<Expected<void>> forget(std::vector<std::string> paths);

private:
  Awaitable<Answer> put(const Request& request, const std::string& path);
  Awaitable<Answer> get(const Request& request, const std::string& name);

  Redis& redis_;
  RedisKeys keys_;
};

}  // namespace picfind::server
