#pragma once
#include "layout/keyed_layout.h"

namespace picfind::server {

/// A hash a picture, with the vector as a blob of float32 in one field: RediSearch, RedisVL, LangChain.
class HashLayout : public KeyedLayout {
public:
  HashLayout(const LibraryOptions& library, uint32_t dim);

  std::size_t commands() const override { return 1; }
  void ask(boost::redis::request& request, const std::string& path) const override;
  RowRead take(const std::string& path, std::span<const Reply> replies) const override;
  Awaitable<Expected<boost::redis::request>> writing(Redis& redis, const std::vector<Row>& rows) const override;

private:
  /// The vector's, then those to serve.
  std::vector<std::string> fields_;
  uint32_t dim_;
};

}  // namespace picfind::server
