#pragma once
#include "error.h"
#include "layout/layout.h"
#include "library/segment_builder.h"

#include <string>

namespace picfind::server {

/// The id of a picture in the library of that name.
std::string record_id(const std::string& library, const std::string& path);

/// A picture as a row of a segment: its vector at unit length, its record as JSON with sorted keys. In place of the
/// picture's sha256, which nobody here knows, it has that of vector and record, by which changes are seen. Errors:
/// usage, where the key is no UTF-8.
Expected<SegmentRow> segment_row(const std::string& library, const Row& row);

}  // namespace picfind::server
