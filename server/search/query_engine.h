#pragma once
#include "search/redis_engine.h"

#include <map>

namespace picfind::server {

/// An index of Redis' query engine over the vectors of a library.
struct VectorIndex {
  enum class Algorithm { flat, hnsw };
  enum class Number { float32, float16 };

  std::string name;
  /// Of the vectors, as queries call it.
  std::string attribute;
  Algorithm algorithm = Algorithm::flat;
  Number number = Number::float32;
  struct FieldIndex {
    enum class Kind { tag, numeric } kind;
    std::string attribute;
    /// Of a tag: what cuts a text into several.
    std::string separator;
  };
  /// By the fields of the library that can be filtered by.
  std::map<std::string, FieldIndex> fields;
};

/// What FT.INFO says of an index, if it holds all vectors of the library and no others, by their cosine, and is
/// complete.
std::optional<VectorIndex> read_vector_index(const ReplyTree& info, const LibraryOptions& library, uint32_t dim);

/// The query engine (RediSearch) asks its index: FT.SEARCH … KNN.
class QueryEngine : public RedisEngine {
public:
  QueryEngine(const LibraryOptions& library, VectorIndex index) : library_(library), index_(std::move(index)) {}

  std::string name() const override;
  bool filters_by(const Filter& filter) const override;
  Awaitable<Expected<std::vector<FoundRecord>>> search(Redis& redis, std::span<const float> query, std::size_t k,
                                                       const Filter& filter) const override;

private:
  LibraryOptions library_;
  VectorIndex index_;
};

/// Null where Redis has no query engine, or that has no such index. Errors: not-found (Redis is away).
Awaitable<Expected<std::shared_ptr<const RedisEngine>>> find_query_engine(Redis& redis, const LibraryOptions& library,
                                                                          uint32_t dim);

}  // namespace picfind::server
