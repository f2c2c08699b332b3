#include "redis/cluster.h"

#include <algorithm>
#include <charconv>

namespace picfind::server {
namespace {

using namespace std::chrono_literals;

uint16_t number_of(const ReplyTree& tree) {
  const std::string text = tree.text.value_or("");
  uint16_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

uint16_t slot_of(std::string_view key) {
  constexpr uint16_t polynomial = 0x1021;
  constexpr uint16_t slots = 16'384;
  const std::size_t open = key.find('{');
  const std::size_t close = open == std::string_view::npos ? open : key.find('}', open);
  if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  uint16_t crc = 0;
  for (const char c : key) {
    crc = static_cast<uint16_t>(crc ^ (static_cast<uint8_t>(c) << 8U));
    for (int bit = 0; bit < 8; ++bit)
      crc = static_cast<uint16_t>((crc << 1U) ^ ((crc & 0x8000U) != 0 ? polynomial : 0));
  }
  return crc % slots;
}

bool Shard::holds(std::string_view key) const {
  const uint16_t slot = slot_of(key);
  return std::ranges::any_of(slots, [&](const auto& range) { return slot >= range.first && slot <= range.second; });
}

Awaitable<Expected<std::vector<Shard>>> find_shards(Redis& redis) {
  boost::redis::request request = new_request();
  request.push("CLUSTER", "SHARDS");
  const Expected<Replies> replies = co_await redis.exec(std::move(request));
  if (!replies) co_return std::unexpected(replies.error());
  std::vector<Shard> shards;
  // It is an error where Redis is no cluster, or older than the command.
  if ((*replies)[0].error()) co_return shards;
  const ReplyTree answer = (*replies)[0].tree();
  for (const ReplyTree& one : answer.items) {
    const ReplyTree* slots = one.at("slots");
    const ReplyTree* nodes = one.at("nodes");
    if (slots == nullptr || nodes == nullptr) continue;
    const auto master =
        std::ranges::find_if(nodes->items, [](const ReplyTree& node) { return node.text_at("role") == "master"; });
    if (master == nodes->items.end()) continue;
    Shard shard{master->text_at("endpoint"), master->text_at("port"), {}};
    for (std::size_t i = 0; i + 1 < slots->items.size(); i += 2)
      shard.slots.emplace_back(number_of(slots->items[i]), number_of(slots->items[i + 1]));
    if (!shard.slots.empty()) shards.push_back(std::move(shard));
  }
  co_return shards;
}

Awaitable<std::shared_ptr<Redis>> ClusterNodes::connect(Shard shard) {
  std::shared_ptr<Redis>& node = nodes_[shard.host + ":" + shard.port];
  if (node == nullptr) {
    RedisConfig config = config_;
    config.addr = {shard.host, shard.port};
    node = std::make_shared<Redis>(executor_, std::move(config));
    node->start();
  }
  const std::shared_ptr<Redis> connected = node;
  if (!connected->is_connected()) {
    boost::redis::request ping;
    ping.push("PING");
    (void)co_await connected->exec(std::move(ping), 2s);
  }
  co_return connected;
}

void ClusterNodes::stop() {
  for (const auto& [address, node] : nodes_)
    node->stop();
}

}  // namespace picfind::server
