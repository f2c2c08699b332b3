#include "http/server.h"

#include "http/connection.h"
#include "log.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>

namespace picfind::server {

using asio::ip::tcp;

namespace {

/// Between two looks at deadlines: so much later than it should a client is given up.
constexpr std::chrono::milliseconds looks_apart{250};

}  // namespace

HttpServer::HttpServer(const asio::any_io_executor& executor, Application application, HttpSettings settings)
    : state_(std::make_shared<State>(executor, std::move(application), std::move(settings))) {
  // A file is sent to a client that has gone: that is an error of this call, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
}

HttpServer::~HttpServer() { drain(); }

std::size_t HttpServer::connections() const { return state_->open.size(); }

uint64_t HttpServer::requests() const { return state_->requests; }

bool HttpServer::is_draining() const { return state_->draining; }

Expected<Address> HttpServer::listen(const Address& address) {
  const auto wrong = [&](const SystemError& error) {
    return fail(ErrorCode::usage, "--listen: " + address.host + ":" + std::to_string(address.port) +
                                      " cannot be had (" + error.message() + "); give another address");
  };
  SystemError error;
  const auto host = asio::ip::make_address(address.host == "localhost" ? "127.0.0.1" : address.host, error);
  if (error) return wrong(error);
  const tcp::endpoint endpoint(host, address.port);
  tcp::acceptor& acceptor = state_->acceptor;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return wrong(error);
  asio::co_spawn(state_->executor, accept(state_), asio::detached);
  asio::co_spawn(state_->executor, watch(state_), asio::detached);
  return Address{address.host, acceptor.local_endpoint().port()};
}

void HttpServer::drain() {
  if (std::exchange(state_->draining, true)) return;
  SystemError ignored;
  state_->acceptor.close(ignored);
  for (const OpenConnection* connection : state_->open)
    if (connection->is_idle) connection->socket->cancel(ignored);
}

Awaitable<void> HttpServer::watch(std::shared_ptr<State> state) {
  while (!state->draining || !state->open.empty()) {
    state->timer.expires_after(looks_apart);
    co_await state->timer.async_wait(as_result);
    const auto now = OpenConnection::Clock::now();
    SystemError ignored;
    for (const OpenConnection* connection : state->open)
      if (connection->deadline < now) connection->socket->close(ignored);
  }
}

Awaitable<void> HttpServer::accept(std::shared_ptr<State> state) {
  asio::steady_timer timer(state->executor);
  while (!state->draining) {
    auto [error, socket] = co_await state->acceptor.async_accept(as_result);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {
      // Out of file descriptors, most likely: some come back.
      log(Level::warning, "a connection cannot be accepted", {{"reason", error.message()}});
      timer.expires_after(std::chrono::milliseconds(100));
      co_await timer.async_wait(as_result);
      continue;
    }
    if (state->open.size() >= state->settings.limits.connections) continue;
    asio::co_spawn(state->executor, serve_connection(state, std::move(socket)), asio::detached);
  }
}

}  // namespace picfind::server
