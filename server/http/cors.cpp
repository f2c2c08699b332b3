#include "http/cors.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace picfind::server {
namespace {

constexpr std::string_view any_origin = "*";
constexpr std::string_view methods = "GET, HEAD, POST, PUT, DELETE, OPTIONS";
constexpr std::string_view asked_headers =
    "Authorization, Content-Type, Content-Encoding, If-None-Match, If-Match, Last-Event-ID, X-Request-Id";
constexpr std::string_view told_headers = "ETag, Retry-After, WWW-Authenticate, X-Request-Id, Content-Encoding";

bool is_origin(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  return url && url->has_authority() && !url->host().empty() && !url->has_userinfo() && url->encoded_path().empty() &&
         !url->has_query() && !url->has_fragment();
}

/// The page was served from where it asks.
bool is_same_origin(std::string_view origin, std::string_view host) {
  const std::size_t start = origin.find("://");
  return start != std::string_view::npos && !host.empty() && boost::beast::iequals(origin.substr(start + 3), host);
}

}  // namespace

Expected<Cors> Cors::make(const std::vector<std::string>& origins) {
  Cors cors;
  for (const std::string& origin : origins) {
    if (origin != any_origin && !is_origin(origin))
      return fail(ErrorCode::usage,
                  "--cors: expected an origin, as https://example.org, or *, found \"" + origin + "\"");
    cors.origins_.insert(origin);
  }
  return cors;
}

bool Cors::allows(std::string_view origin) const {
  return !origin.empty() && (origins_.contains(origin) || origins_.contains(any_origin));
}

Answer Cors::answer_options(const RequestHeader& request) const {
  const std::string_view origin = request[http::field::origin];
  if (request.count(http::field::access_control_request_method) == 0) {
    Answer answer;
    answer.status = http::status::no_content;
    return answer;
  }
  if (!allows(origin)) return error_answer(http::status::forbidden, "pages of this origin may not ask: see --cors");
  Answer answer;
  answer.status = http::status::no_content;
  answer.set(http::field::access_control_allow_methods, methods)
      .set(http::field::access_control_allow_headers, asked_headers)
      .set(http::field::access_control_max_age, "600");
  if (request["Access-Control-Request-Private-Network"] == "true")
    answer.headers.set("Access-Control-Allow-Private-Network", "true");
  return answer;
}

std::optional<Answer> Cors::refuse(const RequestHeader& request) const {
  const http::verb method = request.method();
  if (method == http::verb::get || method == http::verb::head || method == http::verb::options) return std::nullopt;
  const std::string_view origin = request[http::field::origin];
  if (origin.empty() || is_same_origin(origin, request[http::field::host]) || allows(origin)) return std::nullopt;
  return error_answer(http::status::forbidden, "pages of this origin may not ask: see --cors");
}

void Cors::mark(const RequestHeader& request, http::fields& answer) const {
  if (origins_.empty()) return;
  answer.insert(http::field::vary, "Origin");
  const std::string_view origin = request[http::field::origin];
  if (!allows(origin)) return;
  answer.set(http::field::access_control_allow_origin, origin);
  answer.set(http::field::access_control_expose_headers, told_headers);
}

}  // namespace picfind::server
