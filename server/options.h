#pragma once
#include "error.h"

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace picfind::server {

struct Address {
  std::string host;
  uint16_t port = 0;
};

/// How vectors lie in Redis.
enum class LayoutKind { hash, json, vectorset };

/// A library and where its vectors come from.
struct LibraryOptions {
  std::string name;
  LayoutKind layout = LayoutKind::hash;
  /// What keys of pictures begin with; empty where they are elements of vector sets.
  std::string prefix;
  /// Keys of the vector sets whose elements are the pictures.
  std::vector<std::string> sets;
  /// Field of a hash, or path in a JSON document, that holds the vector.
  std::string field;
  /// Fields served with a picture; no others leave Redis.
  std::vector<std::string> fields;
  /// Id of the model that made the vectors.
  std::string model;
};

/// PEM.
struct TlsFiles {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

struct Options {
  std::string redis;
  /// Certificates that vouch for Redis, PEM; empty: those of the machine.
  std::filesystem::path redis_ca;
  Address listen;
  LibraryOptions library;
  std::filesystem::path web;
  /// Folder of the originals, or template of their addresses.
  std::string pictures;
  std::filesystem::path models;
  std::filesystem::path cache;
  /// Between looks at all keys, for changes that no event told.
  std::chrono::seconds scan_interval{};
  /// After a picture is deleted, until no file holds it.
  std::chrono::seconds purge_after{};
  std::size_t max_connections = 0;
  /// For a client to send or take the next part.
  std::chrono::seconds patience{};
  /// Between two requests of a connection.
  std::chrono::seconds idle{};
  /// Empty: everyone may read, nobody may write.
  std::filesystem::path tokens;
  /// Origins whose pages may ask.
  std::vector<std::string> cors;
  /// Empty: plain HTTP.
  TlsFiles tls;
  bool tls_self_signed = false;
  /// All of them by their names, without the password of Redis.
  boost::json::object told;
};

/// What the command line asks for.
struct Command {
  Options options;
  /// To look at the database instead of serving.
  bool inspects = false;
  /// To be printed instead of serving.
  std::optional<std::string> text;
};

/// Flags, then PICFIND_… of the environment, then the file of --config: the first that says something counts. Errors:
/// usage, naming the option, and where it was said.
Expected<Command> read_options(int argc, const char* const* argv);

}  // namespace picfind::server
