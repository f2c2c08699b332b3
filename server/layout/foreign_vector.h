#pragma once
#include <boost/json/value.hpp>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace picfind::server {

/// A vector, or why these are not one of that dimension.
using ReadVector = std::expected<std::vector<float>, std::string>;

/// float32[dim], little-endian.
std::string blob_of_vector(std::span<const float> vector);
/// float32[dim] or float16[dim], little-endian; its size tells which.
ReadVector vector_of_blob(std::string_view blob, uint32_t dim);
/// An array of numbers.
ReadVector vector_of_json(const boost::json::value& value, uint32_t dim);
/// Finite, of that dimension, and not zero.
ReadVector checked_vector(std::vector<float> vector, uint32_t dim);

}  // namespace picfind::server
