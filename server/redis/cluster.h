#pragma once
#include "asio.h"
#include "redis/redis.h"

#include <boost/redis/config.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picfind::server {

/// A master of a cluster and its slots, from first to last.
struct Shard {
  std::string host;
  std::string port;
  std::vector<std::pair<uint16_t, uint16_t>> slots;

  bool holds(std::string_view key) const;
};

/// CRC-16 (XMODEM) of a key, or of what its first braces hold, modulo 16,384: as Redis computes it.
uint16_t slot_of(std::string_view key);

/// The masters of the cluster that Redis belongs to; empty where it belongs to none. Errors: not-found (Redis is away).
Awaitable<Expected<std::vector<Shard>>> find_shards(Redis& redis);

/// Connections to the nodes of a cluster, made when they are first wanted.
class ClusterNodes {
public:
  /// As `config` says, but for host and port.
  ClusterNodes(const asio::any_io_executor& executor, RedisConfig config)
      : executor_(executor), config_(std::move(config)) {}

  /// Connected, or not to be reached.
  Awaitable<std::shared_ptr<Redis>> connect(Shard shard);
  void stop();

private:
  asio::any_io_executor executor_;
  RedisConfig config_;
  std::map<std::string, std::shared_ptr<Redis>> nodes_;
};

}  // namespace picfind::server
