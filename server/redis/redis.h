#pragma once
#include "asio.h"
#include "error.h"
#include "redis/replies.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/redis/config.hpp>
#include <boost/redis/request.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace boost::redis {
class connection;
}

namespace picfind::server {

/// A request that fails at once where Redis is away, instead of waiting for it.
boost::redis::request new_request();

/// Where Redis is, who asks it, and whom to believe that it is Redis.
struct RedisConfig : boost::redis::config {
  /// Certificates that vouch for it where it is asked over TLS, PEM; empty: those of the machine.
  std::filesystem::path ca;
};

/// Errors: usage. redis://[user:password@]host[:port][/database], or rediss:// for TLS.
Expected<RedisConfig> read_redis_config(const std::string& url, const std::filesystem::path& ca);

/// A connection to Redis that comes back by itself. All calls from the executor's thread.
class Redis {
public:
  Redis(const asio::any_io_executor& executor, RedisConfig config);
  ~Redis();

  /// Connects, and connects again whenever the connection is lost.
  void start();
  void stop();
  bool is_connected() const { return connected_; }
  const asio::any_io_executor& executor() const { return executor_; }
  int database() const { return config_.database_index.value_or(0); }

  /// Errors: not-found, saying that Redis is away or did not answer in time. What Redis says against a command is in
  /// that command's reply.
  Awaitable<Expected<Replies>> exec(boost::redis::request request,
                                    std::chrono::seconds timeout = std::chrono::seconds(10));
  /// The same over a connection that ends with it. One that stays keeps room for the largest request it ever had.
  Awaitable<Expected<Replies>> exec_apart(boost::redis::request request, std::chrono::seconds timeout);
  /// The only reply of one command. Errors: not-found, usage (Redis refuses it, in its words).
  template <class... Arguments>
  Awaitable<Expected<Reply>> ask(std::string_view command, const Arguments&... arguments) {
    boost::redis::request request = new_request();
    request.push(command, arguments...);
    return ask(std::move(request));
  }
  Awaitable<Expected<Reply>> ask(boost::redis::request request);

  using OnMessage = std::function<void(std::string_view channel, std::string_view message)>;
  /// Hears of messages of channels and patterns for as long as this lives, again after each lost connection, of which
  /// `on_connected` tells: what was said meanwhile is lost.
  void subscribe(std::vector<std::string> channels, std::vector<std::string> patterns, OnMessage on_message,
                 std::function<void()> on_connected);

private:
  struct Subscription;
  Awaitable<void> watch();
  Awaitable<void> receive(std::shared_ptr<Subscription> subscription);

  RedisConfig config_;
  std::shared_ptr<boost::redis::connection> connection_;
  asio::any_io_executor executor_;
  std::shared_ptr<Subscription> subscription_;
  bool connected_ = false;
};

}  // namespace picfind::server
