#pragma once
#include "asio.h"
#include "library/lease.h"
#include "library/library_writer.h"
#include "library/row_reader.h"
#include "options.h"

#include <array>
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <set>
#include <string>
#include <vector>

namespace picfind::server {

/// What became of the pictures at the last look at all of them, and since.
struct PublisherCounts {
  /// Looked at, of so many, the last time that all were.
  std::atomic<uint64_t> seen = 0;
  std::atomic<uint64_t> of = 0;
  std::atomic<uint64_t> added = 0;
  std::atomic<uint64_t> removed = 0;
  std::atomic<uint64_t> skipped = 0;
};

/// Makes a library's files from what lies in Redis and publishes them. Every server has one; that with the lease works.
class Publisher {
public:
  struct Settings {
    LibraryOptions library;
    ModelSpace model;
    std::chrono::seconds scan_interval;
    std::chrono::seconds purge_after;
    PicturesPlace pictures;
  };
  Publisher(Redis& redis, FileCache& cache, asio::thread_pool& pool, Settings settings);

  /// Until stop().
  Awaitable<void> run();
  Awaitable<void> stop();
  /// A picture may have changed; nothing: any of them.
  void hear_of(std::optional<std::string> path);
  /// A manifest was published: "epoch:sequence", as Redis tells of it.
  void hear_of_manifest(std::string_view event) { writer_.hear_of_manifest(event); }
  const PublisherCounts& counts() const { return counts_; }
  /// See Layout::path_of().
  std::optional<std::string> path_of(std::string_view channel) const { return reader_.layout().path_of(channel); }
  std::vector<std::string> channels() const { return reader_.layout().channels(redis_.database()); }

private:
  using Done = Expected<void>;

  /// While the lease is held.
  Awaitable<Done> work();
  /// A first manifest, with a mean measured on some of these pictures.
  Awaitable<Done> begin(const std::vector<std::string>& paths);
  Awaitable<Done> look_at_all();
  /// Takes in what these pictures are now.
  Awaitable<Done> look_at(std::vector<std::string> paths, bool is_all);
  /// Deletes the records that are none of these pictures.
  void delete_others(const std::vector<std::string>& paths);
  void take(const RowRead& read, const std::string& path);
  Awaitable<Done> publish_draft();
  /// Rewrites what holds deleted records, and lets go of the files that held them.
  Awaitable<Done> purge();
  /// Thumbnails of pictures that are gone. One may also come before its picture: that of none stays until the next
  /// purge.
  Awaitable<Done> purge_thumbnails();
  Awaitable<void> wait();
  SegmentBuilder& draft();
  Library& library() { return writer_.library(); }
  void skip(const std::string& path, const std::string& reason);

  Redis& redis_;
  asio::thread_pool& pool_;
  Settings settings_;
  Lease lease_;
  RowReader reader_;
  LibraryWriter writer_;
  asio::steady_timer wake_;
  bool stopped_ = false;

  std::set<std::string> changed_;
  bool all_changed_ = true;
  std::chrono::steady_clock::time_point next_look_;
  /// When deleted records must be in no file any more.
  std::optional<std::chrono::steady_clock::time_point> purge_at_;

  std::optional<SegmentBuilder> draft_;
  std::vector<std::array<uint8_t, 16>> deleted_;
  /// Keys of what was deleted since the last purge, and paths of thumbnails that had no picture at it.
  std::set<std::array<uint8_t, 16>> gone_;
  std::set<std::string> waiting_;
  PublisherCounts counts_;
};

}  // namespace picfind::server
