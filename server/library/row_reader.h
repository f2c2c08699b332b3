#pragma once
#include "asio.h"
#include "layout/layout.h"
#include "library/lease.h"
#include "pictures/pictures_place.h"
#include "pictures/thumbnails.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace picfind::server {

/// The pictures of a library as rows: what the layout reads of them, with where they and their thumbnails are.
class RowReader {
public:
  RowReader(Redis& redis, const Lease& lease, std::unique_ptr<Layout> layout, PicturesPlace pictures, RedisKeys keys);

  const Layout& layout() const { return *layout_; }
  Thumbnails& thumbnails() { return thumbnails_; }
  /// Paths of all pictures, sorted. Errors: not-found, usage.
  Awaitable<Expected<std::vector<std::string>>> list_all();
  /// In the order of the paths. Errors: not-found, usage.
  Awaitable<Expected<std::vector<RowRead>>> read(std::span<const std::string> paths);

private:
  Redis& redis_;
  const Lease& lease_;
  std::unique_ptr<Layout> layout_;
  PicturesPlace pictures_;
  Thumbnails thumbnails_;
};

}  // namespace picfind::server
