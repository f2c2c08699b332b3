#include "redis/redis.h"

#include "log.h"

#include <boost/asio/cancel_after.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/consign.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/redis/connection.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace picfind::server {
namespace {

namespace redis = boost::redis;
using namespace std::chrono_literals;

redis::logger quiet() { return redis::logger(redis::logger::level::disabled); }

/// Believes a Redis whose name its certificate has.
asio::ssl::context tls_context(const RedisConfig& config) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  if (!config.use_ssl) return context;
  SystemError ignored;  // without certificates nothing is believed, and check_certificates() told of it
  context.set_verify_mode(asio::ssl::verify_peer, ignored);
  context.set_verify_callback(asio::ssl::host_name_verification(config.addr.host), ignored);
  if (config.ca.empty())
    context.set_default_verify_paths(ignored);
  else
    context.load_verify_file(config.ca.string(), ignored);
  return context;
}

Expected<void> check_certificates(const std::filesystem::path& ca) {
  if (ca.empty()) return {};
  SystemError error;
  asio::ssl::context(asio::ssl::context::tls_client).load_verify_file(ca.string(), error);
  if (!error) return {};
  return fail(ErrorCode::usage,
              "--redis-ca: expected certificates as PEM in " + ca.string() + ", found: " + error.message());
}

/// Messages of channels as they come, told one by one.
class MessagesAdapter {
public:
  explicit MessagesAdapter(std::vector<std::vector<std::string>>& messages) : messages_(&messages) {}
  void operator()(std::size_t, const redis::resp3::node_view& node, SystemError&) {
    if (node.depth == 0)
      messages_->emplace_back();
    else if (!messages_->empty())
      messages_->back().emplace_back(node.value);
  }
  static std::size_t get_supported_response_size() { return SIZE_MAX; }

private:
  std::vector<std::vector<std::string>>* messages_;
};

struct Messages {
  std::vector<std::vector<std::string>> of;
};
MessagesAdapter boost_redis_adapt(Messages& messages) { return MessagesAdapter(messages.of); }

}  // namespace

struct Redis::Subscription {
  std::vector<std::string> channels;
  std::vector<std::string> patterns;
  OnMessage on_message;
  std::function<void()> on_connected;
  Messages messages;
};

redis::request new_request() {
  redis::request::config config;
  config.cancel_if_not_connected = true;
  return redis::request(config);
}

Expected<RedisConfig> read_redis_config(const std::string& url, const std::filesystem::path& ca) {
  const auto wrong = [](const std::string& found) {
    return fail(ErrorCode::usage, "--redis: expected redis://[user:password@]host[:port][/database], found " + found);
  };
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return wrong("no address");
  if (parsed->scheme() != "redis" && parsed->scheme() != "rediss")
    return wrong("the scheme " + std::string(parsed->scheme()));
  if (parsed->host().empty()) return wrong("no host");
  if (const Expected<void> checked = check_certificates(ca); !checked) return std::unexpected(checked.error());
  RedisConfig config;
  config.ca = ca;
  config.use_ssl = parsed->scheme() == "rediss";
  config.addr.host = parsed->host_address();
  if (parsed->has_port()) config.addr.port = parsed->port();
  if (!parsed->user().empty()) config.username = parsed->user();
  config.password = parsed->password();
  if (config.password.empty() && parsed->user().empty()) config.username.clear();
  config.clientname = "picfind-server";
  config.reconnect_wait_interval = 500ms;
  const auto segments = parsed->segments();
  if (segments.size() > 1) return wrong("more than a database in the path");
  if (!segments.empty() && !segments.front().empty()) {
    const std::string database = segments.front();
    if (database.size() > 4 || database.find_first_not_of("0123456789") != std::string::npos)
      return wrong("the database " + database);
    config.database_index = std::stoi(database);
  }
  return config;
}

Redis::Redis(const asio::any_io_executor& executor, RedisConfig config)
    : config_(std::move(config)), connection_(std::make_shared<redis::connection>(executor, tls_context(config_))),
      executor_(executor) {}

Redis::~Redis() { stop(); }

void Redis::start() {
  connection_->async_run(config_, quiet(), asio::consign(asio::detached, connection_));
  asio::co_spawn(executor_, watch(), asio::detached);
}

void Redis::stop() { connection_->cancel(); }

Awaitable<void> Redis::watch() {
  const std::shared_ptr<redis::connection> connection = connection_;
  asio::steady_timer timer(executor_);
  for (bool is_first = true; connection->will_reconnect(); is_first = false) {
    // The first waits until there is a connection, so that no time passes before what waits for it goes on.
    redis::request ping = connected_ ? new_request() : redis::request();
    ping.push("PING");
    const Expected<Replies> pong = co_await exec(std::move(ping), 5s);
    if (is_first && !pong)
      log(Level::warning, "Redis is away", {{"host", config_.addr.host}, {"reason", pong.error().message}});
    timer.expires_after(500ms);
    co_await timer.async_wait(as_result);
  }
}

Awaitable<Expected<Replies>> Redis::exec(redis::request request, std::chrono::seconds timeout) {
  Replies replies;
  replies.of.reserve(request.get_commands());
  asio::steady_timer timer(executor_);
  const auto [error, bytes] =
      co_await connection_->async_exec(request, replies, asio::cancel_after(timer, timeout, as_result));
  const bool connected = !error;
  if (connected != connected_) {
    connected_ = connected;
    if (connected)
      log(Level::info, "connected to Redis", {{"host", config_.addr.host}, {"port", config_.addr.port}});
    else
      log(Level::warning, "Redis is away", {{"host", config_.addr.host}, {"reason", error.message()}});
  }
  if (error) co_return fail(ErrorCode::not_found, "Redis: " + error.message());
  co_return replies;
}

Awaitable<Expected<Replies>> Redis::exec_apart(redis::request request, std::chrono::seconds timeout) {
  RedisConfig config = config_;
  // One that fails is not tried again.
  config.reconnect_wait_interval = 0s;
  request.get_config().cancel_if_not_connected = false;
  const auto connection = std::make_shared<redis::connection>(executor_, tls_context(config));
  // It does not end by itself what waits for a connection that was never there, or is lost.
  connection->async_run(config, quiet(), [connection](const SystemError&) { connection->cancel(); });
  Replies replies;
  replies.of.reserve(request.get_commands());
  asio::steady_timer timer(executor_);
  const auto [error, bytes] =
      co_await connection->async_exec(request, replies, asio::cancel_after(timer, timeout, as_result));
  connection->cancel();
  if (error) co_return fail(ErrorCode::not_found, "Redis: " + error.message());
  co_return replies;
}

Awaitable<Expected<Reply>> Redis::ask(redis::request request) {
  Expected<Replies> replies = co_await exec(std::move(request));
  if (!replies) co_return std::unexpected(replies.error());
  if (replies->of.empty()) co_return fail(ErrorCode::not_found, "Redis: no answer");
  if (const auto error = replies->of[0].error()) co_return fail(ErrorCode::usage, "Redis: " + *error);
  co_return std::move(replies->of[0]);
}

void Redis::subscribe(std::vector<std::string> channels, std::vector<std::string> patterns, OnMessage on_message,
                      std::function<void()> on_connected) {
  subscription_ = std::make_shared<Subscription>(std::move(channels), std::move(patterns), std::move(on_message),
                                                 std::move(on_connected));
  connection_->set_receive_response(subscription_->messages);
  asio::co_spawn(executor_, receive(subscription_), asio::detached);
}

Awaitable<void> Redis::receive(std::shared_ptr<Subscription> subscription) {
  const std::shared_ptr<redis::connection> connection = connection_;
  asio::steady_timer timer(executor_);
  while (connection->will_reconnect()) {
    redis::request request = new_request();
    if (!subscription->channels.empty()) request.push_range("SUBSCRIBE", subscription->channels);
    if (!subscription->patterns.empty()) request.push_range("PSUBSCRIBE", subscription->patterns);
    if (co_await exec(std::move(request))) {
      subscription->on_connected();
      for (SystemError error; !error;) {
        error = std::get<0>(co_await connection->async_receive(as_result));
        for (const std::vector<std::string>& message : std::exchange(subscription->messages.of, {})) {
          if (message.size() == 3 && message[0] == "message") subscription->on_message(message[1], message[2]);
          if (message.size() == 4 && message[0] == "pmessage") subscription->on_message(message[2], message[3]);
        }
      }
    }
    timer.expires_after(200ms);
    co_await timer.async_wait(as_result);
  }
}

}  // namespace picfind::server
