#pragma once
#include "http/answer.h"

namespace picfind::server {

/// Status line and headers of a response, as they go over the line.
class ResponseHead {
public:
  /// version: 11 for HTTP/1.1, as Beast counts.
  ResponseHead(unsigned version, http::status status);

  ResponseHead& add(std::string_view name, std::string_view value);
  ResponseHead& add(const http::fields& headers);
  /// With the empty line that ends it.
  std::string finish() &&;

private:
  std::string text_;
};

}  // namespace picfind::server
