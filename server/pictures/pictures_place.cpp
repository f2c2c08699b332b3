#include "pictures/pictures_place.h"

#include <algorithm>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/pchars.hpp>

namespace picfind::server {
namespace {

const std::string* value_of(const std::string& path, const RowFields& fields, const std::string& name) {
  if (name == "key") return &path;
  const auto found = std::ranges::find(fields, name, &RowFields::value_type::first);
  return found == fields.end() ? nullptr : &found->second;
}

/// As a part of a path: its slashes stay.
std::string encoded(const std::string& text) { return boost::urls::encode(text, boost::urls::pchars + '/'); }

}  // namespace

Expected<PicturesPlace> PicturesPlace::read(const std::string& text, const std::vector<std::string>& fields) {
  PicturesPlace place;
  const bool is_template = text.contains("://") || text.contains('{');
  if (!is_template) {
    if (!text.empty()) place.folder_ = text;
    return place;
  }
  const auto wrong = [&](const std::string& found) {
    return fail(ErrorCode::usage,
                "--pictures: expected a folder, or an address with {key} or a field of --fields in it, found " + found);
  };
  bool has_field = false;
  for (std::size_t at = 0; at < text.size();) {
    const bool is_field = text[at] == '{';
    const std::size_t end = std::min(text.find(is_field ? '}' : '{', at), text.size());
    if (is_field && end == text.size()) return wrong("a { without its }");
    Part part{is_field, is_field ? text.substr(at + 1, end - at - 1) : text.substr(at, end - at)};
    if (is_field && part.text != "key" && std::ranges::find(fields, part.text) == fields.end())
      return wrong("{" + part.text + "}");
    has_field = has_field || is_field;
    place.parts_.push_back(std::move(part));
    at = is_field ? end + 1 : end;
  }
  if (!has_field) return wrong("\"" + text + "\"");
  return place;
}

std::optional<std::string> PicturesPlace::address_of(const std::string& path, const RowFields& fields) const {
  if (parts_.empty()) return std::nullopt;
  std::string address;
  for (const Part& part : parts_) {
    const std::string* value = part.is_field ? value_of(path, fields, part.text) : &part.text;
    if (value == nullptr) return std::nullopt;
    // A field at the beginning is an address, or the beginning of one.
    address += part.is_field && !address.empty() ? encoded(*value) : *value;
  }
  return address;
}

}  // namespace picfind::server
