#pragma once
#include "asio.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace picfind::server {

/// Does work that takes long on another thread; the caller goes on, on its own, with what it came to.
template <class Work> auto run_on(asio::thread_pool& pool, Work work) -> Awaitable<decltype(work())> {
  co_return co_await asio::co_spawn(
      pool, [&]() -> Awaitable<decltype(work())> { co_return work(); }, asio::use_awaitable);
}

}  // namespace picfind::server
