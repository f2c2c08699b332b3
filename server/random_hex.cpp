#include "random_hex.h"

#include "library/sha256.h"

#include <openssl/rand.h>
#include <stdexcept>
#include <vector>

namespace picfind::server {

std::string random_hex(std::size_t bytes) {
  std::vector<uint8_t> random(bytes);
  if (RAND_bytes(random.data(), static_cast<int>(bytes)) != 1) throw std::runtime_error("no random numbers can be had");
  return to_hex(random);
}

}  // namespace picfind::server
