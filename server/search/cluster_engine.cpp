#include "search/cluster_engine.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace picfind::server {
namespace {

struct Answers {
  Answers(const asio::any_io_executor& executor, std::size_t parts)
      : of(parts), waiting(parts), all_there(executor, asio::steady_timer::time_point::max()) {}

  std::vector<Expected<std::vector<FoundRecord>>> of;
  std::size_t waiting;
  asio::steady_timer all_there;
};

/// All of it outlives the question.
Awaitable<void> ask(const ClusterEngine::Part& part, std::span<const float> query, std::size_t k, const Filter& filter,
                    Answers& answers, Expected<std::vector<FoundRecord>>& answer) {
  answer = co_await part.engine->search(*part.node, query, k, filter);
  if (--answers.waiting == 0) answers.all_there.cancel();
}

}  // namespace

std::string ClusterEngine::name() const {
  const std::string of_nodes = parts_.front().engine->name();
  return "redis-cluster-" + of_nodes.substr(of_nodes.find('-') + 1);
}

bool ClusterEngine::filters_by(const Filter& filter) const {
  return std::ranges::all_of(parts_, [&](const Part& part) { return part.engine->filters_by(filter); });
}

Redis& ClusterEngine::holder_of(Redis& redis, const std::string& path) const {
  const std::string key = library_.layout == LayoutKind::vectorset ? library_.prefix : library_.prefix + path;
  const auto part = std::ranges::find_if(parts_, [&](const Part& one) { return one.shard.holds(key); });
  return part == parts_.end() ? redis : *part->node;
}

Awaitable<Expected<std::vector<FoundRecord>>> ClusterEngine::search(Redis&, std::span<const float> query, std::size_t k,
                                                                    const Filter& filter) const {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  Answers answers(executor, parts_.size());
  for (std::size_t i = 0; i < parts_.size(); ++i)
    asio::co_spawn(executor, ask(parts_[i], query, k, filter, answers, answers.of[i]), asio::detached);
  if (answers.waiting > 0) co_await answers.all_there.async_wait(as_result);
  std::vector<FoundRecord> all;
  for (Expected<std::vector<FoundRecord>>& found : answers.of) {
    if (!found) co_return std::unexpected(found.error());
    std::ranges::move(*found, std::back_inserter(all));
  }
  std::ranges::stable_sort(all, std::greater(), &FoundRecord::score);
  all.resize(std::min(all.size(), k));
  co_return all;
}

Awaitable<Expected<std::shared_ptr<const RedisEngine>>>
find_cluster_engine(ClusterNodes& nodes, std::vector<Shard> shards, const LibraryOptions& library, uint32_t dim) {
  std::shared_ptr<const RedisEngine> none;
  // A vector set is on one node.
  if (library.layout == LayoutKind::vectorset)
    std::erase_if(shards, [&](const Shard& shard) { return !shard.holds(library.prefix); });
  std::vector<ClusterEngine::Part> parts;
  for (const Shard& shard : shards) {
    const std::shared_ptr<Redis> node = co_await nodes.connect(shard);
    const auto engine = co_await find_redis_engine(*node, library, dim, Place::node);
    if (!engine) co_return std::unexpected(engine.error());
    if (*engine == nullptr) co_return none;
    parts.push_back({shard, node, *engine});
  }
  if (parts.empty()) co_return none;
  co_return std::make_shared<ClusterEngine>(library, std::move(parts));
}

}  // namespace picfind::server
