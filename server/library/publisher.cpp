#include "library/publisher.h"

#include "library/record.h"
#include "log.h"
#include "redis/cluster.h"
#include "run_on.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace picfind::server {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// A segment ends after so many rows in the order of their paths.
constexpr uint32_t rows_a_segment = 1U << 16U;
/// Read in one go: 2 MB at 512 dimensions.
constexpr std::size_t rows_a_read = 1000;
/// Of a new library, to measure its mean on.
constexpr std::size_t rows_for_mean = 4096;
constexpr std::size_t fewest_for_mean = 32;
/// Between two lines of the log that tell how far a look at all keys is.
constexpr auto progress_apart = 10s;
/// Reasons told one by one; more are counted.
constexpr uint64_t most_skips_told = 20;

/// The one source of the library, with where its originals are.
std::vector<Source> sources(const Publisher::Settings& settings) {
  std::optional<std::string> url;
  if (settings.pictures.folder()) url = "pictures/";
  return {{settings.library.name, std::move(url)}};
}

}  // namespace

Publisher::Publisher(Redis& redis, FileCache& cache, asio::thread_pool& pool, Settings settings)
    : redis_(redis), pool_(pool), settings_(std::move(settings)), lease_(redis, RedisKeys(settings_.library.name)),
      reader_(redis, lease_, make_layout(settings_.library, settings_.model.dim), settings_.pictures,
              RedisKeys(settings_.library.name)),
      writer_(redis, cache, pool, lease_, {settings_.library.name, settings_.model, sources(settings_)}),
      wake_(redis.executor()) {}

void Publisher::hear_of(std::optional<std::string> path) {
  if (path)
    changed_.insert(std::move(*path));
  else
    all_changed_ = true;
  wake_.cancel();
}

Awaitable<void> Publisher::stop() {
  stopped_ = true;
  wake_.cancel();
  co_await lease_.give_back();
}

Awaitable<void> Publisher::run() {
  bool is_alone = false;
  while (!stopped_) {
    if (!is_alone) {
      const Expected<std::vector<Shard>> shards = co_await find_shards(redis_);
      if (shards && !shards->empty()) {
        // A node has a part of the pictures: a library of those would look as if the others were gone.
        log(Level::warning, "no files are made: Redis is a cluster", {{"library", settings_.library.name}});
        co_return;
      }
      is_alone = shards.has_value();
    }
    bool has_lease = false;
    if (is_alone) has_lease = co_await lease_.acquire();
    if (has_lease) {
      log(Level::info, "this server publishes", {{"library", settings_.library.name}});
      asio::co_spawn(redis_.executor(), lease_.renew(), asio::detached);
      const Done done = co_await work();
      if (!done) log(Level::warning, "publishing was interrupted", {{"reason", done.error().message}});
      co_await lease_.give_back();
    }
    if (stopped_) co_return;
    wake_.expires_after(1s);
    co_await wake_.async_wait(as_result);
  }
}

Awaitable<Publisher::Done> Publisher::work() {
  draft_.reset();
  deleted_.clear();
  all_changed_ = true;
  purge_at_ = Clock::now() + settings_.purge_after;
  if (Done opened = co_await writer_.open(); !opened) co_return opened;
  while (lease_.is_held() && !stopped_) {
    Done done;
    if (std::exchange(all_changed_, false) || Clock::now() >= next_look_) {
      changed_.clear();
      next_look_ = Clock::now() + settings_.scan_interval;
      done = co_await look_at_all();
      all_changed_ = all_changed_ || !done;
    } else if (library().count() == 0 && changed_.size() >= fewest_for_mean) {
      all_changed_ = true;
      continue;
    } else if (!changed_.empty() && library().manifest() != nullptr) {
      const std::set<std::string> changed = std::exchange(changed_, {});
      std::vector<std::string> paths(changed.begin(), changed.end());
      done = co_await look_at(std::move(paths), false);
      if (!done) changed_.insert(changed.begin(), changed.end());
    } else if (purge_at_ && Clock::now() >= *purge_at_) {
      done = co_await purge();
    } else {
      co_await wait();
      continue;
    }
    if (done) done = co_await writer_.merge();
    if (!done) co_return done;
  }
  co_return Done{};
}

Awaitable<void> Publisher::wait() {
  wake_.expires_at(std::min({next_look_, Clock::now() + 1s, purge_at_.value_or(next_look_)}));
  co_await wake_.async_wait(as_result);
}

Awaitable<Publisher::Done> Publisher::look_at_all() {
  Expected<std::vector<std::string>> paths = co_await reader_.list_all();
  if (!paths) co_return std::unexpected(paths.error());
  counts_.seen = 0;
  counts_.of = paths->size();
  counts_.skipped = 0;
  // One that nothing was in when it began has no mean yet.
  if (library().manifest() == nullptr || (library().count() == 0 && paths->size() >= fewest_for_mean)) {
    if (Done begun = co_await begin(*paths); !begun) co_return begun;
  }
  co_await run_on(pool_, [&] { delete_others(*paths); });
  co_return co_await look_at(std::move(*paths), true);
}

Awaitable<Publisher::Done> Publisher::begin(const std::vector<std::string>& paths) {
  const std::size_t step = std::max<std::size_t>(paths.size() / rows_for_mean, 1);
  std::vector<std::string> chosen;
  for (std::size_t i = 0; i < paths.size(); i += step)
    chosen.push_back(paths[i]);
  std::vector<double> sum(settings_.model.dim);
  std::size_t count = 0;
  for (std::size_t at = 0; at < chosen.size(); at += rows_a_read) {
    const auto reads = co_await reader_.read(std::span(chosen).subspan(at, std::min(rows_a_read, chosen.size() - at)));
    if (!reads) co_return std::unexpected(reads.error());
    for (const RowRead& one : *reads) {
      if (one.state != RowRead::State::row) continue;
      const std::vector<float> vector = normalised(one.row.vector);
      for (std::size_t i = 0; i < sum.size(); ++i)
        sum[i] += vector[i];
      ++count;
    }
  }
  if (library().manifest() != nullptr && count < fewest_for_mean) co_return Done{};
  std::vector<float> mean(sum.size());
  if (count >= fewest_for_mean)
    std::ranges::transform(sum, mean.begin(),
                           [&](double x) { return static_cast<float>(x / static_cast<double>(count)); });
  co_return co_await writer_.begin(std::move(mean));
}

void Publisher::delete_others(const std::vector<std::string>& paths) {
  std::vector<std::array<uint8_t, 16>> there;
  there.reserve(paths.size());
  for (const std::string& path : paths)
    there.push_back(id_key(record_id(settings_.library.name, path)));
  std::ranges::sort(there);
  for (const uint32_t row : library().newest(0, library().count())) {
    const std::optional<RecordKeys> keys = library().keys(row);
    if (keys && !std::ranges::binary_search(there, keys->id)) {
      deleted_.push_back(keys->id);
      ++counts_.removed;
    }
  }
}

Awaitable<Publisher::Done> Publisher::look_at(std::vector<std::string> paths, bool is_all) {
  auto next_told = Clock::now() + progress_apart;
  for (std::size_t at = 0; at < paths.size(); at += rows_a_read) {
    if (!lease_.is_held() || stopped_) co_return fail(ErrorCode::not_found, "the lease is lost");
    const auto some = std::span(paths).subspan(at, std::min(rows_a_read, paths.size() - at));
    const auto reads = co_await reader_.read(some);
    if (!reads) co_return std::unexpected(reads.error());
    co_await run_on(pool_, [&] {
      for (std::size_t i = 0; i < some.size(); ++i)
        take((*reads)[i], some[i]);
    });
    if (is_all) counts_.seen += some.size();
    if (is_all && Clock::now() >= next_told) {
      next_told = Clock::now() + progress_apart;
      log(Level::info, "looking at all pictures",
          {{"library", settings_.library.name}, {"seen", counts_.seen.load()}, {"of", counts_.of.load()}});
    }
    if (draft_ && draft_->rows() + rows_a_read > rows_a_segment) {
      if (Done published = co_await publish_draft(); !published) co_return published;
    }
  }
  co_return co_await publish_draft();
}

SegmentBuilder& Publisher::draft() {
  if (!draft_) draft_.emplace(library().segment_form());
  return *draft_;
}

void Publisher::take(const RowRead& read, const std::string& path) {
  const std::string id = record_id(settings_.library.name, path);
  const std::optional<uint32_t> known = library().row_of(id);
  if (read.state == RowRead::State::skipped) skip(path, read.reason);
  if (read.state == RowRead::State::row) {
    const Expected<SegmentRow> row = segment_row(settings_.library.name, read.row);
    if (row && known && library().keys(*known)->picture == *digest_from_hex(row->sha256)) return;
    const Done added = row ? draft().add(*row) : Done(std::unexpected(row.error()));
    if (added)
      ++counts_.added;
    else
      skip(path, added.error().message);
  }
  if (!known) return;
  deleted_.push_back(id_key(id));
  ++counts_.removed;
}

void Publisher::skip(const std::string& path, const std::string& reason) {
  if (++counts_.skipped > most_skips_told) return;
  log(Level::warning, "skipped", {{"library", settings_.library.name}, {"picture", path}, {"reason", reason}});
}

Awaitable<Publisher::Done> Publisher::publish_draft() {
  ManifestChange change;
  change.delete_keys = std::exchange(deleted_, {});
  gone_.insert(change.delete_keys.begin(), change.delete_keys.end());
  std::vector<File> files;
  if (draft_ && draft_->rows() > 0) {
    Expected<BuiltSegment> built = co_await run_on(pool_, [&] { return draft_->finish(); });
    if (!built) co_return std::unexpected(built.error());
    change.add.push_back(built->descriptor);
    files = std::move(built->files);
  }
  draft_.reset();
  if (change.add.empty() && change.delete_keys.empty()) co_return Done{};
  if (!change.delete_keys.empty() && !purge_at_) purge_at_ = Clock::now() + settings_.purge_after;
  co_return co_await writer_.publish(std::move(change), std::move(files));
}

Awaitable<Publisher::Done> Publisher::purge() {
  purge_at_.reset();
  std::vector<std::string> names;
  for (const SegmentRef& segment : library().manifest()->segments)
    if (segment.live < segment.rows) names.push_back(segment.file);
  for (const std::string& name : names) {
    std::vector<std::string> alone(1, name);
    if (Done rewritten = co_await writer_.rewrite(std::move(alone)); !rewritten) co_return rewritten;
  }
  if (Done purged = co_await purge_thumbnails(); !purged) co_return purged;
  co_return co_await writer_.forget_previous();
}

Awaitable<Publisher::Done> Publisher::purge_thumbnails() {
  Expected<std::vector<std::string>> paths = co_await reader_.thumbnails().paths();
  if (!paths) co_return std::unexpected(paths.error());
  std::set<std::string> waiting;
  std::erase_if(*paths, [&](const std::string& path) {
    const std::string id = record_id(settings_.library.name, path);
    if (library().row_of(id)) return true;
    if (gone_.contains(id_key(id)) || waiting_.contains(path)) return false;
    waiting.insert(path);
    return true;
  });
  gone_.clear();
  waiting_ = std::move(waiting);
  if (!waiting_.empty()) purge_at_ = Clock::now() + settings_.purge_after;
  co_return co_await reader_.thumbnails().forget(std::move(*paths));
}

}  // namespace picfind::server
