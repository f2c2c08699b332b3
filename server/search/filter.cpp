#include "search/filter.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

namespace picfind::server {
namespace {

namespace json = boost::json;

std::unexpected<Error> wrong(const std::string& field, const std::string& expected, const json::value& found) {
  return fail(ErrorCode::usage, "filter: expected " + expected + " for " + field + ", found " + json::serialize(found));
}

Expected<NumberRange> read_range(const std::string& field, const json::object& object) {
  NumberRange range;
  for (const auto& [name, value] : object) {
    if (!value.is_number() || (name != "min" && name != "max")) return wrong(field, "numbers as min and max", object);
    (name == "min" ? range.min : range.max) = value.to_number<double>();
  }
  if (!range.min && !range.max) return wrong(field, "min, max or both", object);
  return range;
}

Expected<AnyOf> read_any_of(const std::string& field, const json::value& value) {
  AnyOf any;
  const auto add = [&](const json::value& one) {
    if (const json::string* text = one.if_string())
      any.values.emplace_back(std::string(*text));
    else if (one.is_number())
      any.values.emplace_back(one.to_number<double>());
    else
      return false;
    return true;
  };
  const json::array* list = value.if_array();
  const bool is_read = list == nullptr ? add(value) : !list->empty() && std::ranges::all_of(*list, add);
  if (!is_read) return wrong(field, "text, a number, a list of them, or {\"min\", \"max\"}", value);
  return any;
}

}  // namespace

std::string text_of_number(double number) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return {text.data(), end};
}

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

bool Condition::holds(std::string_view text) const {
  const std::optional<double> number = number_of(text);
  if (const NumberRange* range = std::get_if<NumberRange>(&wanted))
    return number && *number >= range->min.value_or(*number) && *number <= range->max.value_or(*number);
  return std::ranges::any_of(std::get<AnyOf>(wanted).values, [&](const auto& value) {
    if (const std::string* same = std::get_if<std::string>(&value)) return *same == text;
    return number == std::get<double>(value);
  });
}

bool holds(const Filter& filter, std::span<const std::pair<std::string, std::string>> fields) {
  return std::ranges::all_of(filter, [&](const Condition& condition) {
    return std::ranges::any_of(
        fields, [&](const auto& field) { return field.first == condition.field && condition.holds(field.second); });
  });
}

Expected<Filter> read_filter(const json::value& value, const std::vector<std::string>& fields) {
  const json::object* object = value.if_object();
  if (object == nullptr) return fail(ErrorCode::usage, "filter: expected an object of fields");
  Filter filter;
  for (const auto& [name, wanted] : *object) {
    const std::string field(name);
    if (std::ranges::find(fields, field) == fields.end())
      return fail(ErrorCode::usage, "filter: expected a field that is served, found " + json::serialize(name) +
                                        "; the server's --fields names them");
    if (const json::object* range = wanted.if_object()) {
      const Expected<NumberRange> read = read_range(field, *range);
      if (!read) return std::unexpected(read.error());
      filter.push_back({field, *read});
    } else {
      Expected<AnyOf> read = read_any_of(field, wanted);
      if (!read) return std::unexpected(read.error());
      filter.push_back({field, std::move(*read)});
    }
  }
  return filter;
}

}  // namespace picfind::server
