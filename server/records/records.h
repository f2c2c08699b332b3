#pragma once
#include "http/answer.h"
#include "layout/layout.h"
#include "library/redis_keys.h"
#include "records/record_body.h"

#include <memory>
#include <string>

namespace picfind::server {

/// Writes what clients send to where the library's layout has its pictures, as any other tool would.
class Records {
public:
  Records(Redis& redis, const LibraryOptions& library, uint32_t dim);

  /// PUT of one record by its key, of many with an empty key, or DELETE of one.
  Awaitable<Answer> answer(const Request& request, std::string key);

private:
  Awaitable<Answer> write(const WrittenRecords& records);
  Awaitable<Answer> remove(const std::string& key);

  Redis& redis_;
  RedisKeys keys_;
  std::vector<std::string> fields_;
  uint32_t dim_;
  std::unique_ptr<Layout> layout_;
};

}  // namespace picfind::server
