#pragma once
#include "asio.h"
#include "http/answer.h"
#include "layout/layout.h"
#include "library/shared_library.h"
#include "pictures/pictures_place.h"
#include "pictures/thumbnails.h"
#include "redis/cluster.h"
#include "redis/redis.h"
#include "search/redis_engine.h"
#include "search/search_query.h"
#include "search/served_rows.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>

namespace picfind::server {

/// Answers searches: by the best engine that Redis has, else by an exact scan of the published files.
class Search {
public:
  /// `config`: searches have a connection of their own, so that they do not wait behind what is read for files.
  Search(SharedLibrary& library, const asio::any_io_executor& executor, const RedisConfig& config,
         const LibraryOptions& options, uint32_t dim, const PicturesPlace& pictures);

  void start() { redis_.start(); }
  void stop() {
    redis_.stop();
    nodes_.stop();
  }

  /// 400, 404 (a record that is not there), 409 (the client's epoch is not the library's), 503.
  Awaitable<Answer> answer(const Request& request);
  /// Name of the engine that is asked first now.
  Awaitable<std::string> engine();

private:
  struct Result {
    std::string path;
    float score;
    std::string record;
  };
  using Vectors = std::map<std::string, std::vector<float>>;

  /// What Redis offers, looked for again from time to time.
  Awaitable<std::shared_ptr<const RedisEngine>> redis_engine();
  /// Nothing where Redis cannot answer.
  Awaitable<std::optional<Answer>> answer_by_redis(const RedisEngine& engine, const SearchQuery& query);
  Awaitable<Answer> answer_by_scan(const SearchQuery& query);
  /// By the vectors as Redis has them; leaves out what is not there any more.
  Awaitable<void> rescore(std::span<const float> sought, Metric metric, std::vector<Result>& results);
  Awaitable<Expected<std::shared_ptr<const ServedRows>>> rows();
  std::string epoch() const;
  Answer told(std::string_view engine, const SearchQuery& query, std::vector<Result> results) const;

  SharedLibrary& library_;
  LibraryOptions options_;
  uint32_t dim_;
  Redis redis_;
  ClusterNodes nodes_;
  std::unique_ptr<Layout> layout_;
  PicturesPlace pictures_;
  Thumbnails thumbnails_;
  /// As of the last look at what Redis offers.
  bool has_thumbnails_ = false;
  asio::thread_pool pool_;
  std::shared_ptr<const RedisEngine> engine_;
  std::chrono::steady_clock::time_point look_again_;
  std::shared_ptr<const ServedRows> rows_;
  asio::steady_timer opened_;
  bool is_opening_ = false;
};

}  // namespace picfind::server
