#pragma once
#include "asio.h"
#include "library/file_cache.h"
#include "library/lease.h"
#include "library/library.h"
#include "model/model_space.h"

#include <boost/asio/thread_pool.hpp>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace picfind::server {

/// A library of Redis, changed by who has the lease: its files go there first, then the manifest that names them.
class LibraryWriter {
public:
  using Done = Expected<void>;
  struct Settings {
    std::string name;
    ModelSpace model;
    /// Of the manifests to come.
    std::vector<Source> sources;
  };
  LibraryWriter(Redis& redis, FileCache& cache, asio::thread_pool& pool, const Lease& lease, Settings settings);

  /// A manifest was published: "epoch:sequence", as Redis tells of it.
  void hear_of_manifest(std::string_view event);
  /// Loads what is published already; where that cannot be gone on with, there is no library yet. Errors here and
  /// below: not-found (Redis is away), usage (Redis refuses), version, and what the cache says.
  Awaitable<Done> open();
  /// Publishes a first manifest, which has nothing in it.
  Awaitable<Done> begin(std::vector<float> mean);
  /// Makes a change the library's next manifest, with `files` of its new segments.
  Awaitable<Done> publish(ManifestChange change, std::vector<File> files);
  /// Puts small segments together while there are too many.
  Awaitable<Done> merge();
  /// Makes one segment of these, without what is deleted.
  Awaitable<Done> rewrite(std::vector<std::string> segments);
  /// Removes the files that only the manifest before needs.
  Awaitable<Done> forget_previous();

  /// Its manifest is null where nothing is published.
  Library& library() { return library_; }

private:
  Awaitable<Expected<bool>> load(std::string manifest);
  /// Whether Redis has a manifest now that is older than one it had.
  bool is_set_back() const;
  Awaitable<Done> provide_missing();
  Awaitable<Done> store(const std::vector<File>& files);
  Awaitable<Done> send(boost::redis::request request);
  /// Makes the manifest the one that is served, if this server still may.
  Awaitable<Done> commit(const Bytes& manifest, const std::string& parent);
  Awaitable<Done> remove_unused();

  Redis& redis_;
  FileCache& cache_;
  asio::thread_pool& pool_;
  const Lease& lease_;
  Settings settings_;
  RedisKeys keys_;

  Library library_;
  /// Names of all files in Redis.
  std::set<std::string> stored_;
  /// Those of the manifest before: readers may still be at it.
  std::set<std::string> previous_;
  /// The last sequence of each epoch that this server has heard of.
  std::map<std::string, uint64_t, std::less<>> heard_;
};

}  // namespace picfind::server
