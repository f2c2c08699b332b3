#include "http/outgoing.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace picfind::server {
namespace {

/// Smaller bodies are copied in less time than a second call takes.
constexpr std::size_t smallest_sendfile = 16U << 10U;
/// One call goes on for as long as the client takes more, and the disk may be slow: others have their turn in between.
constexpr std::size_t largest_sendfile = 1U << 20U;

ssize_t send(int socket, const std::array<asio::const_buffer, 2>& buffers, int flags) {
  std::array<iovec, 2> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i)
    parts[i] = {const_cast<void*>(buffers[i].data()), buffers[i].size()};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  return ::sendmsg(socket, &message, flags | MSG_NOSIGNAL);
}

}  // namespace

std::array<asio::const_buffer, 2> Outgoing::buffers() const {
  const std::span<const uint8_t> body = body_.bytes.subspan(sent_of_body());
  return {asio::buffer(head_) + sent_, asio::const_buffer(body.data(), body.size())};
}

SystemError Outgoing::send_some(int socket) {
  const auto [head, body] = buffers();
  const bool is_file = body_.file >= 0 && body.size() >= smallest_sendfile;
  if (!is_file) return take(send(socket, {head, body}, 0));
  if (head.size() > 0) {
    const SystemError error = take(send(socket, {head, {}}, MSG_MORE));
    if (error || sent_ < head_.size()) return error;
  }
  // Pages of the file go over the line without being copied.
  auto offset = static_cast<off_t>(sent_of_body());
  return take(::sendfile(socket, body_.file, &offset, std::min(body.size(), largest_sendfile)));
}

SystemError Outgoing::take(ssize_t sent) {
  if (sent < 0) return errno == EINTR ? SystemError{} : SystemError(errno, boost::system::system_category());
  // A file that became shorter has nothing more to give.
  if (sent == 0) return asio::error::eof;
  sent_ += static_cast<std::size_t>(sent);
  return {};
}

}  // namespace picfind::server
