#pragma once
#include <string>

namespace picfind::server {

/// Names of what the servers keep in Redis of a library. All of one library are in one slot of a cluster.
class RedisKeys {
public:
  explicit RedisKeys(const std::string& library) : base_("picfind:{" + library + "}:") {}

  /// String: the manifest.
  std::string manifest() const { return base_ + "manifest"; }
  /// String: sha256 of the manifest, which the next publication must know.
  std::string head() const { return base_ + "head"; }
  /// String: bytes of a file, by its sha256. It exists for as long as the file may be served.
  std::string file(const std::string& name) const { return base_ + "file:" + name; }
  /// String: the same in gzip, where that is much smaller.
  std::string gzip(const std::string& name) const { return base_ + "gzip:" + name; }
  /// Set: names of all files there are.
  std::string files() const { return base_ + "files"; }
  /// Hash: names of thumbnails by the paths of their pictures.
  std::string thumbnails() const { return base_ + "thumbnails"; }
  /// String: a thumbnail, a JPEG that a client has made.
  std::string thumbnail(const std::string& name) const { return base_ + "thumbnail:" + name; }
  /// String with an end: token of the server that may publish.
  std::string lease() const { return base_ + "lease"; }
  /// Channel: epoch and sequence of each manifest when it is published.
  std::string events() const { return base_ + "events"; }
  /// Channel: paths of pictures that were written or deleted through a server, for Redis may tell of no keys.
  std::string changes() const { return base_ + "changes"; }

private:
  std::string base_;
};

}  // namespace picfind::server
