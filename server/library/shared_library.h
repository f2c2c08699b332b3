#pragma once
#include "asio.h"
#include "library/file_cache.h"
#include "library/manifest.h"

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

namespace picfind::server {

/// A manifest as it is served.
struct PublishedManifest {
  std::string text;
  std::string sha256;
  Manifest manifest;

  /// That are not deleted.
  uint64_t records() const {
    uint64_t live = 0;
    for (const SegmentRef& segment : manifest.segments)
      live += segment.live;
    return live;
  }
};

/// A library as this server knows it: what is published, from Redis, and what it was last while Redis is away.
class SharedLibrary {
public:
  SharedLibrary(Redis& redis, FileCache& cache, RedisKeys keys);

  /// Null before anything is published.
  const std::shared_ptr<const PublishedManifest>& published() const { return published_; }
  /// Asks Redis what is published now. Errors: not-found, and what read_manifest() says.
  Awaitable<Expected<void>> refresh();
  /// Hears of what Redis tells of the library.
  void hear(std::string_view event);
  /// Waits until another manifest than `known` is published, at most so long; says whether one is.
  Awaitable<bool> wait_for_another(const std::string& known, std::chrono::seconds patience);
  /// Lets go of all who wait.
  void stop();
  FileCache& files() { return cache_; }

private:
  Awaitable<void> catch_up();

  Redis& redis_;
  FileCache& cache_;
  RedisKeys keys_;
  std::shared_ptr<const PublishedManifest> published_;
  asio::steady_timer changed_;
  bool is_catching_up_ = false;
  bool has_news_ = false;
  bool has_removals_ = false;
  bool stopped_ = false;
};

}  // namespace picfind::server
