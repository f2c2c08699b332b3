#include "search/cluster_engine.h"

#include "search/query_engine.h"
#include "search/together.h"

#include <algorithm>

namespace picfind::server {
std::string ClusterEngine::name() const {
  const std::string of_nodes = parts_.front().engine->name();
  return "redis-cluster-" + of_nodes.substr(of_nodes.find('-') + 1);
}

bool ClusterEngine::filters_by(const Filter& filter) const {
  return std::ranges::all_of(parts_, [&](const Part& part) { return part.engine->filters_by(filter); });
}

Awaitable<Expected<RowRead>> ClusterEngine::read(Redis&, const Layout& layout, const std::string& path) const {
  const auto part =
      std::ranges::find_if(parts_, [&](const Part& one) { return one.shard.holds(library_.prefix + path); });
  if (part == parts_.end()) co_return RowRead{};
  co_return co_await part->engine->read(*part->node, layout, path);
}

Awaitable<Expected<std::vector<FoundRecord>>> ClusterEngine::search(Redis&, std::span<const float> query, std::size_t k,
                                                                    const Filter& filter) const {
  using Found = Expected<std::vector<FoundRecord>>;
  std::vector<Found> answers = co_await together<Found>(
      parts_, [&](const Part& part) { return part.engine->search(*part.node, query, k, filter); });
  std::vector<FoundRecord> all;
  for (Found& found : answers) {
    if (!found) co_return std::unexpected(found.error());
    std::ranges::move(*found, std::back_inserter(all));
  }
  co_return best_of(std::move(all), k);
}

Awaitable<Expected<std::shared_ptr<const RedisEngine>>> find_cluster_engine(ClusterNodes& nodes,
                                                                            const std::vector<Shard>& shards,
                                                                            const LibraryOptions& library,
                                                                            uint32_t dim) {
  std::shared_ptr<const RedisEngine> none;
  std::vector<ClusterEngine::Part> parts;
  for (const Shard& shard : shards) {
    const std::shared_ptr<Redis> node = co_await nodes.connect(shard);
    const auto engine = co_await find_query_engine(*node, library, dim, Place::node);
    if (!engine) co_return std::unexpected(engine.error());
    if (*engine == nullptr) co_return none;
    parts.push_back({shard, node, *engine});
  }
  co_return std::make_shared<ClusterEngine>(library, std::move(parts));
}

}  // namespace picfind::server
