#include "library/shared_library.h"

#include "library/sha256.h"
#include "log.h"

#include <boost/asio/cancel_after.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace picfind::server {

SharedLibrary::SharedLibrary(Redis& redis, FileCache& cache, RedisKeys keys)
    : redis_(redis), cache_(cache), keys_(std::move(keys)),
      changed_(redis.executor(), asio::steady_timer::time_point::max()) {}

Awaitable<Expected<void>> SharedLibrary::refresh() {
  const Expected<Reply> reply = co_await redis_.ask("GET", keys_.manifest());
  if (!reply) co_return std::unexpected(reply.error());
  const std::optional<std::string> text = reply->text();
  if (!text || (published_ != nullptr && published_->text == *text)) co_return Expected<void>{};
  const ByteView bytes(reinterpret_cast<const uint8_t*>(text->data()), text->size());
  Expected<Manifest> manifest = read_manifest(bytes);
  if (!manifest) co_return std::unexpected(manifest.error());
  // Redis was set back. A history that is lost ends with a new epoch, which is on its way.
  if (published_ != nullptr && manifest->epoch == published_->manifest.epoch &&
      manifest->sequence < published_->manifest.sequence)
    co_return Expected<void>{};
  published_ = std::make_shared<const PublishedManifest>(*text, sha256_hex(bytes), std::move(*manifest));
  changed_.cancel();
  co_return Expected<void>{};
}

void SharedLibrary::hear(std::string_view event) {
  has_news_ = true;
  has_removals_ = has_removals_ || event == "removed";
  if (!std::exchange(is_catching_up_, true)) asio::co_spawn(redis_.executor(), catch_up(), asio::detached);
}

Awaitable<void> SharedLibrary::catch_up() {
  while (std::exchange(has_news_, false)) {
    const bool has_removals = std::exchange(has_removals_, false);
    Expected<void> done = co_await refresh();
    if (done && has_removals) done = co_await cache_.forget_removed();
    if (!done) log(Level::warning, "the manifest cannot be read", {{"reason", done.error().message}});
  }
  is_catching_up_ = false;
}

Awaitable<bool> SharedLibrary::wait_for_another(const std::string& known, std::chrono::seconds patience) {
  const auto is_another = [&] { return published_ != nullptr && published_->sha256 != known; };
  if (!is_another() && !stopped_) {
    asio::steady_timer patient(redis_.executor());
    co_await changed_.async_wait(asio::cancel_after(patient, patience, as_result));
  }
  co_return is_another();
}

void SharedLibrary::stop() {
  stopped_ = true;
  changed_.cancel();
}

}  // namespace picfind::server
