#pragma once
#include "error.h"
#include "layout/layout.h"
#include "library/segment_builder.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picfind::server {

/// At unit length. vector: finite and not zero.
std::vector<float> normalised(std::vector<float> vector);

/// The id of a picture in the library of that name.
std::string record_id(const std::string& library, const std::string& path);

/// A picture's record as JSON with sorted keys; what is no UTF-8 in it is replaced.
std::string record_json(const std::string& library, const std::string& path, const RowFields& fields,
                        const PicturePlaces& places);

/// Fields of a record, as Row has them. Empty where it is no record.
std::vector<std::pair<std::string, std::string>> fields_of_record(std::string_view record);

/// Empty where it is no record.
std::string path_of_record(std::string_view record);

/// A picture as a row of a segment: its vector at unit length, its record as JSON with sorted keys. In place of the
/// picture's sha256, which nobody here knows, it has that of vector and record, by which changes are seen. Errors:
/// usage, where the key is no UTF-8.
Expected<SegmentRow> segment_row(const std::string& library, const Row& row);

}  // namespace picfind::server
