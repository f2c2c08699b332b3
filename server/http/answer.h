#pragma once
#include "http/body.h"

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <string>
#include <string_view>

namespace picfind::server {

namespace http = boost::beast::http;

using Request = http::request<http::string_body>;
using RequestHeader = Request::header_type;

/// What a request is answered with: status, headers, and bytes that somebody keeps alive.
struct Answer {
  http::status status = http::status::ok;
  http::fields headers;
  Body body;

  Answer& set(http::field name, std::string_view value) {
    headers.set(name, value);
    return *this;
  }
};

/// {"error":{"message":…,"status":…}}: what was expected, what was found, what to do.
Answer error_answer(http::status status, std::string_view message);
Answer json_answer(std::string text);

/// 304 where the client has it already, else the answer with its ETag. `cache_control`: as in HTTP.
Answer with_etag(const Request& request, Answer answer, std::string_view etag, std::string_view cache_control);

/// Whether the client takes gzip: a coding it names with a quality other than 0.
bool accepts_gzip(const Request& request);

}  // namespace picfind::server
