#pragma once
#include "layout/keyed_layout.h"

namespace picfind::server {

/// A field as a path: `title` is $.title, paths stay as they are.
std::string json_path(const std::string& field);

/// A RedisJSON document a picture: the vector is the whole of it or at a path.
class JsonLayout : public KeyedLayout {
public:
  JsonLayout(const LibraryOptions& library, uint32_t dim);

  std::size_t commands() const override { return 1; }
  void ask(boost::redis::request& request, const std::string& path) const override;
  RowRead take(const std::string& path, std::span<const Reply> replies) const override;
  Awaitable<Expected<boost::redis::request>> writing(Redis& redis, const std::vector<Row>& rows) const override;

private:
  std::string vector_path_;
  std::vector<std::string> fields_;
  uint32_t dim_;
};

}  // namespace picfind::server
