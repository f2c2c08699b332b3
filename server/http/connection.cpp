#include "http/connection.h"

#include "http/outgoing.h"
#include "http/response_head.h"

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
#include <optional>

namespace picfind::server {
namespace {

namespace beast = boost::beast;
using asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket>;
using Parser = http::request_parser<http::string_body>;
using Clock = OpenConnection::Clock;
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
      : state_(state), limits_(state.settings.limits), stream_(std::move(socket)), open_{&lowest()},
        buffer_(limits_.header_bytes + (64U << 10U)) {
    SystemError ignored;
    lowest().set_option(tcp::no_delay(true), ignored);
    lowest().non_blocking(true, ignored);
    client_ = lowest().remote_endpoint(ignored).address().to_string();
    state_.open.insert(&open_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { state_.open.erase(&open_); }

  Awaitable<void> run() {
    const bool is_open = co_await open();
    if (!is_open) co_return;
    for (bool goes_on = true; goes_on && !state_.draining;)
      goes_on = co_await answer_next();
    co_await close();
  }

private:
  tcp::socket& lowest() { return beast::get_lowest_layer(stream_); }
  static constexpr bool is_tls = std::is_same_v<Socket, TlsStream>;

  /// What is waited for next has to come within this.
  void expect_within(std::chrono::seconds time) { open_.deadline = Clock::now() + time; }
  void expect_nothing() { open_.deadline = Clock::time_point::max(); }

  Awaitable<bool> open() {
    if constexpr (is_tls) {
      expect_within(limits_.patience);
      const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, as_result);
      co_return !error;
    }
    co_return true;
  }

  Awaitable<SystemError> read_some(std::size_t most) {
    const std::size_t room = buffer_.max_size() - buffer_.size();
    if (room == 0) co_return http::error::buffer_overflow;
    const auto [error, bytes] = co_await stream_.async_read_some(buffer_.prepare(std::min(room, most)), as_result);
    buffer_.commit(bytes);
    co_return error;
  }

  /// Waits for the first byte of a request; false where there comes none.
  Awaitable<bool> wait() {
    pipelined_ = buffer_.size() > 0 ? pipelined_ + 1 : 0;
    if (pipelined_ > 0) co_return true;
    // Most of the time nothing is said: nothing is kept for it.
    buffer_.shrink_to_fit();
    expect_within(limits_.idle);
    open_.is_idle = true;
    const SystemError error = co_await read_some(first_read);
    open_.is_idle = false;
    co_return !error;
  }

  Awaitable<SystemError> read_header(Parser& parser) {
    expect_within(limits_.patience);
    while (!parser.is_header_done()) {
      SystemError error = http::error::need_more;
      if (buffer_.size() > 0) buffer_.consume(parser.put(buffer_.data(), error));
      if (error == http::error::need_more) error = co_await read_some(next_read);
      if (error) co_return error;
    }
    co_return SystemError{};
  }

  /// False where the connection is to end.
  Awaitable<bool> answer_next() {
    const bool is_there = co_await wait();
    if (!is_there) co_return false;
    started_ = Clock::now();
    ++state_.requests;
    Parser parser;
    parser.header_limit(limits_.header_bytes);
    parser.body_limit(limits_.body_bytes);
    const SystemError failed = co_await read_header(parser);
    id_ = state_.ids.id_of(parser.get());
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
    expect_nothing();
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
  std::optional<Answer> admit(Parser& parser, BodyRoom& room) {
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

  Awaitable<SystemError> read_body(Parser& parser) {
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      const auto [error, bytes] = co_await asio::async_write(stream_, asio::buffer(go_on), as_result);
      if (error) co_return error;
    }
    const auto deadline = Clock::now() + allowance(parser.content_length().value_or(limits_.body_bytes));
    while (!parser.is_done()) {
      open_.deadline = std::min(Clock::now() + limits_.patience, deadline);
      const auto [error, bytes] = co_await http::async_read_some(stream_, buffer_, parser, as_result);
      if (error) co_return error;
    }
    co_return SystemError{};
  }

  /// For so many bytes to go over the line.
  std::chrono::seconds allowance(uint64_t bytes) const {
    return limits_.patience + std::chrono::seconds(bytes / slowest_client);
  }

  ResponseHead head_of(const Request& request, http::status status, http::fields& headers) {
    state_.settings.cors.mark(request, headers);
    ResponseHead head(request.version(), status);
    head.add("Server", "picfind-server").add("X-Content-Type-Options", "nosniff").add("X-Request-Id", id_).add(headers);
    return head;
  }

  /// Whether the connection may go on.
  Awaitable<bool> send(const Request& request, Answer answer, bool keep_alive) {
    ResponseHead head = head_of(request, answer.status, answer.headers);
    // What HTTP/1.0 does not take for granted, and 1.1 does.
    if (keep_alive != (request.version() != 10)) head.add("Connection", keep_alive ? "keep-alive" : "close");
    if (answer.status != http::status::not_modified && answer.status != http::status::no_content)
      head.add("Content-Length", std::to_string(answer.body.bytes.size()));
    // An answer to HEAD says how long it would be.
    if (request.method() == http::verb::head) answer.body = {};
    const std::size_t length = answer.body.bytes.size();
    const SystemError error = co_await write(Outgoing(std::move(head).finish(), std::move(answer.body)));
    log_request(request, answer.status, length, error);
    co_return !error && keep_alive;
  }

  Awaitable<SystemError> write(Outgoing outgoing) {
    const auto deadline = Clock::now() + allowance(outgoing.size());
    SystemError error;
    while (!error && outgoing.size() > 0) {
      open_.deadline = std::min(Clock::now() + limits_.patience, deadline);
      if constexpr (is_tls) {
        const auto [failed, bytes] = co_await stream_.async_write_some(outgoing.buffers(), as_result);
        outgoing.consume(bytes);
        error = failed;
      } else {
        error = outgoing.send_some(lowest().native_handle());
        // Others have their turn even where this client takes all it gets.
        if (error == asio::error::would_block || (!error && outgoing.size() > 0))
          error = std::get<0>(co_await lowest().async_wait(tcp::socket::wait_write, as_result));
      }
    }
    co_return error;
  }

  Awaitable<void> send_stream(const Request& request, Stream endless) {
    ResponseHead head = head_of(request, http::status::ok, endless.headers);
    head.add("Transfer-Encoding", "chunked");
    SystemError error = co_await write(Outgoing(std::move(head).finish(), {}));
    std::size_t sent = 0;
    if (!error && request.method() != http::verb::head) {
      expect_nothing();
      co_await endless.run([&](std::string text) -> Awaitable<bool> {
        expect_within(limits_.patience);
        error = std::get<0>(co_await asio::async_write(stream_, http::make_chunk(asio::buffer(text)), as_result));
        expect_nothing();
        sent += text.size();
        co_return !error;
      });
      expect_within(limits_.patience);
      if (!error) error = std::get<0>(co_await asio::async_write(stream_, http::make_chunk_last(), as_result));
    }
    log_request(request, http::status::ok, sent, error);
  }

  void log_request(const RequestHeader& request, http::status status, uint64_t bytes, const SystemError& error) {
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - started_);
    state_.log.add(request, {id_, client_, status, bytes, took, bool(error)});
  }

  /// Says goodbye and hears the client out: a socket closed on bytes that nobody read takes the last answer with it.
  Awaitable<void> close() {
    expect_within(goodbye);
    if constexpr (is_tls) {
      co_await stream_.async_shutdown(as_result);
      co_return;
    }
    SystemError error;
    lowest().shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 4096> ignored{};
    for (std::size_t bytes = 0; !error && bytes < most_ignored;) {
      const auto [failed, read] = co_await lowest().async_read_some(asio::buffer(ignored), as_result);
      error = failed;
      bytes += read;
    }
  }

  static constexpr std::size_t first_read = 2048;
  static constexpr std::size_t next_read = 16U << 10U;

  HttpServer::State& state_;
  const HttpLimits& limits_;
  Socket stream_;
  OpenConnection open_;
  beast::flat_buffer buffer_;
  std::string client_;
  std::string id_;
  Clock::time_point started_;
  std::size_t pipelined_ = 0;
};

}  // namespace

Awaitable<void> serve_connection(std::shared_ptr<HttpServer::State> state, tcp::socket socket) {
  if (state->settings.tls == nullptr) {
    Connection<tcp::socket> connection(*state, std::move(socket));
    co_await connection.run();
  } else {
    Connection<TlsStream> connection(*state, TlsStream(std::move(socket), *state->settings.tls));
    co_await connection.run();
  }
}

}  // namespace picfind::server
