#include "library/lease.h"

#include "random_hex.h"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace picfind::server {
namespace {

using namespace std::chrono_literals;
constexpr auto lasts = 15s;
constexpr auto renewed_every = 4s;

constexpr auto renew_script = R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2]))";
constexpr auto release_script = R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1]))";

std::string milliseconds(std::chrono::milliseconds time) { return std::to_string(time.count()); }

}  // namespace

Lease::Lease(Redis& redis, RedisKeys keys) : redis_(redis), keys_(std::move(keys)) {}

Awaitable<bool> Lease::acquire() {
  token_ = random_hex(16);
  const Expected<Reply> reply = co_await redis_.ask("SET", keys_.lease(), token_, "NX", "PX", milliseconds(lasts));
  held_ = reply && reply->text() == "OK";
  co_return held_;
}

Awaitable<void> Lease::renew() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (held_) {
    timer.expires_after(renewed_every);
    co_await timer.async_wait(as_result);
    if (!held_) co_return;
    const Expected<Reply> reply =
        co_await redis_.ask("EVAL", renew_script, "1", keys_.lease(), token_, milliseconds(lasts));
    // While Redis is away nobody can take it either; only its word says that it is lost.
    if (reply && reply->number() != 1) held_ = false;
  }
}

Awaitable<void> Lease::give_back() {
  if (!std::exchange(held_, false)) co_return;
  (void)co_await redis_.ask("EVAL", release_script, "1", keys_.lease(), token_);
}

}  // namespace picfind::server
