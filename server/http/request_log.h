#pragma once
#include "asio.h"
#include "http/answer.h"

#include <boost/asio/any_io_executor.hpp>
#include <chrono>

namespace picfind::server {

/// A line of the log for each request, as log() would write it. What the requests of one turn of the event loop say is
/// written in one go, at its end.
class RequestLog {
public:
  explicit RequestLog(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;
  ~RequestLog() { flush(); }

  struct Facts {
    std::string_view id;
    std::string_view client;
    http::status status;
    uint64_t bytes;
    std::chrono::microseconds took;
    /// The answer did not get to the client.
    bool is_lost;
  };
  void add(const RequestHeader& request, const Facts& facts);

private:
  void flush();

  asio::any_io_executor executor_;
  std::string lines_;
};

}  // namespace picfind::server
