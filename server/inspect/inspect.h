#pragma once
#include "error.h"

#include <filesystem>
#include <string>

namespace picfind::server {

/// Looks at a database of Redis and says which vectors lie there, and with which flags the server serves them. Reads at
/// most some thousand keys and changes nothing. Errors: usage, not-found (Redis does not answer).
/// `ca`: see RedisConfig.
Expected<std::string> inspect(const std::string& url, const std::filesystem::path& ca,
                              const std::filesystem::path& models);

}  // namespace picfind::server
