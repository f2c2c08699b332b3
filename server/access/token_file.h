#pragma once
#include "error.h"
#include "library/sha256.h"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace picfind::server {

/// Writing includes reading.
enum class Right { read, write };

/// A line of a token file: who may do what, where, until when.
struct TokenLine {
  std::string name;
  Right right = Right::read;
  /// Nothing: all of them.
  std::vector<std::string> libraries;
  /// Nothing: never.
  std::optional<std::chrono::sys_seconds> ends;
  /// Of the token, which itself is written nowhere. Tokens are 192 random bits, so that no slower hash is needed.
  /// Nothing: whoever comes without one.
  std::optional<Digest> sha256;
};

/// `NAME read|write LIBRARIES|* END|never SHA256|-` a line, with `#` before what is no line of it. Errors: usage, with
/// the number of the line.
Expected<std::vector<TokenLine>> parse_token_lines(std::string_view text);
std::string token_line_text(const TokenLine& line);
/// Errors: usage.
Expected<std::vector<TokenLine>> read_token_file(const std::filesystem::path& path);

/// 2027-01-31 or 2027-01-31T12:00:00Z, in UTC.
std::optional<std::chrono::sys_seconds> read_time(const std::string& text);

}  // namespace picfind::server
