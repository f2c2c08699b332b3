#pragma once
#include "layout/vector_set_layout.h"
#include "redis/cluster.h"
#include "search/redis_engine.h"

namespace picfind::server {

/// Vector sets of Redis 8 search themselves: VSIM, of each at once. Where a filter is given they compare all elements
/// (TRUTH), because what a graph finds before filtering may hold none that are allowed.
class VectorSetEngine : public RedisEngine {
public:
  /// Sets that lie together, and the node of a cluster where they do.
  struct Part {
    std::shared_ptr<Redis> node;
    std::vector<VectorSet> sets;
  };
  VectorSetEngine(std::vector<std::string> fields, std::vector<Part> parts);

  std::string name() const override;
  bool filters_by(const Filter& filter) const override;
  Awaitable<Expected<std::vector<FoundRecord>>> search(Redis& redis, std::span<const float> query, std::size_t k,
                                                       const Filter& filter) const override;
  Awaitable<Expected<RowRead>> read(Redis& redis, const Layout& layout, const std::string& path) const override;

private:
  /// As a set has found it.
  struct Found {
    FoundRecord record;
    std::string key;
    /// Another set has it, too.
    bool is_elsewhere = false;
  };
  Awaitable<Expected<std::vector<Found>>> ask(Redis& redis, const Part& part,
                                              const std::vector<std::string>& arguments) const;
  /// Reads what this part's sets say of them: fields, and whether a set has one that it did not find.
  Awaitable<Expected<void>> look_at(Redis& redis, const Part& part, std::vector<Found>& found) const;

  std::vector<std::string> fields_;
  std::vector<Part> parts_;
};

/// `shards`: of the cluster, if Redis is of one. Null where none of the sets is there, or one has vectors of another
/// dimension. Errors: not-found (Redis or a node is away).
Awaitable<Expected<std::shared_ptr<const RedisEngine>>> find_vector_sets(Redis& redis, ClusterNodes& nodes,
                                                                         const std::vector<Shard>& shards,
                                                                         const LibraryOptions& library, uint32_t dim);

}  // namespace picfind::server
