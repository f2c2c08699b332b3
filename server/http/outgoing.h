#pragma once
#include "asio.h"
#include "http/body.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <string>
#include <sys/types.h>

namespace picfind::server {

/// What of an answer is still to be sent: its head, then its body.
class Outgoing {
public:
  Outgoing(std::string head, Body body) : head_(std::move(head)), body_(std::move(body)) {}

  std::size_t size() const { return head_.size() + body_.bytes.size() - sent_; }
  std::array<asio::const_buffer, 2> buffers() const;
  void consume(std::size_t bytes) { sent_ += bytes; }

  /// Gives a socket that does not block as much as it takes at the moment; would_block where that is nothing.
  SystemError send_some(int socket);

private:
  /// What a call of the system came to.
  SystemError take(ssize_t sent);
  std::size_t sent_of_body() const { return sent_ - std::min(sent_, head_.size()); }

  std::string head_;
  Body body_;
  std::size_t sent_ = 0;
};

}  // namespace picfind::server
