#pragma once
#include "asio.h"
#include "error.h"
#include "http/answer.h"
#include "http/cors.h"
#include "http/tls.h"
#include "options.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <variant>

namespace picfind::server {

/// Writes pieces of an answer that has no end; false once the client has gone.
using WriteEvent = std::function<Awaitable<bool>(std::string)>;
/// An answer that goes on for as long as the client listens.
struct Stream {
  http::fields headers;
  std::function<Awaitable<void>(WriteEvent)> run;
};

using Reaction = std::variant<Answer, Stream>;

/// What answers requests.
struct Application {
  /// Before the body of a request is read: how many bytes of it are, or what refuses it.
  std::function<std::variant<uint64_t, Answer>(const RequestHeader& request)> admit;
  /// The request lives until the reaction is there.
  std::function<Awaitable<Reaction>(const Request& request)> answer;
};

struct HttpLimits {
  std::size_t connections = 1024;
  uint32_t header_bytes = 16U << 10U;
  /// Of one request, whatever the application would take.
  uint64_t body_bytes = 32U << 20U;
  /// Of all requests that are being read or answered.
  uint64_t all_bodies_bytes = 256U << 20U;
  /// Requests in a row that were sent before the answer to the one before; then the connection is closed.
  std::size_t pipeline = 32;
  /// For a header to arrive, for the next part of a body, and for the next part of an answer to be taken.
  std::chrono::seconds patience{30};
  /// Between two requests.
  std::chrono::seconds idle{75};
};

struct HttpSettings {
  HttpLimits limits;
  Cors cors;
  /// Null: plain HTTP.
  TlsContext tls;
};

/// Answers HTTP/1.1 on one address. All on the executor's thread.
class HttpServer {
public:
  HttpServer(const asio::any_io_executor& executor, Application application, HttpSettings settings);
  ~HttpServer();

  /// Errors: usage (the address cannot be had). The address is the one listened on, its port never 0.
  Expected<Address> listen(const Address& address);
  std::size_t connections() const;
  uint64_t requests() const;
  /// Takes no more connections and lets what is being answered end.
  void drain();
  bool is_draining() const;

  struct State;

private:
  static Awaitable<void> accept(std::shared_ptr<State> state);
  /// Closes connections whose deadline has passed. A timer for each wait would cost more than most answers.
  static Awaitable<void> watch(std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

}  // namespace picfind::server
