#include "log.h"

#include <array>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>

namespace picfind::server {

void append_time(std::string& line) {
  using namespace std::chrono;
  const auto now = time_point_cast<milliseconds>(system_clock::now());
  const auto day = floor<days>(now);
  const year_month_day date{day};
  const hh_mm_ss time{now - day};
  std::array<char, 32> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                    static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  line.append(text.data(), static_cast<std::size_t>(length));
}

void write_log(std::string_view lines) { std::fwrite(lines.data(), 1, lines.size(), stderr); }

void log(Level level, std::string_view what, std::initializer_list<Field> facts) {
  constexpr std::array names{"info", "warning", "error"};
  std::string time;
  append_time(time);
  boost::json::object line{{"time", time}, {"level", names[static_cast<std::size_t>(level)]}, {"what", what}};
  for (const auto& [name, value] : facts)
    line.emplace(name, value);
  write_log(boost::json::serialize(line) + "\n");
}

}  // namespace picfind::server
