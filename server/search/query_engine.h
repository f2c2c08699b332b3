#pragma once
#include "layout/layout.h"
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

/// The query engine (RediSearch) asks its index: FT.SEARCH … KNN. On a node of a cluster it gives no fields, nor even
/// distances where it is asked for fields: they are read from the records afterwards.
class QueryEngine : public RedisEngine {
public:
  QueryEngine(const LibraryOptions& library, uint32_t dim, VectorIndex index, Place place)
      : library_(library), layout_(make_layout(library, dim)), index_(std::move(index)), place_(place) {}

  std::string name() const override;
  bool filters_by(const Filter& filter) const override;
  Awaitable<Expected<std::vector<FoundRecord>>> search(Redis& redis, std::span<const float> query, std::size_t k,
                                                       const Filter& filter) const override;

private:
  boost::redis::request question(std::span<const float> query, std::size_t k, const Filter& filter) const;
  /// Errors: usage.
  Expected<std::vector<FoundRecord>> read(const ReplyTree& answer) const;
  Awaitable<Expected<void>> read_fields(Redis& redis, std::vector<FoundRecord>& found) const;

  LibraryOptions library_;
  std::unique_ptr<Layout> layout_;
  VectorIndex index_;
  Place place_;
};

/// Null where Redis has no query engine, or that has no such index. Errors: not-found (Redis is away).
Awaitable<Expected<std::shared_ptr<const RedisEngine>>> find_query_engine(Redis& redis, const LibraryOptions& library,
                                                                          uint32_t dim, Place place);

}  // namespace picfind::server
