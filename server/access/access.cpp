#include "access/access.h"

#include "log.h"

#include <algorithm>
#include <openssl/crypto.h>
#include <sys/stat.h>

namespace picfind::server {
namespace {

std::chrono::sys_seconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

bool gives(const TokenLine& line, Right right, std::string_view library) {
  return (right == Right::read || line.right == Right::write) &&
         (line.libraries.empty() || std::ranges::find(line.libraries, library) != line.libraries.end());
}

Answer challenge(std::string_view message, std::string_view challenge) {
  Answer answer = error_answer(http::status::unauthorized, message);
  answer.set(http::field::www_authenticate, challenge);
  return answer;
}

}  // namespace

Caller caller_of(const http::fields& headers) {
  constexpr std::string_view scheme = "bearer ";
  std::string_view sent = headers[http::field::authorization];
  if (!boost::beast::iequals(sent.substr(0, scheme.size()), scheme)) return {};
  sent.remove_prefix(scheme.size());
  sent.remove_prefix(std::min(sent.find_first_not_of(' '), sent.size()));
  return {sha256({reinterpret_cast<const uint8_t*>(sent.data()), sent.size()})};
}

Expected<Access> Access::open(std::filesystem::path file) {
  Access access;
  access.file_ = std::move(file);
  if (access.file_.empty()) return access;
  access.stamp_ = stamp_of(access.file_);
  Expected<std::vector<TokenLine>> lines = read_token_file(access.file_);
  if (!lines) return std::unexpected(lines.error());
  access.lines_ = std::move(*lines);
  return access;
}

Access::Stamp Access::stamp_of(const std::filesystem::path& file) {
  struct stat found{};
  if (::stat(file.c_str(), &found) != 0) return {};
  const auto nanoseconds = [](const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; };
  return {nanoseconds(found.st_mtim), nanoseconds(found.st_ctim), found.st_size, found.st_ino};
}

void Access::read_if_changed() {
  if (file_.empty()) return;
  const Stamp stamp = stamp_of(file_);
  if (stamp == stamp_) return;
  stamp_ = stamp;
  Expected<std::vector<TokenLine>> lines = read_token_file(file_);
  if (!lines) {
    log(Level::error, "the token file cannot be read, the last one counts on", {{"reason", lines.error().message}});
    return;
  }
  lines_ = std::move(*lines);
  log(Level::info, "the token file was read", {{"lines", lines_.size()}});
}

std::vector<const TokenLine*> Access::lines_of(const Caller& caller) const {
  std::vector<const TokenLine*> found;
  const std::chrono::sys_seconds time = now();
  for (const TokenLine& line : lines_) {
    // All lines are looked at, each in the same time, whatever was sent.
    const bool is_callers = !line.sha256 || (caller.token && CRYPTO_memcmp(line.sha256->data(), caller.token->data(),
                                                                           line.sha256->size()) == 0);
    if (is_callers && (!line.ends || time < *line.ends)) found.push_back(&line);
  }
  return found;
}

bool Access::may(const Caller& caller, Right right, std::string_view library) {
  if (file_.empty()) return right == Right::read;
  read_if_changed();
  return std::ranges::any_of(lines_of(caller), [&](const TokenLine* line) { return gives(*line, right, library); });
}

std::optional<Answer> Access::refuse(const http::fields& headers, Right right, std::string_view library) {
  const Caller caller = caller_of(headers);
  if (may(caller, right, library)) return std::nullopt;
  if (file_.empty())
    return error_answer(http::status::forbidden, "this server takes no changes: it was started without --tokens");
  const bool is_known =
      std::ranges::any_of(lines_of(caller), [](const TokenLine* line) { return line->sha256.has_value(); });
  if (is_known)
    return error_answer(http::status::forbidden, "expected a token with the right to " +
                                                     std::string(right == Right::write ? "write" : "read") +
                                                     " this library, found one without");
  if (!caller.token)
    return challenge("expected a token: send it as Authorization: Bearer TOKEN", R"(Bearer realm="picfind")");
  return challenge("expected a token that counts, found one that is unknown or has ended",
                   R"(Bearer realm="picfind", error="invalid_token")");
}

std::vector<std::string> Access::rights(const Caller& caller, std::string_view library) {
  std::vector<std::string> rights;
  if (may(caller, Right::read, library)) rights.emplace_back("read");
  if (may(caller, Right::write, library)) rights.emplace_back("write");
  return rights;
}

std::chrono::seconds Access::time_to_read(const Caller& caller, std::string_view library) const {
  if (file_.empty()) return std::chrono::seconds::max();
  std::chrono::seconds longest{1};
  for (const TokenLine* line : lines_of(caller)) {
    if (!gives(*line, Right::read, library)) continue;
    if (!line->ends) return std::chrono::seconds::max();
    longest = std::max(longest, *line->ends - now());
  }
  return longest;
}

}  // namespace picfind::server
