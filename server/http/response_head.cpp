#include "http/response_head.h"

namespace picfind::server {
namespace {

/// Most heads are shorter.
constexpr std::size_t usual_bytes = 640;

}  // namespace

ResponseHead::ResponseHead(unsigned version, http::status status) {
  text_.reserve(usual_bytes);
  text_ += version == 10 ? "HTTP/1.0 " : "HTTP/1.1 ";
  text_ += std::to_string(static_cast<unsigned>(status));
  text_ += ' ';
  text_ += std::string_view(http::obsolete_reason(status));
  text_ += "\r\n";
}

ResponseHead& ResponseHead::add(std::string_view name, std::string_view value) {
  text_ += name;
  text_ += ": ";
  text_ += value;
  text_ += "\r\n";
  return *this;
}

ResponseHead& ResponseHead::add(const http::fields& headers) {
  for (const auto& header : headers)
    add(header.name_string(), header.value());
  return *this;
}

std::string ResponseHead::finish() && {
  text_ += "\r\n";
  return std::move(text_);
}

}  // namespace picfind::server
