#include "options.h"

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <boost/algorithm/string/split.hpp>
#include <boost/program_options.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

namespace picfind::server {
namespace {

namespace po = boost::program_options;

constexpr std::string_view environment_prefix = "PICFIND_";

std::filesystem::path default_cache() {
  if (const char* folder = std::getenv("XDG_CACHE_HOME"); folder != nullptr && *folder != '\0')
    return std::filesystem::path(folder) / "picfind" / "server";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return std::filesystem::path(home) / ".cache" / "picfind" / "server";
  return "picfind-cache";
}

po::options_description describe() {
  po::options_description all("picfind-server serves vectors that lie in Redis as a library of pictures", 100, 60);
  auto add = all.add_options();
  add("help", "print this");
  add("config", po::value<std::string>()->value_name("FILE"), "lines of `name = value` with the names below");
  add("redis", po::value<std::string>()->value_name("URL")->default_value("redis://127.0.0.1:6379/0"),
      "redis://[user:password@]host[:port][/database], rediss:// for TLS");
  add("redis-ca", po::value<std::string>()->value_name("FILE")->default_value(""),
      "certificates (PEM) that vouch for a Redis asked over TLS (default: this machine's)");
  add("listen", po::value<std::string>()->value_name("ADDRESS")->default_value("127.0.0.1:8080"),
      "where to answer; port 0 takes a free one");
  add("library", po::value<std::string>()->value_name("NAME"), "name of the library: letters, digits, . _ -");
  add("layout", po::value<std::string>()->value_name("KIND")->default_value("hash"),
      "how vectors lie in Redis: hash, json or vectorset");
  add("prefix", po::value<std::string>()->value_name("TEXT")->default_value(""),
      "what keys of pictures begin with; the key of a vector set");
  add("keys", po::value<std::string>()->value_name("KEYS")->default_value(""),
      "with commas, keys of several vector sets that hold the library together; in place of --prefix");
  add("field", po::value<std::string>()->value_name("NAME"),
      "field of the hash, or path in the JSON, that holds the vector (default: vector; $)");
  add("fields", po::value<std::string>()->value_name("NAMES")->default_value(""),
      "further fields to serve, with commas; no others leave Redis");
  add("model", po::value<std::string>()->value_name("ID"), "the model that made the vectors");
  add("web", po::value<std::string>()->value_name("FOLDER")->default_value(""), "the page to serve (dist/app)");
  add("pictures", po::value<std::string>()->value_name("FOLDER|URL")->default_value(""),
      "where originals are: a folder, or addresses like https://cdn/{key} with fields of --fields");
  add("models", po::value<std::string>()->value_name("FOLDER")->default_value("models"), "manifests of models");
  add("cache", po::value<std::string>()->value_name("FOLDER")->default_value(default_cache().string()),
      "files are kept here; may be lost at any time");
  add("scan-interval", po::value<uint32_t>()->value_name("SECONDS")->default_value(300),
      "between looks at all keys, for changes that Redis told no event of");
  add("purge-after", po::value<uint32_t>()->value_name("SECONDS")->default_value(600),
      "after a picture is deleted, until no file holds it; it is hidden at once");
  add("max-connections", po::value<uint32_t>()->value_name("NUMBER")->default_value(1024),
      "further connections are refused");
  add("timeout", po::value<uint32_t>()->value_name("SECONDS")->default_value(30),
      "for a client to send or take the next part; then its connection is closed");
  add("idle-timeout", po::value<uint32_t>()->value_name("SECONDS")->default_value(75),
      "between two requests of a connection");
  add("tokens", po::value<std::string>()->value_name("FILE")->default_value(""),
      "who may read and write (see picfind-server token --help); without it everyone may read, nobody may write");
  add("cors", po::value<std::string>()->value_name("ORIGINS")->default_value(""),
      "origins whose pages may ask, with commas, as https://example.org; * for all");
  add("tls-cert", po::value<std::string>()->value_name("FILE")->default_value(""),
      "answer HTTPS, with this chain of certificates (PEM)");
  add("tls-key", po::value<std::string>()->value_name("FILE")->default_value(""), "and its key (PEM)");
  add("tls-self-signed", po::value<bool>()->value_name("true|false")->implicit_value(true)->default_value(false),
      "answer HTTPS, with a certificate made here, which browsers warn of");
  return all;
}

/// PICFIND_SCAN_INTERVAL is scan-interval; empty where that is none of ours. Throws what Boost does of unknown options.
std::string option_of_variable(const po::options_description& all, const std::string& variable) {
  if (!variable.starts_with(environment_prefix)) return {};
  std::string name = boost::to_lower_copy(variable.substr(environment_prefix.size()));
  boost::replace_all(name, "_", "-");
  if (all.find_nothrow(name, false) == nullptr) throw po::unknown_option(variable);
  return name;
}

/// Options of one of the three places, which the error of one that is wrong or unknown names.
class Source {
public:
  Source(const po::options_description& all, po::variables_map& given) : all_(all), given_(given) {}

  void read_flags(int argc, const char* const* argv) {
    // Half a name may tomorrow be half of another.
    const int style = po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(argc, argv).options(all_).positional({}).style(style).run(), given_);
  }
  void read_environment() {
    name_ = "environment: ";
    po::store(po::parse_environment(all_, [&](const std::string& name) { return option_of_variable(all_, name); }),
              given_);
  }
  Expected<void> read_file(const std::string& path) {
    name_ = path + ": ";
    std::ifstream file(path);
    if (!file) return fail(ErrorCode::usage, "--config: " + path + " cannot be read");
    po::store(po::parse_config_file(file, all_), given_);
    return {};
  }
  const std::string& name() const { return name_; }

private:
  const po::options_description& all_;
  po::variables_map& given_;
  std::string name_;
};

/// Errors: usage. Boost would take -1 for a very large number.
Expected<uint32_t> read_number(const po::variables_map& given, const std::string& name, uint32_t least, uint32_t most) {
  const auto number = given[name].as<uint32_t>();
  if (number >= least && number <= most) return number;
  return fail(ErrorCode::usage, "--" + name + ": expected " + std::to_string(least) + " to " + std::to_string(most) +
                                    ", found " +
                                    (number > INT32_MAX ? "a number out of that" : std::to_string(number)));
}

bool is_library_name(const std::string& name) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !name.empty() && name.size() <= 64 && name.front() != '.' &&
         name.find_first_not_of(allowed) == std::string::npos;
}

/// host:port, [::1]:port or :port.
Expected<Address> read_address(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  const auto wrong = [&] {
    return fail(ErrorCode::usage, "--listen: expected ADDRESS:PORT, as 127.0.0.1:8080, found \"" + text + "\"");
  };
  if (colon == std::string::npos) return wrong();
  std::string host = text.substr(0, colon);
  const std::string port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (port.empty() || port.size() > 5 || port.find_first_not_of("0123456789") != std::string::npos) return wrong();
  const int number = std::stoi(port);
  if (number > 65535) return wrong();
  return Address{host.empty() ? "0.0.0.0" : host, static_cast<uint16_t>(number)};
}

Expected<LayoutKind> read_layout(const std::string& text) {
  const std::map<std::string, LayoutKind> kinds{
      {"hash", LayoutKind::hash}, {"json", LayoutKind::json}, {"vectorset", LayoutKind::vectorset}};
  const auto found = kinds.find(text);
  if (found != kinds.end()) return found->second;
  return fail(ErrorCode::usage, "--layout: expected hash, json or vectorset, found \"" + text + "\"");
}

std::vector<std::string> split_names(const std::string& text) {
  std::vector<std::string> names;
  boost::split(names, text, [](char c) { return c == ','; });
  std::erase(names, std::string{});
  return names;
}

/// Keys of the vector sets. Errors: usage.
Expected<std::vector<std::string>> read_sets(LayoutKind layout, const std::string& prefix,
                                             std::vector<std::string> keys) {
  if (layout != LayoutKind::vectorset) {
    if (keys.empty()) return keys;
    return fail(ErrorCode::usage, "--keys: expected none beside a --layout that has a key for each picture");
  }
  if (keys.empty() == prefix.empty())
    return fail(ErrorCode::usage,
                "--prefix: expected the key of the vector set, or the keys of several by --keys, found " +
                    std::string(keys.empty() ? "none" : "both"));
  if (keys.empty()) return std::vector{prefix};
  std::ranges::sort(keys);
  if (const auto twice = std::ranges::adjacent_find(keys); twice != keys.end())
    return fail(ErrorCode::usage, "--keys: expected each key once, found " + *twice + " twice");
  return keys;
}

Expected<Options> with_numbers(Options options, const po::variables_map& given) {
  constexpr uint32_t month = 31 * 24 * 3600;
  struct Time {
    const char* name;
    std::chrono::seconds& value;
    uint32_t least;
  };
  for (const auto& [name, time, least] :
       {Time{"scan-interval", options.scan_interval, 1}, Time{"purge-after", options.purge_after, 0},
        Time{"timeout", options.patience, 1}, Time{"idle-timeout", options.idle, 1}}) {
    const Expected<uint32_t> seconds = read_number(given, name, least, month);
    if (!seconds) return std::unexpected(seconds.error());
    time = std::chrono::seconds(*seconds);
  }
  const Expected<uint32_t> connections = read_number(given, "max-connections", 1, 1'000'000);
  if (!connections) return std::unexpected(connections.error());
  options.max_connections = *connections;
  return options;
}

boost::json::object told(const po::variables_map& given) {
  boost::json::object told;
  for (const auto& [name, option] : given) {
    const boost::any& value = option.value();
    if (const auto* text = boost::any_cast<std::string>(&value)) told[name] = *text;
    if (const auto* number = boost::any_cast<uint32_t>(&value)) told[name] = *number;
    if (const auto* flag = boost::any_cast<bool>(&value)) told[name] = *flag;
  }
  told.erase("redis");
  if (const auto redis = boost::urls::parse_uri(given["redis"].as<std::string>()))
    told["redis"] = std::string(boost::urls::url(*redis).remove_userinfo().buffer());
  return told;
}

Expected<Options> take(const po::variables_map& given) {
  const auto text = [&](const char* name) {
    return given.contains(name) ? given[name].as<std::string>() : std::string{};
  };
  Options options;
  options.redis = text("redis");
  const Expected<Address> listen = read_address(text("listen"));
  if (!listen) return std::unexpected(listen.error());
  options.listen = *listen;
  const Expected<LayoutKind> layout = read_layout(text("layout"));
  if (!layout) return std::unexpected(layout.error());
  LibraryOptions& library = options.library;
  library.name = text("library");
  if (!is_library_name(library.name))
    return fail(ErrorCode::usage,
                "--library: expected a name of 1 to 64 letters, digits, dots, underscores or hyphens, found \"" +
                    library.name + "\"");
  library.layout = *layout;
  if (*layout != LayoutKind::vectorset) library.prefix = text("prefix");
  library.field = text("field");
  if (library.field.empty()) library.field = *layout == LayoutKind::json ? "$" : "vector";
  library.fields = split_names(text("fields"));
  library.model = text("model");
  if (library.model.empty())
    return fail(ErrorCode::usage, "--model: expected the id of the model that made the vectors, found none");
  const auto sets = read_sets(*layout, text("prefix"), split_names(text("keys")));
  if (!sets) return std::unexpected(sets.error());
  library.sets = *sets;
  options.web = text("web");
  options.pictures = text("pictures");
  options.models = text("models");
  options.cache = text("cache");
  options.redis_ca = text("redis-ca");
  options.told = told(given);
  options.tokens = text("tokens");
  options.cors = split_names(text("cors"));
  options.tls = {text("tls-cert"), text("tls-key")};
  options.tls_self_signed = given["tls-self-signed"].as<bool>();
  if (options.tls.certificate.empty() != options.tls.key.empty())
    return fail(ErrorCode::usage, "--tls-cert and --tls-key: expected both or none");
  if (options.tls_self_signed && !options.tls.key.empty())
    return fail(ErrorCode::usage, "--tls-self-signed: expected no --tls-cert beside it");
  return with_numbers(std::move(options), given);
}

/// picfind-server inspect URL [--redis-ca FILE] [--models FOLDER]
Command read_inspection(int argc, const char* const* argv) {
  po::options_description all;
  auto add = all.add_options();
  add("redis", po::value<std::string>()->required());
  add("redis-ca", po::value<std::string>()->default_value(""));
  add("models", po::value<std::string>()->default_value("models"));
  po::positional_options_description positions;
  positions.add("redis", 1);
  po::variables_map given;
  po::store(po::command_line_parser(argc - 1, argv + 1).options(all).positional(positions).run(), given);
  po::notify(given);
  Command command;
  command.inspects = true;
  command.options.redis = given["redis"].as<std::string>();
  command.options.redis_ca = given["redis-ca"].as<std::string>();
  command.options.models = given["models"].as<std::string>();
  return command;
}

}  // namespace

Expected<Command> read_options(int argc, const char* const* argv) {
  const po::options_description all = describe();
  po::variables_map given;
  Source source(all, given);
  try {
    if (argc > 1 && std::string_view(argv[1]) == "inspect") return read_inspection(argc, argv);
    source.read_flags(argc, argv);
    source.read_environment();
    if (given.contains("config")) {
      if (const Expected<void> read = source.read_file(given["config"].as<std::string>()); !read)
        return std::unexpected(read.error());
    }
    if (given.contains("help")) {
      std::ostringstream text;
      text << all << "\npicfind-server inspect URL [--models FOLDER] looks at a database and proposes these flags\n";
      return Command{{}, false, text.str()};
    }
    po::notify(given);
    const Expected<Options> options = take(given);
    if (!options) return std::unexpected(options.error());
    return Command{*options, false, std::nullopt};
  } catch (const po::error& error) {
    return fail(ErrorCode::usage, source.name() + error.what() + "; --help lists all options");
  }
}

}  // namespace picfind::server
