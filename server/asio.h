#pragma once
// Coroutines as all of the server writes them.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>

namespace picfind::server {

namespace asio = boost::asio;

template <class T> using Awaitable = asio::awaitable<T>;
using SystemError = boost::system::error_code;

/// co_await gives (error, result…) instead of throwing.
constexpr auto as_result = asio::as_tuple(asio::deferred);

}  // namespace picfind::server
