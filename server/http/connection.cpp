#include "http/connection.h"

#include "log.h"
#include "random_hex.h"

#include <algorithm>
#include <array>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>

namespace picfind::server {
namespace {

namespace beast = boost::beast;
using asio::ip::tcp;
using TlsStream = asio::ssl::stream<TcpStream>;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Bytes a second that a client must send or take.
constexpr std::size_t slowest_client = 32U << 10U;
/// What is read of a request that was refused, so that the answer is not lost by closing on it.
constexpr std::size_t most_ignored = 1U << 20U;
constexpr auto goodbye = 2s;

http::status status_of(const SystemError& error) {
  if (error == http::error::body_limit) return http::status::payload_too_large;
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return http::status::request_header_fields_too_large;
  return http::status::bad_request;
}

/// Whether a request that failed to arrive is worth an answer: the client is there and spoke HTTP, badly.
bool is_answerable(const SystemError& error) {
  return error.category() == make_error_code(http::error::bad_target).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

/// The id a client gave a request, if it can be told in a log, else a new one.
std::string id_of(const RequestHeader& request) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const std::string_view given = request["X-Request-Id"];
  const bool is_fit = !given.empty() && given.size() <= 64 && given.find_first_not_of(allowed) == given.npos;
  return is_fit ? std::string(given) : random_hex(8);
}

/// Without the query, in which somebody may have put a secret.
std::string path_of(const RequestHeader& request) {
  const std::string_view target = request.target();
  std::string path(target.substr(0, std::min<std::size_t>(target.find_first_of("?#"), 300)));
  std::ranges::replace_if(path, [](unsigned char c) { return c < 0x20 || c > 0x7e; }, '?');
  return path;
}

/// Room for a body, given back with the end of its request.
class BodyRoom {
public:
  explicit BodyRoom(HttpServer::State& state) : state_(state) {}
  BodyRoom(const BodyRoom&) = delete;
  BodyRoom& operator=(const BodyRoom&) = delete;
  ~BodyRoom() { state_.bodies_bytes -= taken_; }
  bool take(uint64_t bytes) {
    if (bytes > state_.settings.limits.all_bodies_bytes - state_.bodies_bytes) return false;
    state_.bodies_bytes += bytes;
    taken_ += bytes;
    return true;
  }

private:
  HttpServer::State& state_;
  uint64_t taken_ = 0;
};

/// One client's connection, plain or TLS.
template <class Socket> class Connection {
public:
  Connection(HttpServer::State& state, Socket socket)
      : state_(state), limits_(state.settings.limits), stream_(std::move(socket)),
        buffer_(limits_.header_bytes + (64U << 10U)) {
    SystemError ignored;
    lowest().socket().set_option(tcp::no_delay(true), ignored);
    const tcp::endpoint remote = lowest().socket().remote_endpoint(ignored);
    client_ = remote.address().to_string();
  }

  Awaitable<void> run() {
    const bool is_open = co_await open();
    if (!is_open) co_return;
    for (bool goes_on = true; goes_on && !state_.draining;)
      goes_on = co_await answer_next();
    co_await close();
  }

private:
  TcpStream& lowest() { return beast::get_lowest_layer(stream_); }
  static constexpr bool is_tls = std::is_same_v<Socket, TlsStream>;

  Awaitable<bool> open() {
    if constexpr (is_tls) {
      lowest().expires_after(limits_.patience);
      const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, as_result);
      co_return !error;
    }
    co_return true;
  }

  /// Waits for the first byte of a request; false where there comes none.
  Awaitable<bool> wait() {
    pipelined_ = buffer_.size() > 0 ? pipelined_ + 1 : 0;
    if (pipelined_ > 0) co_return true;
    // Most of the time nothing is said: nothing is kept for it.
    buffer_.shrink_to_fit();
    lowest().expires_after(limits_.idle);
    state_.idle.insert(&lowest());
    const auto [error, bytes] = co_await stream_.async_read_some(buffer_.prepare(first_read), as_result);
    state_.idle.erase(&lowest());
    buffer_.commit(bytes);
    co_return !error;
  }

  /// False where the connection is to end.
  Awaitable<bool> answer_next() {
    const bool is_there = co_await wait();
    if (!is_there) co_return false;
    started_ = Clock::now();
    ++state_.requests;
    http::request_parser<http::string_body> parser;
    parser.header_limit(limits_.header_bytes);
    parser.body_limit(limits_.body_bytes);
    lowest().expires_after(limits_.patience);
    const auto [failed, header_bytes] = co_await http::async_read_header(stream_, buffer_, parser, as_result);
    id_ = id_of(parser.get());
    if (failed) {
      if (is_answerable(failed)) {
        Answer answer = error_answer(status_of(failed), failed.message());
        co_await send(parser.get(), std::move(answer), false);
      }
      co_return false;
    }
    BodyRoom room(state_);
    if (std::optional<Answer> refusal = admit(parser, room)) {
      const bool is_whole = parser.is_done();
      const bool goes_on = is_whole && may_go_on(parser.get());
      co_return co_await send(parser.get(), std::move(*refusal), goes_on);
    }
    if (!parser.is_done()) {
      const SystemError error = co_await read_body(parser);
      if (error && is_answerable(error)) {
        Answer answer = error_answer(status_of(error), error.message());
        co_await send(parser.get(), std::move(answer), false);
      }
      if (error) co_return false;
    }
    const Request request = parser.release();
    Reaction reaction = co_await state_.application.answer(request);
    if (Stream* endless = std::get_if<Stream>(&reaction)) {
      co_await send_stream(request, std::move(*endless));
      co_return false;
    }
    co_return co_await send(request, std::move(std::get<Answer>(reaction)), may_go_on(request));
  }

  bool may_go_on(const Request& request) const {
    return request.keep_alive() && !state_.draining && pipelined_ < limits_.pipeline;
  }

  /// Decides by the header whether the body is to be read; what it may have then is the parser's limit.
  std::optional<Answer> admit(http::request_parser<http::string_body>& parser, BodyRoom& room) {
    const Request& request = parser.get();
    if (request.method() == http::verb::options) return state_.settings.cors.answer_options(request);
    if (std::optional<Answer> refusal = state_.settings.cors.refuse(request)) return refusal;
    std::variant<uint64_t, Answer> admitted = state_.application.admit(request);
    if (Answer* refusal = std::get_if<Answer>(&admitted)) return std::move(*refusal);
    const uint64_t most = std::min(std::get<uint64_t>(admitted), limits_.body_bytes);
    if (parser.is_done()) return std::nullopt;
    const uint64_t length = parser.content_length().value_or(most);
    if (length > most)
      return error_answer(http::status::payload_too_large,
                          "expected a body of at most " + std::to_string(most) + " bytes");
    if (!room.take(length))
      return error_answer(http::status::service_unavailable, "too much is being sent at once; try again soon");
    parser.body_limit(most);
    return std::nullopt;
  }

  Awaitable<SystemError> read_body(http::request_parser<http::string_body>& parser) {
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      const auto [error, bytes] = co_await asio::async_write(stream_, asio::buffer(go_on), as_result);
      if (error) co_return error;
    }
    const auto deadline = Clock::now() + allowance(parser.content_length().value_or(limits_.body_bytes));
    while (!parser.is_done()) {
      lowest().expires_at(std::min(Clock::now() + limits_.patience, deadline));
      const auto [error, bytes] = co_await http::async_read_some(stream_, buffer_, parser, as_result);
      if (error) co_return error;
    }
    co_return SystemError{};
  }

  /// For so many bytes to go over the line.
  std::chrono::seconds allowance(uint64_t bytes) const {
    return limits_.patience + std::chrono::seconds(bytes / slowest_client);
  }

  template <class Body>
  void set_common(http::response<Body>& response, const RequestHeader& request, const http::fields& headers) {
    response.set(http::field::server, "picfind-server");
    response.set("X-Content-Type-Options", "nosniff");
    response.set("X-Request-Id", id_);
    for (const auto& header : headers)
      response.insert(header.name_string(), header.value());
    state_.settings.cors.mark(request, response);
  }

  /// Whether the connection may go on.
  Awaitable<bool> send(const Request& request, Answer answer, bool keep_alive) {
    http::response<MemoryBody> response;
    response.result(answer.status);
    response.version(request.version());
    response.keep_alive(keep_alive);
    set_common(response, request, answer.headers);
    response.body() = std::move(answer.body);
    const std::size_t length = response.body().bytes.size();
    if (answer.status != http::status::not_modified && answer.status != http::status::no_content)
      response.content_length(length);
    http::response_serializer<MemoryBody> serializer(response);
    // An answer to HEAD says how long it would be.
    const bool is_head = request.method() == http::verb::head;
    serializer.split(is_head);
    const auto deadline = Clock::now() + allowance(length);
    SystemError error;
    while (!error && !(is_head ? serializer.is_header_done() : serializer.is_done())) {
      lowest().expires_at(std::min(Clock::now() + limits_.patience, deadline));
      error = std::get<0>(co_await http::async_write_some(stream_, serializer, as_result));
    }
    // It said itself that the connection ends with it.
    if (error == http::error::end_of_stream) error = {};
    log_request(request, answer.status, is_head ? 0 : length, error);
    co_return !error && keep_alive;
  }

  Awaitable<void> send_stream(const Request& request, Stream endless) {
    http::response<http::empty_body> response{http::status::ok, request.version()};
    set_common(response, request, endless.headers);
    response.chunked(true);
    http::response_serializer<http::empty_body> serializer(response);
    lowest().expires_after(limits_.patience);
    SystemError error = std::get<0>(co_await http::async_write_header(stream_, serializer, as_result));
    std::size_t sent = 0;
    if (!error && request.method() != http::verb::head) {
      co_await endless.run([&](std::string text) -> Awaitable<bool> {
        lowest().expires_after(limits_.patience);
        error = std::get<0>(co_await asio::async_write(stream_, http::make_chunk(asio::buffer(text)), as_result));
        sent += text.size();
        co_return !error;
      });
      lowest().expires_after(limits_.patience);
      if (!error) error = std::get<0>(co_await asio::async_write(stream_, http::make_chunk_last(), as_result));
    }
    log_request(request, http::status::ok, sent, error);
  }

  void log_request(const RequestHeader& request, http::status status, uint64_t bytes, const SystemError& error) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - started_);
    const auto number = static_cast<unsigned>(status);
    log(number >= 500 ? Level::warning : Level::info, error ? "request, answer not taken" : "request",
        {{"id", id_},
         {"method", request.method_string().substr(0, 20)},
         {"path", path_of(request)},
         {"status", number},
         {"bytes", bytes},
         {"microseconds", took.count()},
         {"client", client_}});
  }

  /// Says goodbye and hears the client out: a socket closed on bytes that nobody read takes the last answer with it.
  Awaitable<void> close() {
    lowest().expires_after(goodbye);
    if constexpr (is_tls) {
      co_await stream_.async_shutdown(as_result);
      co_return;
    }
    SystemError error;
    lowest().socket().shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 4096> ignored{};
    for (std::size_t bytes = 0; !error && bytes < most_ignored;) {
      const auto [failed, read] = co_await lowest().async_read_some(asio::buffer(ignored), as_result);
      error = failed;
      bytes += read;
    }
  }

  static constexpr std::size_t first_read = 2048;

  HttpServer::State& state_;
  const HttpLimits& limits_;
  Socket stream_;
  beast::flat_buffer buffer_;
  std::string client_;
  std::string id_;
  Clock::time_point started_;
  std::size_t pipelined_ = 0;
};

}  // namespace

Awaitable<void> serve_connection(std::shared_ptr<HttpServer::State> state, tcp::socket socket) {
  struct Counted {
    HttpServer::State& state;
    explicit Counted(HttpServer::State& counted) : state(counted) { ++state.connections; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --state.connections; }
  } const counted(*state);
  if (state->settings.tls == nullptr) {
    Connection<TcpStream> connection(*state, TcpStream(std::move(socket)));
    co_await connection.run();
  } else {
    Connection<TlsStream> connection(*state, TlsStream(TcpStream(std::move(socket)), *state->settings.tls));
    co_await connection.run();
  }
}

}  // namespace picfind::server
