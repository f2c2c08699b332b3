#pragma once
#include "layout/layout.h"

namespace picfind::server {

/// A layout in which every picture has a key of its own, of one type and prefix.
class KeyedLayout : public Layout {
public:
  /// type: as SCAN names it.
  KeyedLayout(std::string prefix, std::string type) : prefix_(std::move(prefix)), type_(std::move(type)) {}

  Awaitable<Expected<Page>> list(Redis& redis, std::string cursor) const override;
  void remove(boost::redis::request& request, const std::string& path) const override;
  std::vector<std::string> channels(int database) const override;
  std::optional<std::string> path_of(std::string_view channel) const override;

protected:
  std::string key_of(const std::string& path) const { return prefix_ + path; }

private:
  std::string prefix_;
  std::string type_;
};

/// With the characters that patterns give a meaning taken as they are.
std::string escaped_pattern(std::string_view text);

}  // namespace picfind::server
