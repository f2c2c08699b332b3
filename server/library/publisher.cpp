#include "library/publisher.h"

#include "library/compress.h"
#include "library/record.h"
#include "log.h"
#include "random_hex.h"
#include "redis/cluster.h"
#include "run_on.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <charconv>
#include <malloc.h>
#include <ranges>

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
/// Bytes of files in one request to Redis.
constexpr std::size_t bytes_a_write = 8U << 20U;
/// Between two lines of the log that tell how far a look at all keys is.
constexpr auto progress_apart = 10s;
/// Reasons told one by one; more are counted.
constexpr uint64_t most_skips_told = 20;

/// lease, head, manifest, events; token, sha256 of the parent or "", of the manifest, manifest, epoch and sequence.
constexpr auto publish_script = R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'another server has the lease' end
if (redis.call('GET', KEYS[2]) or '') ~= ARGV[2] then return 'another manifest was published' end
redis.call('SET', KEYS[2], ARGV[3])
redis.call('SET', KEYS[3], ARGV[4])
redis.call('PUBLISH', KEYS[4], ARGV[5])
return 'OK')";

/// Signs are enough for what is asked here: which records there are.
Library new_library() {
  Library library;
  library.set_memory_budget(0);
  return library;
}

std::string_view text_of(const Bytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace

Publisher::Publisher(Redis& redis, FileCache& cache, asio::thread_pool& pool, Settings settings)
    : redis_(redis), cache_(cache), pool_(pool), settings_(std::move(settings)), keys_(settings_.library.name),
      layout_(make_layout(settings_.library, settings_.model.dim)), thumbnails_(redis, keys_), lease_(redis, keys_),
      wake_(redis.executor()) {}

void Publisher::hear_of(std::optional<std::string> path) {
  if (path)
    changed_.insert(std::move(*path));
  else
    all_changed_ = true;
  wake_.cancel();
}

void Publisher::hear_of_manifest(std::string_view event) {
  const std::size_t colon = event.find(':');
  uint64_t sequence = 0;
  if (colon == std::string_view::npos) return;
  const std::string_view number = event.substr(colon + 1);
  if (std::from_chars(number.data(), number.data() + number.size(), sequence).ec != std::errc()) return;
  uint64_t& last = heard_[std::string(event.substr(0, colon))];
  last = std::max(last, sequence);
}

bool Publisher::is_set_back() const {
  const auto heard = heard_.find(library_.manifest()->epoch);
  return heard != heard_.end() && heard->second > library_.manifest()->sequence;
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
    if (is_alone && co_await lease_.acquire()) {
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
  if (Done opened = co_await open(); !opened) co_return opened;
  if (library_.manifest() != nullptr && library_.manifest()->sources != sources()) {
    if (Done published = co_await publish({}, {}); !published) co_return published;
  }
  while (lease_.is_held() && !stopped_) {
    Done done;
    if (std::exchange(all_changed_, false) || Clock::now() >= next_look_) {
      changed_.clear();
      next_look_ = Clock::now() + settings_.scan_interval;
      done = co_await look_at_all();
      all_changed_ = all_changed_ || !done;
    } else if (library_.count() == 0 && changed_.size() >= fewest_for_mean) {
      all_changed_ = true;
      continue;
    } else if (!changed_.empty() && library_.manifest() != nullptr) {
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
    if (done) done = co_await merge();
    if (!done) co_return done;
  }
  co_return Done{};
}

Awaitable<void> Publisher::wait() {
  wake_.expires_at(std::min({next_look_, Clock::now() + 1s, purge_at_.value_or(next_look_)}));
  co_await wake_.async_wait(as_result);
}

Awaitable<Publisher::Done> Publisher::open() {
  library_ = new_library();
  draft_.reset();
  deleted_.clear();
  previous_.clear();
  all_changed_ = true;
  purge_at_ = Clock::now() + settings_.purge_after;
  const Expected<Reply> files = co_await redis_.ask("SMEMBERS", keys_.files());
  if (!files) co_return std::unexpected(files.error());
  stored_.clear();
  for (const std::optional<std::string>& name : files->values())
    stored_.insert(name.value_or(""));
  const Expected<Reply> manifest = co_await redis_.ask("GET", keys_.manifest());
  if (!manifest) co_return std::unexpected(manifest.error());
  if (!manifest->text()) co_return Done{};
  const Expected<bool> loaded = co_await load(*manifest->text());
  if (!loaded) co_return std::unexpected(loaded.error());
  if (!*loaded) library_ = new_library();
  co_return Done{};
}

Awaitable<Expected<bool>> Publisher::load(std::string manifest) {
  const Bytes text(manifest.begin(), manifest.end());
  if (const Done set = library_.set_manifest(text, settings_.model.space.sha256); !set) {
    if (set.error().code == ErrorCode::version) co_return std::unexpected(set.error());
    log(Level::warning, "the library begins anew", {{"reason", set.error().message}});
    co_return false;
  }
  if (is_set_back()) {
    log(Level::warning, "the library begins anew",
        {{"reason", "Redis has sequence " + std::to_string(library_.manifest()->sequence) + " of it, and had " +
                        std::to_string(heard_.at(library_.manifest()->epoch))}});
    co_return false;
  }
  const Done provided = co_await provide_missing();
  if (provided) co_return true;
  if (provided.error().code == ErrorCode::not_found && !redis_.is_connected())
    co_return std::unexpected(provided.error());
  log(Level::warning, "the library begins anew", {{"reason", provided.error().message}});
  co_return false;
}

Awaitable<Publisher::Done> Publisher::provide_missing() {
  for (std::vector<std::string> names = library_.missing(); !names.empty(); names = library_.missing()) {
    for (const std::string& name : names) {
      const Expected<FileCache::Mapped> file = co_await cache_.find(name, FileCache::Form::plain);
      if (!file) co_return std::unexpected(file.error());
      if (*file == nullptr) co_return fail(ErrorCode::not_found, "file " + name + " is not in Redis");
      const std::span<const uint8_t> bytes = (*file)->bytes();
      const Done done = library_.provide(name, Bytes(bytes.begin(), bytes.end()));
      if (!done) co_return done;
    }
  }
  co_return Done{};
}

Awaitable<Expected<std::vector<std::string>>> Publisher::list_all() {
  std::vector<std::string> paths;
  std::string cursor = "0";
  do {
    Expected<Layout::Page> page = co_await layout_->list(redis_, cursor);
    if (!page) co_return std::unexpected(page.error());
    std::ranges::move(page->paths, std::back_inserter(paths));
    cursor = page->cursor;
  } while (cursor != "0" && lease_.is_held());
  std::ranges::sort(paths);
  const auto repeated = std::ranges::unique(paths);
  paths.erase(repeated.begin(), repeated.end());
  co_return paths;
}

Awaitable<Publisher::Done> Publisher::look_at_all() {
  Expected<std::vector<std::string>> paths = co_await list_all();
  if (!paths) co_return std::unexpected(paths.error());
  counts_.seen = 0;
  counts_.of = paths->size();
  counts_.skipped = 0;
  // One that nothing was in when it began has no mean yet.
  if (library_.manifest() == nullptr || (library_.count() == 0 && paths->size() >= fewest_for_mean)) {
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
    const auto reads = co_await read(std::span(chosen).subspan(at, std::min(rows_a_read, chosen.size() - at)));
    if (!reads) co_return std::unexpected(reads.error());
    for (const RowRead& one : *reads) {
      if (one.state != RowRead::State::row) continue;
      const Expected<SegmentRow> row = segment_row(settings_.library.name, one.row);
      if (!row) continue;
      for (std::size_t i = 0; i < sum.size(); ++i)
        sum[i] += row->vector[i];
      ++count;
    }
  }
  if (library_.manifest() != nullptr && count < fewest_for_mean) co_return Done{};
  library_ = new_library();
  std::vector<float> mean(sum.size());
  if (count >= fewest_for_mean)
    std::ranges::transform(sum, mean.begin(),
                           [&](double x) { return static_cast<float>(x / static_cast<double>(count)); });
  Manifest start;
  start.epoch = random_hex(16);
  start.space = settings_.model.space;
  start.dim = settings_.model.dim;
  start.sources = sources();
  const Expected<Publication> first = first_manifest(start, mean);
  if (!first) co_return std::unexpected(first.error());
  if (Done stored = co_await store(first->files); !stored) co_return stored;
  const Expected<Reply> head = co_await redis_.ask("GET", keys_.head());
  if (!head) co_return std::unexpected(head.error());
  if (Done committed = co_await commit(first->manifest, head->text().value_or("")); !committed) co_return committed;
  if (Done set = library_.set_manifest(first->manifest, settings_.model.space.sha256); !set) co_return set;
  co_return co_await provide_missing();
}

Awaitable<Expected<std::vector<RowRead>>> Publisher::read(std::span<const std::string> paths) {
  boost::redis::request request = new_request();
  for (const std::string& path : paths)
    layout_->ask(request, path);
  Expected<Replies> replies = co_await redis_.exec(std::move(request), 30s);
  if (!replies) co_return std::unexpected(replies.error());
  const auto thumbnails = co_await thumbnails_.names_of(paths);
  if (!thumbnails) co_return std::unexpected(thumbnails.error());
  const std::size_t each = layout_->commands();
  replies->of.resize(paths.size() * each);
  std::vector<RowRead> reads;
  reads.reserve(paths.size());
  for (std::size_t i = 0; i < paths.size(); ++i)
    reads.push_back(layout_->take(paths[i], std::span(replies->of).subspan(i * each, each)));
  for (RowRead& read : reads) {
    read.row.places.original = settings_.pictures.address_of(read.row.path, read.row.fields);
    if (const auto name = thumbnails->find(read.row.path); name != thumbnails->end())
      read.row.places.thumbnail = name->second;
  }
  co_return reads;
}

void Publisher::delete_others(const std::vector<std::string>& paths) {
  std::vector<std::array<uint8_t, 16>> there;
  there.reserve(paths.size());
  for (const std::string& path : paths)
    there.push_back(id_key(record_id(settings_.library.name, path)));
  std::ranges::sort(there);
  for (const uint32_t row : library_.newest(0, library_.count())) {
    const std::optional<RecordKeys> keys = library_.keys(row);
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
    const auto reads = co_await read(some);
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
  if (!draft_) draft_.emplace(library_.segment_form());
  return *draft_;
}

void Publisher::take(const RowRead& read, const std::string& path) {
  const std::string id = record_id(settings_.library.name, path);
  const std::optional<uint32_t> known = library_.row_of(id);
  if (read.state == RowRead::State::skipped) skip(path, read.reason);
  if (read.state == RowRead::State::row) {
    const Expected<SegmentRow> row = segment_row(settings_.library.name, read.row);
    if (row && known && library_.keys(*known)->picture == *digest_from_hex(row->sha256)) return;
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
  co_return co_await publish(std::move(change), std::move(files));
}

Awaitable<Publisher::Done> Publisher::publish(ManifestChange change, std::vector<File> files) {
  change.sources = sources();
  if (Done stored = co_await store(files); !stored) co_return stored;
  for (File& file : files) {
    if (Done given = library_.provide(file.name, std::move(file.bytes)); !given) co_return given;
  }
  const Expected<Publication> next = library_.next_manifest(change);
  if (!next) co_return std::unexpected(next.error());
  if (Done stored = co_await store(next->files); !stored) co_return stored;
  const std::string_view parent = library_.manifest_text();
  const std::string head = sha256_hex({reinterpret_cast<const uint8_t*>(parent.data()), parent.size()});
  if (Done committed = co_await commit(next->manifest, head); !committed) co_return committed;
  std::set<std::string> before;
  for (const FileRef& file : library_.files())
    before.insert(file.file);
  if (Done set = library_.set_manifest(next->manifest, settings_.model.space.sha256); !set) co_return set;
  if (Done provided = co_await provide_missing(); !provided) co_return provided;
  previous_ = std::move(before);
  log(Level::info, "published",
      {{"library", settings_.library.name},
       {"sequence", library_.manifest()->sequence},
       {"pictures", library_.count()}});
  // What making the files took goes back to the system.
  ::malloc_trim(0);
  co_return co_await remove_unused();
}

Awaitable<Publisher::Done> Publisher::store(const std::vector<File>& files) {
  boost::redis::request request = new_request();
  std::size_t bytes = 0;
  for (const File& file : files) {
    if (stored_.contains(file.name)) continue;
    if (Done kept = cache_.keep(file); !kept) co_return kept;
    const std::optional<Bytes> compressed = co_await run_on(pool_, [&] { return gzip_where_it_pays(file.bytes); });
    request.push("SADD", keys_.files(), file.name);
    request.push("SET", keys_.file(file.name), text_of(file.bytes));
    if (compressed) request.push("SET", keys_.gzip(file.name), text_of(*compressed));
    bytes += file.bytes.size();
    stored_.insert(file.name);
    if (bytes < bytes_a_write && &file != &files.back()) continue;
    const Expected<Replies> replies = co_await redis_.exec(std::exchange(request, new_request()), 60s);
    if (!replies) co_return std::unexpected(replies.error());
    for (const Reply& reply : replies->of)
      if (const auto error = reply.error()) co_return fail(ErrorCode::usage, "Redis: " + *error);
    bytes = 0;
  }
  if (request.get_commands() == 0) co_return Done{};
  const Expected<Replies> replies = co_await redis_.exec(std::move(request), 60s);
  co_return replies ? Done{} : std::unexpected(replies.error());
}

Awaitable<Publisher::Done> Publisher::commit(const Bytes& manifest, const std::string& parent) {
  const Expected<Manifest> read = read_manifest(manifest);
  if (!read) co_return std::unexpected(read.error());
  const Expected<Reply> reply = co_await redis_.ask(
      "EVAL", publish_script, "4", keys_.lease(), keys_.head(), keys_.manifest(), keys_.events(), lease_.token(),
      parent, sha256_hex(manifest), std::string(text_of(manifest)), read->epoch + ":" + std::to_string(read->sequence));
  if (!reply) co_return std::unexpected(reply.error());
  const std::string said = reply->text().value_or("no answer");
  if (said == "OK") co_return Done{};
  co_return fail(ErrorCode::usage, "Redis refused the manifest: " + said);
}

Awaitable<Publisher::Done> Publisher::remove_unused() {
  std::set<std::string> used = previous_;
  for (const FileRef& file : library_.files())
    used.insert(file.file);
  std::vector<std::string> unused;
  std::ranges::set_difference(stored_, used, std::back_inserter(unused));
  if (unused.empty()) co_return Done{};
  boost::redis::request request = new_request();
  request.push_range("SREM", keys_.files(), unused);
  for (const std::string& name : unused)
    request.push("DEL", keys_.file(name), keys_.gzip(name));
  request.push("PUBLISH", keys_.events(), "removed");
  const Expected<Replies> replies = co_await redis_.exec(std::move(request));
  if (!replies) co_return std::unexpected(replies.error());
  for (const std::string& name : unused)
    stored_.erase(name);
  co_return Done{};
}

Awaitable<Publisher::Done> Publisher::merge() {
  for (std::vector<std::string> names = library_.plan_merge(); !names.empty() && lease_.is_held();
       names = library_.plan_merge()) {
    if (Done rewritten = co_await rewrite(std::move(names)); !rewritten) co_return rewritten;
  }
  co_return Done{};
}

Awaitable<Publisher::Done> Publisher::purge() {
  purge_at_.reset();
  std::vector<std::string> names;
  for (const SegmentRef& segment : library_.manifest()->segments)
    if (segment.live < segment.rows) names.push_back(segment.file);
  for (const std::string& name : names) {
    std::vector<std::string> alone(1, name);
    if (Done rewritten = co_await rewrite(std::move(alone)); !rewritten) co_return rewritten;
  }
  previous_.clear();
  if (Done purged = co_await purge_thumbnails(); !purged) co_return purged;
  co_return co_await remove_unused();
}

Awaitable<Publisher::Done> Publisher::purge_thumbnails() {
  Expected<std::vector<std::string>> paths = co_await thumbnails_.paths();
  if (!paths) co_return std::unexpected(paths.error());
  std::erase_if(*paths, [&](const std::string& path) {
    return library_.row_of(record_id(settings_.library.name, path)).has_value();
  });
  co_return co_await thumbnails_.forget(std::move(*paths));
}

std::vector<Source> Publisher::sources() const {
  std::optional<std::string> url;
  if (settings_.pictures.folder()) url = "pictures/";
  return {{settings_.library.name, std::move(url)}};
}

Awaitable<Publisher::Done> Publisher::rewrite(std::vector<std::string> segments) {
  Expected<Merger> merger = library_.merger(segments);
  if (!merger) co_return std::unexpected(merger.error());
  for (const std::string& name : merger->missing()) {
    const Expected<FileCache::Mapped> file = co_await cache_.find(name, FileCache::Form::plain);
    if (!file) co_return std::unexpected(file.error());
    if (*file == nullptr) co_return fail(ErrorCode::not_found, "file " + name + " is not in Redis");
    const std::span<const uint8_t> bytes = (*file)->bytes();
    if (Done given = merger->provide(name, Bytes(bytes.begin(), bytes.end())); !given) co_return given;
  }
  Expected<BuiltSegment> built = co_await run_on(pool_, [&] { return merger->finish(); });
  if (!built) co_return std::unexpected(built.error());
  ManifestChange change;
  change.add.push_back(built->descriptor);
  change.remove = std::move(segments);
  co_return co_await publish(std::move(change), std::move(built->files));
}

}  // namespace picfind::server
