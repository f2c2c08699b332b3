#pragma once
#include "http/server.h"

#include <boost/beast/core/tcp_stream.hpp>
#include <set>

namespace picfind::server {

using TcpStream = boost::beast::basic_stream<asio::ip::tcp, asio::any_io_executor>;

/// What the connections of a server share.
struct HttpServer::State {
  asio::any_io_executor executor;
  Application application;
  HttpSettings settings;
  asio::ip::tcp::acceptor acceptor;
  /// They wait for a request.
  std::set<TcpStream*> idle;
  std::size_t connections = 0;
  uint64_t requests = 0;
  /// Room kept for bodies.
  uint64_t bodies_bytes = 0;
  bool draining = false;
};

/// Answers what comes over the socket, until either side ends it.
Awaitable<void> serve_connection(std::shared_ptr<HttpServer::State> state, asio::ip::tcp::socket socket);

}  // namespace picfind::server
