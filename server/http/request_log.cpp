#include "http/request_log.h"

#include "log.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace picfind::server {
namespace {

constexpr std::size_t most_of_path = 300;
constexpr std::size_t most_of_method = 20;

/// As the inside of a string of JSON: what is not printable ASCII becomes a question mark.
void append_quoted(std::string& line, std::string_view text) {
  for (const char c : text) {
    if (c == '"' || c == '\\') line += '\\';
    line += c < 0x20 || c > 0x7e ? '?' : c;
  }
}

void append_fact(std::string& line, std::string_view name, std::string_view text) {
  line.append(",\"").append(name).append("\":\"");
  append_quoted(line, text);
  line += '"';
}

void append_fact(std::string& line, std::string_view name, uint64_t number) {
  line.append(",\"").append(name).append("\":").append(std::to_string(number));
}

/// Without the query, in which somebody may have put a secret.
std::string_view path_of(const RequestHeader& request) {
  const std::string_view target = request.target();
  return target.substr(0, std::min(target.find_first_of("?#"), most_of_path));
}

}  // namespace

void RequestLog::add(const RequestHeader& request, const Facts& facts) {
  if (lines_.empty()) asio::post(executor_, [this] { flush(); });
  const auto status = static_cast<unsigned>(facts.status);
  lines_ += R"({"time":")";
  append_time(lines_);
  lines_ += R"(","level":)";
  lines_ += status >= 500 ? R"("warning")" : R"("info")";
  append_fact(lines_, "what", facts.is_lost ? "request, answer not taken" : "request");
  append_fact(lines_, "id", facts.id);
  append_fact(lines_, "method", std::string_view(request.method_string()).substr(0, most_of_method));
  append_fact(lines_, "path", path_of(request));
  append_fact(lines_, "status", status);
  append_fact(lines_, "bytes", facts.bytes);
  append_fact(lines_, "microseconds", static_cast<uint64_t>(facts.took.count()));
  append_fact(lines_, "client", facts.client);
  lines_ += "}\n";
}

void RequestLog::flush() {
  write_log(lines_);
  lines_.clear();
}

}  // namespace picfind::server
