#pragma once
#include <string_view>

namespace picfind::server {

/// server/openapi.json.
extern const std::string_view openapi;

}  // namespace picfind::server
