#include "layout/hash_layout.h"

#include "layout/foreign_vector.h"

namespace picfind::server {

HashLayout::HashLayout(const LibraryOptions& library, uint32_t dim)
    : KeyedLayout(library.prefix, "hash"), fields_{library.field}, dim_(dim) {
  fields_.insert(fields_.end(), library.fields.begin(), library.fields.end());
}

void HashLayout::ask(boost::redis::request& request, const std::string& path) const {
  request.push_range("HMGET", key_of(path), fields_);
}

RowRead HashLayout::take(const std::string& path, std::span<const Reply> replies) const {
  const Reply& reply = replies.front();
  if (const auto error = reply.error()) return {RowRead::State::skipped, {}, *error};
  std::vector<std::optional<std::string>> values = reply.values();
  values.resize(fields_.size());
  if (!values.front()) {
    // Whether the key is there without the field, or not at all, one command cannot tell where no field is there.
    const bool gone = std::ranges::none_of(values, [](const auto& value) { return value.has_value(); });
    if (gone) return {};
    return {RowRead::State::skipped, {}, "expected a field " + fields_.front() + ", found none"};
  }
  ReadVector vector = vector_of_blob(*values.front(), dim_);
  if (!vector) return {RowRead::State::skipped, {}, "field " + fields_.front() + ": " + vector.error()};
  RowRead read{RowRead::State::row, {path, std::move(*vector), {}}, {}};
  for (std::size_t i = 1; i < fields_.size(); ++i)
    if (values[i]) read.row.fields.emplace_back(fields_[i], std::move(*values[i]));
  return read;
}

Awaitable<Expected<boost::redis::request>> HashLayout::writing(Redis&, const std::vector<Row>& rows) const {
  boost::redis::request request = new_request();
  for (const Row& row : rows) {
    std::vector<std::string> set{key_of(row.path), fields_.front(), blob_of_vector(row.vector)};
    std::vector<std::string> unset{key_of(row.path)};
    for (const std::string& field : std::span(fields_).subspan(1)) {
      const auto given = std::ranges::find(row.fields, field, &std::pair<std::string, std::string>::first);
      if (given == row.fields.end())
        unset.push_back(field);
      else
        set.insert(set.end(), {field, given->second});
    }
    request.push_range("HSET", set);
    if (unset.size() > 1) request.push_range("HDEL", unset);
  }
  co_return request;
}

}  // namespace picfind::server
