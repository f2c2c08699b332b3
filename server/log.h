#pragma once
#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

namespace picfind::server {

enum class Level { info, warning, error };

struct Field {
  template <class T> Field(std::string_view fact, const T& said) : name(fact), value(boost::json::value_from(said)) {}
  std::string_view name;
  boost::json::value value;
};

/// One line of JSON on standard error: time (UTC), level, what happened, and its facts. No secret is ever a fact.
void log(Level level, std::string_view what, std::initializer_list<Field> facts = {});

/// Writes whole lines of the log that somebody else has put together.
void write_log(std::string_view lines);
/// The time of such a line.
void append_time(std::string& line);

}  // namespace picfind::server
