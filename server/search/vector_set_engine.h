#pragma once
#include "search/redis_engine.h"

namespace picfind::server {

/// A vector set of Redis 8 searches itself: VSIM. Where a filter is given it compares all elements (TRUTH), because
/// what its graph finds before filtering may hold none that are allowed.
class VectorSetEngine : public RedisEngine {
public:
  explicit VectorSetEngine(const LibraryOptions& library) : library_(library) {}

  std::string name() const override { return "redis-vectorset"; }
  bool filters_by(const Filter& filter) const override;
  Awaitable<Expected<std::vector<FoundRecord>>> search(Redis& redis, std::span<const float> query, std::size_t k,
                                                       const Filter& filter) const override;

private:
  Awaitable<Expected<void>> read_fields(Redis& redis, std::vector<FoundRecord>& found) const;

  LibraryOptions library_;
};

/// Null where there is no such vector set, or it has vectors of another dimension. Errors: not-found (Redis is away).
Awaitable<Expected<std::shared_ptr<const RedisEngine>>> find_vector_set(Redis& redis, const LibraryOptions& library,
                                                                        uint32_t dim);

}  // namespace picfind::server
