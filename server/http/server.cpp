#include "http/server.h"

#include "log.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <set>

namespace picfind::server {
namespace {

namespace beast = boost::beast;
using asio::ip::tcp;
using TcpStream = beast::basic_stream<tcp, asio::any_io_executor>;

/// Bytes a second that a client must take.
constexpr std::size_t slowest_client = 32U << 10U;

http::status status_of(const SystemError& error) {
  if (error == http::error::body_limit) return http::status::payload_too_large;
  if (error == http::error::header_limit) return http::status::request_header_fields_too_large;
  return http::status::bad_request;
}

/// Whether a request that failed to arrive is worth an answer: the client is there and spoke HTTP, badly.
bool is_answerable(const SystemError& error) {
  return error.category() == make_error_code(http::error::bad_target).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

}  // namespace

struct HttpServer::State {
  asio::any_io_executor executor;
  Handler handler;
  HttpLimits limits;
  tcp::acceptor acceptor;
  std::set<TcpStream*> idle;
  std::size_t connections = 0;
  bool draining = false;
};

HttpServer::HttpServer(const asio::any_io_executor& executor, Handler handler, HttpLimits limits)
    : state_(std::make_shared<State>(executor, std::move(handler), limits, tcp::acceptor(executor))) {}

HttpServer::~HttpServer() { drain(); }

std::size_t HttpServer::connections() const { return state_->connections; }

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
  return Address{address.host, acceptor.local_endpoint().port()};
}

void HttpServer::drain() {
  if (std::exchange(state_->draining, true)) return;
  SystemError ignored;
  state_->acceptor.close(ignored);
  for (TcpStream* stream : state_->idle)
    stream->cancel();
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
    if (state->connections >= state->limits.connections) continue;
    asio::co_spawn(state->executor, serve(state, std::move(socket)), asio::detached);
  }
}

namespace {

template <class Body> void set_common(http::response<Body>& response) {
  response.set(http::field::server, "picfind-server");
  response.set("X-Content-Type-Options", "nosniff");
}

Awaitable<bool> send(TcpStream& stream, const Request& request, Answer answer, bool keep_alive) {
  http::response<MemoryBody> response;
  response.result(answer.status);
  response.version(request.version());
  response.keep_alive(keep_alive);
  set_common(response);
  for (const auto& header : answer.headers)
    response.insert(header.name_string(), header.value());
  response.body() = std::move(answer.body);
  if (answer.status != http::status::not_modified && answer.status != http::status::no_content)
    response.content_length(response.body().bytes.size());
  http::response_serializer<MemoryBody> serializer(response);
  // An answer to HEAD says how long it would be.
  const auto [error, sent] = request.method() == http::verb::head
                                 ? co_await http::async_write_header(stream, serializer, as_result)
                                 : co_await http::async_write(stream, serializer, as_result);
  co_return !error && keep_alive;
}

Awaitable<void> run(TcpStream& stream, const Request& request, Stream endless, std::chrono::seconds patience) {
  http::response<http::empty_body> response{http::status::ok, request.version()};
  set_common(response);
  for (const auto& header : endless.headers)
    response.insert(header.name_string(), header.value());
  response.chunked(true);
  http::response_serializer<http::empty_body> serializer(response);
  const auto [error, sent] = co_await http::async_write_header(stream, serializer, as_result);
  if (error) co_return;
  co_await endless.run([&](std::string text) -> Awaitable<bool> {
    stream.expires_after(patience);
    const auto [failed, bytes] = co_await asio::async_write(stream, http::make_chunk(asio::buffer(text)), as_result);
    co_return !failed;
  });
}

}  // namespace

Awaitable<void> HttpServer::serve(std::shared_ptr<State> state, tcp::socket socket) {
  struct Counted {
    State& state;
    explicit Counted(State& counted) : state(counted) { ++state.connections; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --state.connections; }
  } const counted(*state);
  TcpStream stream(std::move(socket));
  SystemError ignored;
  stream.socket().set_option(tcp::no_delay(true), ignored);
  beast::flat_buffer buffer(state->limits.header_bytes + (64U << 10U));
  bool alive = true;
  while (alive && !state->draining) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(state->limits.header_bytes);
    parser.body_limit(state->limits.body_bytes);
    stream.expires_after(state->limits.patience);
    state->idle.insert(&stream);
    const auto [error, bytes] = co_await http::async_read(stream, buffer, parser, as_result);
    state->idle.erase(&stream);
    if (error) {
      if (is_answerable(error))
        co_await send(stream, parser.get(), error_answer(status_of(error), error.message()), false);
      break;
    }
    const Request request = parser.release();
    Reaction reaction = co_await state->handler(request);
    if (Stream* endless = std::get_if<Stream>(&reaction)) {
      co_await run(stream, request, std::move(*endless), state->limits.patience);
      break;
    }
    Answer& answer = std::get<Answer>(reaction);
    stream.expires_after(state->limits.patience + std::chrono::seconds(answer.body.bytes.size() / slowest_client));
    alive = co_await send(stream, request, std::move(answer), request.keep_alive() && !state->draining);
  }
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace picfind::server
