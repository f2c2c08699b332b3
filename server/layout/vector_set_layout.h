#pragma once
#include "layout/layout.h"

namespace picfind::server {

/// What an element's attributes, a JSON object, say of these fields, as text.
std::vector<std::pair<std::string, std::string>> fields_of_attributes(const std::string& attributes,
                                                                      const std::vector<std::string>& fields);

/// One vector set of Redis 8: its elements are the pictures, their attributes what is said of them.
class VectorSetLayout : public Layout {
public:
  VectorSetLayout(const LibraryOptions& library, uint32_t dim);

  Awaitable<Expected<Page>> list(Redis& redis, std::string cursor) const override;
  std::size_t commands() const override { return fields_.empty() ? 1 : 2; }
  void ask(boost::redis::request& request, const std::string& path) const override;
  RowRead take(const std::string& path, std::span<const Reply> replies) const override;
  Awaitable<Expected<boost::redis::request>> writing(Redis& redis, const std::vector<Row>& rows) const override;
  void remove(boost::redis::request& request, const std::string& path) const override;
  std::string channels(int database) const override;
  std::optional<std::string> path_of(std::string_view channel) const override;

private:
  std::string key_;
  std::vector<std::string> fields_;
  uint32_t dim_;
};

}  // namespace picfind::server
