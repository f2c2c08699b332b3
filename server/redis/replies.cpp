#include "redis/replies.h"

#include <charconv>
#include <span>

namespace picfind::server {

using boost::redis::resp3::type;

namespace {

/// Takes `node` and all that is under it off the front of `nodes`.
ReplyTree take_tree(std::span<const Reply::Node>& nodes) {
  const Reply::Node& node = nodes.front();
  nodes = nodes.subspan(1);
  ReplyTree tree;
  if (!is_aggregate(node.data_type) && node.data_type != type::null) tree.text = node.value;
  while (!nodes.empty() && nodes.front().depth > node.depth)
    tree.items.push_back(take_tree(nodes));
  return tree;
}

}  // namespace

const ReplyTree* ReplyTree::at(std::string_view name) const {
  for (std::size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i].text == name) return &items[i + 1];
  return nullptr;
}

std::string ReplyTree::text_at(std::string_view name) const {
  const ReplyTree* said = at(name);
  return said == nullptr ? std::string() : said->text.value_or("");
}

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
  // Vector sets answer so.
  if (!nodes_.empty() && nodes_.front().data_type == type::boolean) return value == "t" ? 1 : 0;
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

ReplyTree Reply::tree() const {
  std::span<const Node> nodes = nodes_;
  return nodes.empty() ? ReplyTree() : take_tree(nodes);
}

}  // namespace picfind::server
