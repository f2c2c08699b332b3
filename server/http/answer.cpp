#include "http/answer.h"

#include <boost/beast/http/rfc7230.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace picfind::server {

Answer json_answer(std::string text) {
  Answer answer;
  answer.set(http::field::content_type, "application/json").set(http::field::cache_control, "no-cache");
  answer.body = body_of(std::move(text));
  return answer;
}

Answer error_answer(http::status status, std::string_view message) {
  Answer answer = json_answer(boost::json::serialize(
      boost::json::value{{"error", {{"message", message}, {"status", static_cast<unsigned>(status)}}}}));
  answer.status = status;
  answer.set(http::field::cache_control, "no-store");
  if (status == http::status::service_unavailable) answer.set(http::field::retry_after, "2");
  return answer;
}

Answer with_etag(const Request& request, Answer answer, std::string_view etag, std::string_view cache_control) {
  std::string quoted(1, '"');
  quoted += etag;
  quoted += '"';
  answer.set(http::field::etag, quoted).set(http::field::cache_control, cache_control);
  const std::string_view known = request[http::field::if_none_match];
  if (!known.contains(quoted) && known != "*") return answer;
  answer.status = http::status::not_modified;
  answer.body = {};
  answer.headers.erase(http::field::content_type);
  return answer;
}

bool accepts_gzip(const Request& request) {
  for (const auto& [coding, parameters] : http::ext_list(request[http::field::accept_encoding])) {
    if (coding != "gzip") continue;
    for (const auto& [name, value] : parameters)
      if (name == "q" && value.find_first_not_of("0.") == value.npos) return false;
    return true;
  }
  return false;
}

}  // namespace picfind::server
