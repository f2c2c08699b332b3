/// libFuzzer's target: bytes come over a connection to picfind-server, whose Redis is away. Whatever they are, it has
/// to answer or to end the connection, and to be there for the next.
#include "service.h"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>
#include <fstream>

namespace picfind::server {
namespace {

using asio::ip::tcp;

/// sha256 of "token", which inputs may have.
constexpr auto token_line = "all write * never 3c469e9d6c5875d37a43f353d4f88e61fcf812c66eee3457465a40b0da4153e0\n";

class Server {
public:
  Server() : context_(1), service_(make()) {}

  /// Sends the bytes and waits until the server has closed the connection.
  void send(std::span<const std::uint8_t> bytes) {
    tcp::socket client(context_);
    client.connect({asio::ip::address_v4::loopback(), port_});
    bool done = false;
    asio::co_spawn(context_, talk(client, bytes), [&](const std::exception_ptr& error) {
      if (error) std::abort();
      done = true;
    });
    while (!done)
      context_.run_one();
  }

private:
  std::unique_ptr<Service> make() {
    std::string place = (std::filesystem::temp_directory_path() / "picfind-fuzz-XXXXXX").string();
    if (::mkdtemp(place.data()) == nullptr) std::abort();
    Options options;
    // Nobody listens there.
    options.redis = "redis://127.0.0.1:1/0";
    options.listen = {"127.0.0.1", 0};
    options.library = {"zoo", LayoutKind::hash, "img:", {}, "vector", {"title"}, "picfind-mini"};
    options.models = "models";
    options.web = "web/app";
    options.cache = place;
    options.tokens = place + "/tokens";
    options.cors = {"https://gallery.example"};
    options.scan_interval = options.purge_after = options.idle = options.patience = std::chrono::hours(1);
    options.max_connections = 2;
    std::ofstream(options.tokens) << token_line << "everyone read * never -\n";
    auto service = Service::make(context_, options);
    if (!service) std::abort();
    const auto address = (*service)->start();
    if (!address) std::abort();
    port_ = address->port;
    return std::move(*service);
  }

  static Awaitable<void> talk(tcp::socket& client, std::span<const std::uint8_t> bytes) {
    co_await asio::async_write(client, asio::buffer(bytes.data(), bytes.size()), as_result);
    SystemError error;
    client.shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 4096> answer{};
    while (!error)
      error = std::get<0>(co_await client.async_read_some(asio::buffer(answer), as_result));
  }

  asio::io_context context_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Service> service_;
};

}  // namespace
}  // namespace picfind::server

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // Never ended: its threads would be, in the middle of the program's own end.
  static auto* const server = new picfind::server::Server;
  server->send({bytes, size});
  return 0;
}
