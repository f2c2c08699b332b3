#pragma once
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace picfind::server {

/// A body of bytes that lie somewhere already: a mapped file, a string, whatever `owner` keeps.
struct MemoryBody {
  struct value_type {
    std::shared_ptr<const void> owner;
    std::span<const uint8_t> bytes;
  };

  static uint64_t size(const value_type& body) { return body.bytes.size(); }

  class writer {
  public:
    using const_buffers_type = boost::asio::const_buffer;
    template <bool IsRequest, class Fields>
    writer(const boost::beast::http::header<IsRequest, Fields>&, const value_type& body) : body_(body) {}
    void init(boost::system::error_code& error) { error = {}; }
    boost::optional<std::pair<const_buffers_type, bool>> get(boost::system::error_code& error) {
      error = {};
      return {{const_buffers_type(body_.bytes.data(), body_.bytes.size()), false}};
    }

  private:
    const value_type& body_;
  };
};

inline MemoryBody::value_type body_of(std::string text) {
  auto owner = std::make_shared<const std::string>(std::move(text));
  const std::span bytes{reinterpret_cast<const uint8_t*>(owner->data()), owner->size()};
  return {std::move(owner), bytes};
}

}  // namespace picfind::server
