#include "log.h"

#include <array>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>

namespace picfind::server {

void log(Level level, std::string_view what, std::initializer_list<Field> facts) {
  using namespace std::chrono;
  constexpr std::array names{"info", "warning", "error"};
  const auto now = time_point_cast<milliseconds>(system_clock::now());
  const auto day = floor<days>(now);
  const year_month_day date{day};
  const hh_mm_ss time{now - day};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  boost::json::object line{{"time", text.data()}, {"level", names[static_cast<std::size_t>(level)]}, {"what", what}};
  for (const auto& [name, value] : facts)
    line.emplace(name, value);
  const std::string written = boost::json::serialize(line) + "\n";
  std::fwrite(written.data(), 1, written.size(), stderr);
}

}  // namespace picfind::server
