#pragma once
#include "asio.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>
#include <vector>

namespace picfind::server {

/// What `ask` says of each of these, which are asked at the same time, in their order.
template <class Result, class One, class Ask>
Awaitable<std::vector<Result>> together(const std::vector<One>& all, Ask ask) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  std::vector<Result> results(all.size());
  std::size_t waiting = all.size();
  asio::steady_timer all_there(executor, asio::steady_timer::time_point::max());
  // Lives as long as what it starts.
  const auto ask_one = [&](std::size_t i) -> Awaitable<void> { results[i] = co_await ask(all[i]); };
  std::exception_ptr thrown;
  const auto on_end = [&](const std::exception_ptr& error) {
    if (error) thrown = error;
    if (--waiting == 0) all_there.cancel();
  };
  for (std::size_t i = 0; i < all.size(); ++i)
    asio::co_spawn(executor, ask_one(i), on_end);
  while (waiting > 0)
    co_await all_there.async_wait(as_result);
  if (thrown) std::rethrow_exception(thrown);
  co_return results;
}

}  // namespace picfind::server
