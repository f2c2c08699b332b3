#pragma once
#include "library/file.h"

#include <optional>

namespace picfind::server {

/// The bytes in gzip, always the same for the same; nothing where that saves less than a quarter.
std::optional<Bytes> gzip_where_it_pays(ByteView bytes);

}  // namespace picfind::server
