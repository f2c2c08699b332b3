#include "inspect/samples.h"

#include "asio.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <cmath>
#include <cstring>

namespace picfind::server {
namespace {

namespace json = boost::json;

/// Fewer numbers are hardly a vector of a picture.
constexpr std::size_t fewest_dimensions = 32;

/// Texts too are numbers of some size; taken as float32, those of vectors are neither as large nor all as small.
std::optional<uint32_t> dim_of_blob(std::string_view blob) {
  const std::size_t dim = blob.size() / sizeof(float);
  if (blob.size() % sizeof(float) != 0 || dim < fewest_dimensions) return std::nullopt;
  std::vector<float> vector(dim);
  std::memcpy(vector.data(), blob.data(), blob.size());
  float largest = 0;
  for (const float x : vector) {
    if (!std::isfinite(x)) return std::nullopt;
    largest = std::max(largest, std::abs(x));
  }
  if (largest < 1e-4F || largest > 1e6F) return std::nullopt;
  return static_cast<uint32_t>(dim);
}

std::optional<uint32_t> dim_of_json(const json::value& value) {
  const json::array* list = value.if_array();
  const bool is_vector = list != nullptr && list->size() >= fewest_dimensions &&
                         std::ranges::all_of(*list, [](const json::value& x) { return x.is_number(); });
  return is_vector ? std::optional(static_cast<uint32_t>(list->size())) : std::nullopt;
}

bool is_text(std::string_view value) {
  return std::ranges::none_of(value, [](char c) { return c >= 0 && c < ' ' && c != '\n' && c != '\t' && c != '\r'; });
}

}  // namespace

std::string prefix_of(std::string_view key) {
  std::size_t end = key.rfind(':');
  if (end == std::string_view::npos) end = key.find_last_of("-_/");
  return std::string(key.substr(0, end == std::string_view::npos ? 0 : end + 1));
}

std::optional<Sample> sample_of_hash(const std::vector<std::optional<std::string>>& values) {
  Sample sample;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2) {
    const std::string name = values[i].value_or("");
    const std::string value = values[i + 1].value_or("");
    const std::optional<uint32_t> dim = dim_of_blob(value);
    if (dim && sample.field.empty()) {
      sample.field = name;
      sample.dim = *dim;
    } else if (!dim && is_text(value)) {
      sample.others.push_back(name);
    }
  }
  if (sample.field.empty()) return std::nullopt;
  return sample;
}

std::optional<Sample> sample_of_json(const std::string& text) {
  SystemError error;
  const json::value value = json::parse(text, error);
  if (error) return std::nullopt;
  Sample sample;
  if (const std::optional<uint32_t> dim = dim_of_json(value)) {
    sample.field = "$";
    sample.dim = *dim;
    return sample;
  }
  const json::object* object = value.if_object();
  if (object == nullptr) return std::nullopt;
  for (const auto& [name, member] : *object) {
    const std::optional<uint32_t> dim = dim_of_json(member);
    if (dim && sample.field.empty()) {
      sample.field = "$." + std::string(name);
      sample.dim = *dim;
    } else if (!dim) {
      sample.others.emplace_back(name);
    }
  }
  if (sample.field.empty()) return std::nullopt;
  return sample;
}

std::vector<std::string> names_of_attributes(const std::string& text) {
  SystemError error;
  const json::value value = json::parse(text, error);
  std::vector<std::string> names;
  if (const json::object* object = error ? nullptr : value.if_object())
    for (const auto& [name, member] : *object)
      names.emplace_back(name);
  return names;
}

}  // namespace picfind::server
