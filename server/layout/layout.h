#pragma once
#include "asio.h"
#include "error.h"
#include "options.h"
#include "redis/redis.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace picfind::server {

/// Names and texts.
using RowFields = std::vector<std::pair<std::string, std::string>>;

/// Where a picture itself is, as far as it is known.
struct PicturePlaces {
  /// Address of the original, where that is not its path in the library's source.
  std::optional<std::string> original;
  /// Name of the small version.
  std::optional<std::string> thumbnail;
};

/// A picture as Redis has it.
struct Row {
  /// Key without the prefix, or element of the vector set.
  std::string path;
  /// float32[dim], of any length but zero.
  std::vector<float> vector;
  /// The fields to serve, as text; those that are there.
  RowFields fields;
  PicturePlaces places = {};
};

/// What reading a picture came to.
struct RowRead {
  enum class State { row, gone, skipped } state = State::gone;
  Row row;
  /// Why it is skipped.
  std::string reason;
};

/// How vectors that other tools have put into Redis lie there.
class Layout {
public:
  virtual ~Layout() = default;

  struct Page {
    std::vector<std::string> paths;
    /// "0" after the last page.
    std::string cursor;
  };
  /// Some of the pictures there are, beginning with cursor "0"; one may come twice. Errors: not-found, usage.
  virtual Awaitable<Expected<Page>> list(Redis& redis, std::string cursor) const = 0;

  /// Commands that ask() adds for one picture.
  virtual std::size_t commands() const = 0;
  virtual void ask(boost::redis::request& request, const std::string& path) const = 0;
  /// replies: commands() of them.
  virtual RowRead take(const std::string& path, std::span<const Reply> replies) const = 0;

  /// Commands that put rows where this layout has them, in place of what is there; fields that are not served stay.
  /// Errors: not-found, usage (such rows cannot lie there).
  virtual Awaitable<Expected<boost::redis::request>> writing(Redis& redis, const std::vector<Row>& rows) const = 0;
  /// Commands, each answered with the number of pictures that are gone by it.
  virtual void remove(boost::redis::request& request, const std::string& path) const = 0;

  /// Patterns of the keyspace channels that tell of changes.
  virtual std::vector<std::string> channels(int database) const = 0;
  /// What has changed where such a channel speaks: a picture; nothing if it may be any.
  virtual std::optional<std::string> path_of(std::string_view channel) const = 0;
};

std::unique_ptr<Layout> make_layout(const LibraryOptions& library, uint32_t dim);

}  // namespace picfind::server
