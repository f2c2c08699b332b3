#include "access/token_file.h"

#include <array>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/split.hpp>
#include <ctime>
#include <fstream>
#include <sstream>

namespace picfind::server {
namespace {

constexpr std::string_view all_libraries = "*";
constexpr std::string_view never = "never";
constexpr std::string_view nobodys = "-";

std::string time_text(std::chrono::sys_seconds time) {
  const std::time_t seconds = time.time_since_epoch().count();
  std::tm date{};
  gmtime_r(&seconds, &date);
  std::array<char, 32> text{};
  const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &date);
  return {text.data(), length};
}

/// What is wrong with the line is the error.
std::expected<TokenLine, std::string> parse_line(const std::vector<std::string>& words) {
  if (words.size() != 5)
    return std::unexpected("expected NAME RIGHT LIBRARIES END SHA256, found " + std::to_string(words.size()) +
                           " words");
  TokenLine line;
  line.name = words[0];
  if (words[1] != "read" && words[1] != "write") return std::unexpected("expected read or write, found " + words[1]);
  line.right = words[1] == "write" ? Right::write : Right::read;
  if (words[2] != all_libraries) {
    boost::split(line.libraries, words[2], [](char c) { return c == ','; });
    std::erase(line.libraries, std::string{});
    if (line.libraries.empty()) return std::unexpected("expected names of libraries or *, found " + words[2]);
  }
  if (words[3] != never) {
    line.ends = read_time(words[3]);
    if (!line.ends) return std::unexpected("expected a date as 2027-01-31T12:00:00Z or never, found " + words[3]);
  }
  if (words[4] != nobodys) {
    line.sha256 = digest_from_hex(words[4]);
    // Not what was found: somebody may have put the token itself there.
    if (!line.sha256) return std::unexpected(std::string("expected the token's sha256 in lower-case hex digits, or -"));
  }
  return line;
}

}  // namespace

std::optional<std::chrono::sys_seconds> read_time(const std::string& text) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d"}) {
    std::tm date{};
    const char* end = strptime(text.c_str(), format, &date);
    if (end != nullptr && *end == '\0') return std::chrono::sys_seconds(std::chrono::seconds(timegm(&date)));
  }
  return std::nullopt;
}

Expected<std::vector<TokenLine>> parse_token_lines(std::string_view text) {
  std::vector<TokenLine> lines;
  std::istringstream stream{std::string(text)};
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    std::vector<std::string> words;
    boost::split(words, line, boost::is_any_of(" \t\r"), boost::token_compress_on);
    std::erase(words, std::string{});
    if (words.empty() || words.front().starts_with('#')) continue;
    std::expected<TokenLine, std::string> parsed = parse_line(words);
    if (!parsed) return fail(ErrorCode::usage, "line " + std::to_string(number) + ": " + parsed.error());
    lines.push_back(std::move(*parsed));
  }
  return lines;
}

std::string token_line_text(const TokenLine& line) {
  const std::vector<std::string> words = {
      line.name,
      line.right == Right::write ? "write" : "read",
      line.libraries.empty() ? std::string(all_libraries) : boost::join(line.libraries, ","),
      line.ends ? time_text(*line.ends) : std::string(never),
      line.sha256 ? to_hex(*line.sha256) : std::string(nobodys),
  };
  return boost::join(words, " ") + "\n";
}

Expected<std::vector<TokenLine>> read_token_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  // Of an empty file nothing can be taken, which a stream calls a failure.
  if (file && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (!file.is_open() || file.bad()) return fail(ErrorCode::usage, "--tokens: " + path.string() + " cannot be read");
  Expected<std::vector<TokenLine>> lines = parse_token_lines(text.str());
  if (!lines) return fail(ErrorCode::usage, "--tokens: " + path.string() + ", " + lines.error().message);
  return lines;
}

}  // namespace picfind::server
