#pragma once
#include "http/answer.h"
#include "layout/layout.h"
#include "library/redis_keys.h"
#include "pictures/pictures_place.h"
#include "pictures/thumbnails.h"
#include "records/record_body.h"

#include <memory>
#include <string>

namespace picfind::server {

/// Writes what clients send to where the library's layout has its pictures, as any other tool would.
class Records {
public:
  Records(Redis& redis, const LibraryOptions& library, uint32_t dim, const PicturesPlace& pictures);

  /// GET, PUT or DELETE of one record by its key; PUT of many with an empty key.
  Awaitable<Answer> answer(const Request& request, std::string key);

private:
  Awaitable<Answer> read(const std::string& key);
  Awaitable<Answer> write(const WrittenRecords& records);
  Awaitable<Answer> remove(const std::string& key);

  Redis& redis_;
  RedisKeys keys_;
  std::string name_;
  std::vector<std::string> fields_;
  uint32_t dim_;
  std::unique_ptr<Layout> layout_;
  PicturesPlace pictures_;
  Thumbnails thumbnails_;
};

}  // namespace picfind::server
