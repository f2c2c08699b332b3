#pragma once
#include "asio.h"
#include "library/file.h"
#include "library/mapped_file.h"
#include "library/redis_keys.h"
#include "redis/redis.h"

#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace picfind::server {

/// The files of a library: in Redis, from there in a folder that may be lost at any time, from there mapped into
/// memory.
class FileCache {
public:
  enum class Form { plain, gzip };
  using Mapped = std::shared_ptr<const MappedFile>;

  FileCache(Redis& redis, RedisKeys keys, std::filesystem::path folder);

  /// Null where Redis has no such file. Errors: not-found (Redis is away), corrupt (other bytes than its name says),
  /// usage (the folder cannot be written).
  Awaitable<Expected<Mapped>> find(std::string name, Form form);
  /// Writes the file as others will find it. Errors: usage.
  Expected<void> keep(const File& file);
  /// Files that are not to be served any more.
  void forget(const std::string& name);
  /// Forgets what Redis does not have any more. Errors: not-found.
  Awaitable<Expected<void>> forget_removed();

private:
  struct Fetch {
    explicit Fetch(const asio::any_io_executor& executor) : done(executor, asio::steady_timer::time_point::max()) {}
    asio::steady_timer done;
    Expected<Mapped> result;
  };
  std::filesystem::path path_of(const std::string& file) const { return folder_ / file; }
  Awaitable<Expected<Mapped>> fetch(std::string name, Form form);
  Expected<Mapped> write(const std::string& file, ByteView bytes);

  Redis& redis_;
  RedisKeys keys_;
  std::filesystem::path folder_;
  /// By name, with ".gz" in gzip.
  std::map<std::string, Mapped> mapped_;
  /// Under way; whoever wants the same file waits for it.
  std::map<std::string, std::shared_ptr<Fetch>> fetches_;
};

}  // namespace picfind::server
