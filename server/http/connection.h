#pragma once
#include "http/request_id.h"
#include "http/request_log.h"
#include "http/server.h"

#include <boost/asio/steady_timer.hpp>
#include <set>

namespace picfind::server {

/// A connection as its server sees it.
struct OpenConnection {
  using Clock = std::chrono::steady_clock;

  asio::ip::tcp::socket* socket;
  /// When what the client is waited for must have come; max() while nothing is.
  Clock::time_point deadline = Clock::time_point::max();
  /// It waits for a request.
  bool is_idle = false;
};

/// What the connections of a server share.
struct HttpServer::State {
  State(asio::any_io_executor runs_on, Application answers, HttpSettings set)
      : executor(std::move(runs_on)), application(std::move(answers)), settings(std::move(set)), acceptor(executor),
        timer(executor), log(executor) {}

  asio::any_io_executor executor;
  Application application;
  HttpSettings settings;
  asio::ip::tcp::acceptor acceptor;
  asio::steady_timer timer;
  RequestLog log;
  RequestIds ids;
  std::set<OpenConnection*> open;
  uint64_t requests = 0;
  /// Room kept for bodies.
  uint64_t bodies_bytes = 0;
  bool draining = false;
};

/// Answers what comes over the socket, until either side ends it.
Awaitable<void> serve_connection(std::shared_ptr<HttpServer::State> state, asio::ip::tcp::socket socket);

}  // namespace picfind::server
