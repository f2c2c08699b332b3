#pragma once
#include "redis/cluster.h"
#include "search/redis_engine.h"

namespace picfind::server {

/// The nodes of a cluster, each with an index of the query engine over the vectors that it holds: asked at once, and
/// merged. Without a coordinator an index answers for its own node alone, and does not say so.
class ClusterEngine : public RedisEngine {
public:
  struct Part {
    Shard shard;
    std::shared_ptr<Redis> node;
    std::shared_ptr<const RedisEngine> engine;
  };
  ClusterEngine(const LibraryOptions& library, std::vector<Part> parts) : library_(library), parts_(std::move(parts)) {}

  std::string name() const override;
  bool filters_by(const Filter& filter) const override;
  Awaitable<Expected<std::vector<FoundRecord>>> search(Redis& redis, std::span<const float> query, std::size_t k,
                                                       const Filter& filter) const override;
  Awaitable<Expected<RowRead>> read(Redis& redis, const Layout& layout, const std::string& path) const override;

private:
  LibraryOptions library_;
  std::vector<Part> parts_;
};

/// Null where a node has no such index. Errors: not-found (a node is away).
Awaitable<Expected<std::shared_ptr<const RedisEngine>>>
find_cluster_engine(ClusterNodes& nodes, const std::vector<Shard>& shards, const LibraryOptions& library, uint32_t dim);

}  // namespace picfind::server
