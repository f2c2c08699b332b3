#pragma once
#include "asio.h"
#include "layout/layout.h"
#include "options.h"
#include "redis/cluster.h"
#include "redis/redis.h"
#include "search/filter.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace picfind::server {

/// A record as an engine of Redis has found it.
struct FoundRecord {
  /// As Row has it.
  std::string path;
  /// The cosine.
  float score = 0;
  std::vector<std::pair<std::string, std::string>> fields;
};

/// What searches the vectors where they lie, in Redis.
class RedisEngine {
public:
  virtual ~RedisEngine() = default;

  virtual std::string name() const = 0;
  /// Whether it knows the fields of the filter well enough.
  virtual bool filters_by(const Filter& filter) const = 0;
  /// Best first by the cosine. query: float32[dim], unit length. Errors: not-found (Redis is away), usage (Redis
  /// refuses it).
  virtual Awaitable<Expected<std::vector<FoundRecord>>> search(Redis& redis, std::span<const float> query,
                                                               std::size_t k, const Filter& filter) const = 0;
  /// A record as the layout reads it where its vector lies. Errors: not-found (Redis is away).
  virtual Awaitable<Expected<RowRead>> read(Redis& redis, const Layout& layout, const std::string& path) const;
};

/// Whether Redis is one server, or a node of a cluster, which has the vectors of its own slots.
enum class Place { alone, node };

/// Best first, at most k.
std::vector<FoundRecord> best_of(std::vector<FoundRecord> found, std::size_t k);

/// The best engine that Redis, or the cluster that it belongs to, has for the vectors of a library; null where it has
/// none. Errors: not-found.
Awaitable<Expected<std::shared_ptr<const RedisEngine>>> find_redis_engine(Redis& redis, ClusterNodes& nodes,
                                                                          const LibraryOptions& library, uint32_t dim);

}  // namespace picfind::server
