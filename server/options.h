#pragma once
#include "error.h"

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
  /// What keys of pictures begin with; of a vector set its key.
  std::string prefix;
  /// Field of a hash, or path in a JSON document, that holds the vector.
  std::string field;
  /// Fields served with a picture; no others leave Redis.
  std::vector<std::string> fields;
  /// Id of the model that made the vectors.
  std::string model;
};

struct Options {
  std::string redis;
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
/// usage.
Expected<Command> read_options(int argc, const char* const* argv);

}  // namespace picfind::server
