#pragma once
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <string>

namespace picfind::server {

/// A value as a person would write it: strings without quotes, all else as JSON.
inline std::string text_of(const boost::json::value& value) {
  if (const boost::json::string* text = value.if_string()) return {text->begin(), text->end()};
  return boost::json::serialize(value);
}

}  // namespace picfind::server
