#pragma once
#include "error.h"

#include <boost/json/value.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace picfind::server {

/// Any of these, to the letter; a number stands for every way to write it.
struct AnyOf {
  std::vector<std::variant<std::string, double>> values;
};

/// A number from min to max, both included.
struct NumberRange {
  std::optional<double> min;
  std::optional<double> max;
};

/// What a field of a record has to say.
struct Condition {
  std::string field;
  std::variant<AnyOf, NumberRange> wanted;

  bool holds(std::string_view text) const;
};

/// All of them hold; a record without a field meets no condition on it.
using Filter = std::vector<Condition>;

/// Whether the filter holds of fields as Row has them.
bool holds(const Filter& filter, std::span<const std::pair<std::string, std::string>> fields);

/// Reads {"field": "text" | number | ["any", "of these"] | {"min": 1, "max": 2}, …}. Errors: usage.
Expected<Filter> read_filter(const boost::json::value& value, const std::vector<std::string>& fields);

/// As short as it can be said exactly.
std::string text_of_number(double number);

/// The number that a text is as a whole; nothing where it is none.
std::optional<double> number_of(std::string_view text);

}  // namespace picfind::server
