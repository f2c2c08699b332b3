#include "redis/replies.h"

#include <charconv>

namespace picfind::server {

using boost::redis::resp3::type;

void Reply::add(const boost::redis::resp3::node_view& node) {
  nodes_.push_back({node.data_type, node.aggregate_size, node.depth, std::string(node.value)});
}

std::optional<std::string> Reply::error() const {
  if (nodes_.empty()) return "no answer";
  const Node& first = nodes_.front();
  if (first.data_type == type::simple_error || first.data_type == type::blob_error) return first.value;
  return std::nullopt;
}

std::optional<std::string> Reply::text() const {
  if (nodes_.size() != 1 || nodes_.front().data_type == type::null || is_aggregate(nodes_.front().data_type))
    return std::nullopt;
  return nodes_.front().value;
}

int64_t Reply::number() const {
  const std::string value = text().value_or("");
  int64_t number = 0;
  std::from_chars(value.data(), value.data() + value.size(), number);
  return number;
}

std::vector<std::optional<std::string>> Reply::values() const {
  std::vector<std::optional<std::string>> values;
  for (const Node& node : nodes_) {
    if (is_aggregate(node.data_type)) continue;
    if (node.data_type == type::null)
      values.emplace_back();
    else
      values.emplace_back(node.value);
  }
  return values;
}

}  // namespace picfind::server
