#include "access/token_command.h"
#include "inspect/inspect.h"
#include "log.h"
#include "options.h"
#include "service.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string_view>
#include <sys/resource.h>

namespace {

using namespace picfind::server;

int complain(const picfind::Error& error) {
  std::fprintf(stderr, "picfind-server: %s\n", error.message.c_str());
  return 2;
}

int print(const picfind::Expected<std::string>& text) {
  if (!text) return complain(text.error());
  std::fputs(text->c_str(), stdout);
  return 0;
}

/// Each connection needs a descriptor, and each file that is served from one: all that this user may have.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(const Options& options) {
  raise_descriptor_limit();
  asio::io_context context(1);
  log(Level::info, "options", {{"options", options.told}});
  const auto service = Service::make(context, options);
  if (!service) return complain(service.error());
  const auto address = (*service)->start();
  if (!address) return complain(address.error());
  asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](const SystemError& error, int) {
    if (error) return;
    log(Level::info, "ending: no new connections, open ones are let end");
    // What still waits then, waits for nothing that will come.
    asio::co_spawn(context, (*service)->stop(), [&](const std::exception_ptr&) { context.stop(); });
  });
  log(Level::info, "serving", {{"host", address->host}, {"port", address->port}, {"library", options.library.name}});
  context.run();
  return 0;
}

int run(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "token") return token_command(argc - 1, argv + 1);
  const auto command = read_options(argc, argv);
  if (!command) return complain(command.error());
  if (command->inspects)
    return print(inspect(command->options.redis, command->options.redis_ca, command->options.models));
  if (command->text) return print(*command->text);
  return serve(command->options);
}

}  // namespace

int main(int argc, char** argv) {
  // What is thrown to here nobody can go on from: no memory, no threads.
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "picfind-server: %s\n", error.what());
  } catch (...) {
    std::fputs("picfind-server: ended by what is no exception\n", stderr);
  }
  return 1;
}
