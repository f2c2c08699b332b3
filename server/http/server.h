#pragma once
#include "asio.h"
#include "error.h"
#include "http/answer.h"
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
/// The request lives until the reaction is there.
using Handler = std::function<Awaitable<Reaction>(const Request& request)>;

struct HttpLimits {
  std::size_t connections = 1024;
  uint32_t header_bytes = 16U << 10U;
  uint64_t body_bytes = 32U << 20U;
  /// For a request to arrive whole, for an answer to be taken, and between two requests.
  std::chrono::seconds patience{30};
};

/// Answers HTTP/1.1 on one address. All on the executor's thread.
class HttpServer {
public:
  HttpServer(const asio::any_io_executor& executor, Handler handler, HttpLimits limits);
  ~HttpServer();

  /// Errors: usage (the address cannot be had). The address is the one listened on, its port never 0.
  Expected<Address> listen(const Address& address);
  std::size_t connections() const;
  /// Takes no more connections and lets what is being answered end.
  void drain();
  bool is_draining() const;

private:
  struct State;
  static Awaitable<void> accept(std::shared_ptr<State> state);
  static Awaitable<void> serve(std::shared_ptr<State> state, asio::ip::tcp::socket socket);

  std::shared_ptr<State> state_;
};

}  // namespace picfind::server
