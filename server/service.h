#pragma once
#include "access/access.h"
#include "http/server.h"
#include "library/publisher.h"
#include "library/shared_library.h"
#include "options.h"
#include "records/records.h"
#include "search/search.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

namespace picfind::server {

/// All of a server: its connections to Redis, its library, and what it answers.
class Service {
public:
  /// Errors: usage, not-found, corrupt.
  static Expected<std::unique_ptr<Service>> make(asio::io_context& context, const Options& options);

  /// Errors: usage.
  Expected<Address> start();
  /// Lets what is under way end; the context then runs out of work.
  Awaitable<void> stop();

private:
  /// What is read before all else begins.
  struct Parts {
    RedisConfig redis;
    ModelSpace model;
    Access access;
    HttpSettings http;
    PicturesPlace pictures;
  };
  Service(asio::io_context& context, const Options& options, Parts parts);

  /// Who may not is told so before the body is read.
  std::variant<uint64_t, Answer> admit(const RequestHeader& request);

  Awaitable<Reaction> answer(const Request& request);
  Awaitable<Reaction> answer_api(const Request& request, const std::vector<std::string>& path);
  Awaitable<Reaction> answer_library(const Request& request, const std::string& rest);
  Awaitable<Answer> answer_library_file(const Request& request, const std::string& name);
  Answer answer_manifest(const Request& request) const;
  Answer answer_ready() const;
  Answer answer_metrics() const;
  std::string library_list(const Request& request);
  Awaitable<Answer> answer_about_library(const Request& request);
  Reaction events(const Request& request);
  void listen_to_redis();

  Options options_;
  Access access_;
  asio::thread_pool pool_;
  Redis redis_;
  /// Channels have a connection of their own.
  Redis channels_;
  FileCache cache_;
  SharedLibrary library_;
  Publisher publisher_;
  PicturesPlace pictures_;
  Records records_;
  Thumbnails thumbnails_;
  Search search_;
  HttpServer http_;
};

}  // namespace picfind::server
