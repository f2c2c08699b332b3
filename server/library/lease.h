#pragma once
#include "asio.h"
#include "library/redis_keys.h"
#include "redis/redis.h"

#include <string>

namespace picfind::server {

/// The right to publish, of one server at a time. It ends by itself when it is not renewed; what its holder publishes
/// afterwards is refused by Redis.
class Lease {
public:
  Lease(Redis& redis, RedisKeys keys);

  /// Takes it where nobody has it. False if another server has it, or Redis is away.
  Awaitable<bool> acquire();
  /// Until it is lost or given back.
  Awaitable<void> renew();
  Awaitable<void> give_back();
  bool is_held() const { return held_; }
  const std::string& token() const { return token_; }

private:
  Redis& redis_;
  RedisKeys keys_;
  std::string token_;
  bool held_ = false;
};

}  // namespace picfind::server
