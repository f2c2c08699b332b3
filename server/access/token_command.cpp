#include "access/token_command.h"

#include "access/token_file.h"
#include "random_hex.h"

#include <boost/algorithm/string/split.hpp>
#include <boost/program_options.hpp>
#include <cstdio>
#include <fcntl.h>
#include <sstream>
#include <unistd.h>

namespace picfind::server {
namespace {

namespace po = boost::program_options;

/// So that a token is known for one where it turns up.
constexpr std::string_view token_prefix = "picfind_";

po::options_description describe() {
  po::options_description all("picfind-server token makes a token, adds it to a file, and prints it", 100, 60);
  auto add = all.add_options();
  add("help", "print this");
  add("tokens", po::value<std::string>()->value_name("FILE"), "the file that the server is started with");
  add("name", po::value<std::string>()->value_name("NAME"), "whose it is, or what for");
  add("right", po::value<std::string>()->value_name("RIGHT")->default_value("read"),
      "read, or write, which includes it");
  add("libraries", po::value<std::string>()->value_name("NAMES")->default_value(""),
      "the libraries it is for, with commas (default: all)");
  add("days", po::value<uint32_t>()->value_name("NUMBER"), "until it ends (default: it does not)");
  return all;
}

Expected<TokenLine> take(const po::variables_map& given) {
  TokenLine line;
  if (given.contains("name")) line.name = given["name"].as<std::string>();
  if (line.name.empty() || line.name.starts_with('#') || line.name.find_first_of(" \t\r\n") != std::string::npos)
    return fail(ErrorCode::usage, "--name: expected a word, found \"" + line.name + "\"");
  const auto right = given["right"].as<std::string>();
  if (right != "read" && right != "write")
    return fail(ErrorCode::usage, "--right: expected read or write, found \"" + right + "\"");
  line.right = right == "write" ? Right::write : Right::read;
  boost::split(line.libraries, given["libraries"].as<std::string>(), [](char c) { return c == ','; });
  std::erase(line.libraries, std::string{});
  if (given.contains("days"))
    line.ends = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) +
                std::chrono::days(given["days"].as<uint32_t>());
  return line;
}

/// Nobody else may read a file that is made here.
Expected<void> append(const std::string& path, const std::string& line) {
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  const bool is_written = file >= 0 && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (file >= 0) ::close(file);
  if (is_written) return {};
  return fail(ErrorCode::usage, "--tokens: " + path + " cannot be written");
}

Expected<std::string> make_token(const po::variables_map& given) {
  Expected<TokenLine> line = take(given);
  if (!line) return std::unexpected(line.error());
  if (!given.contains("tokens")) return fail(ErrorCode::usage, "--tokens: expected a file, found none");
  const std::string token = std::string(token_prefix) + random_hex(24);
  line->sha256 = sha256({reinterpret_cast<const uint8_t*>(token.data()), token.size()});
  if (const Expected<void> done = append(given["tokens"].as<std::string>(), token_line_text(*line)); !done)
    return std::unexpected(done.error());
  return token + "\n";
}

Expected<std::string> run(int argc, const char* const* argv) {
  const po::options_description all = describe();
  try {
    po::variables_map given;
    po::store(po::command_line_parser(argc, argv).options(all).positional({}).run(), given);
    po::notify(given);
    if (!given.contains("help")) return make_token(given);
    std::ostringstream text;
    text << all;
    return text.str();
  } catch (const po::error& error) {
    return fail(ErrorCode::usage, std::string(error.what()) + "; --help lists all options");
  }
}

}  // namespace

int token_command(int argc, const char* const* argv) {
  const Expected<std::string> text = run(argc, argv);
  if (text) {
    std::fputs(text->c_str(), stdout);
    return 0;
  }
  std::fprintf(stderr, "picfind-server token: %s\n", text.error().message.c_str());
  return 2;
}

}  // namespace picfind::server
