#include "search/redis_engine.h"

#include "search/query_engine.h"
#include "search/vector_set_engine.h"

namespace picfind::server {

Awaitable<Expected<std::shared_ptr<const RedisEngine>>> find_redis_engine(Redis& redis, const LibraryOptions& library,
                                                                          uint32_t dim, Place place) {
  if (library.layout == LayoutKind::vectorset) co_return co_await find_vector_set(redis, library, dim);
  co_return co_await find_query_engine(redis, library, dim, place);
}

}  // namespace picfind::server
