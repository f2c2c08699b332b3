#include "http/request_id.h"

#include "library/sha256.h"

#include <array>
#include <bit>

namespace picfind::server {
namespace {

constexpr std::size_t longest = 64;

}  // namespace

RequestIds::RequestIds() {
  std::random_device device;
  random_.seed(uint64_t{device()} << 32U | device());
}

std::string RequestIds::id_of(const RequestHeader& request) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const std::string_view given = request["X-Request-Id"];
  const bool is_fit = !given.empty() && given.size() <= longest && given.find_first_not_of(allowed) == given.npos;
  return is_fit ? std::string(given) : to_hex(std::bit_cast<std::array<uint8_t, 8>>(random_()));
}

}  // namespace picfind::server
