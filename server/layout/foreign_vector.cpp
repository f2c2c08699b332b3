#include "layout/foreign_vector.h"

#include "layout/half.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace picfind::server {

static_assert(std::endian::native == std::endian::little);

ReadVector vector_of_blob(std::string_view blob, uint32_t dim) {
  std::vector<float> vector(dim);
  if (blob.size() == dim * sizeof(uint16_t)) {
    std::vector<uint16_t> halves(dim);
    std::memcpy(halves.data(), blob.data(), blob.size());
    std::ranges::transform(halves, vector.begin(), float_of_half);
  } else if (blob.size() == dim * sizeof(float)) {
    std::memcpy(vector.data(), blob.data(), blob.size());
  } else {
    return std::unexpected("expected " + std::to_string(dim * sizeof(float)) + " bytes, float32 of " +
                           std::to_string(dim) + " dimensions, or half as many of float16, found " +
                           std::to_string(blob.size()));
  }
  return checked_vector(std::move(vector), dim);
}

std::string blob_of_vector(std::span<const float> vector) {
  return {reinterpret_cast<const char*>(vector.data()), vector.size_bytes()};
}

ReadVector checked_vector(std::vector<float> vector, uint32_t dim) {
  if (vector.size() != dim)
    return std::unexpected("expected " + std::to_string(dim) + " dimensions, found " + std::to_string(vector.size()));
  if (!std::ranges::all_of(vector, [](float x) { return std::isfinite(x); }))
    return std::unexpected(std::string("expected numbers, found NaN or infinity"));
  if (std::ranges::all_of(vector, [](float x) { return x == 0; }))
    return std::unexpected(std::string("expected a direction, found zeros"));
  return vector;
}

ReadVector vector_of_json(const boost::json::value& value, uint32_t dim) {
  const boost::json::array* list = value.if_array();
  if (list == nullptr) return std::unexpected(std::string("expected an array of numbers"));
  std::vector<float> vector;
  vector.reserve(list->size());
  for (const boost::json::value& item : *list) {
    if (!item.is_number())
      return std::unexpected(std::string("expected an array of numbers, found something else in it"));
    vector.push_back(item.to_number<float>());
  }
  return checked_vector(std::move(vector), dim);
}

}  // namespace picfind::server
