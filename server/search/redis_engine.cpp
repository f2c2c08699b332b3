#include "search/redis_engine.h"

#include "search/cluster_engine.h"
#include "search/query_engine.h"
#include "search/vector_set_engine.h"

#include <algorithm>

namespace picfind::server {

Awaitable<Expected<RowRead>> RedisEngine::read(Redis& redis, const Layout& layout, const std::string& path) const {
  boost::redis::request request = new_request();
  layout.ask(request, path);
  Expected<Replies> replies = co_await redis.exec(std::move(request));
  if (!replies) co_return std::unexpected(replies.error());
  replies->of.resize(layout.commands());
  co_return layout.take(path, replies->of);
}

std::vector<FoundRecord> best_of(std::vector<FoundRecord> found, std::size_t k) {
  std::ranges::stable_sort(found, std::greater(), &FoundRecord::score);
  found.resize(std::min(found.size(), k));
  return found;
}

Awaitable<Expected<std::shared_ptr<const RedisEngine>>> find_redis_engine(Redis& redis, ClusterNodes& nodes,
                                                                          const LibraryOptions& library, uint32_t dim) {
  const Expected<std::vector<Shard>> shards = co_await find_shards(redis);
  if (!shards) co_return std::unexpected(shards.error());
  if (library.layout == LayoutKind::vectorset) co_return co_await find_vector_sets(redis, nodes, *shards, library, dim);
  if (shards->empty()) co_return co_await find_query_engine(redis, library, dim, Place::alone);
  co_return co_await find_cluster_engine(nodes, *shards, library, dim);
}

}  // namespace picfind::server
