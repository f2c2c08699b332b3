#include "library/library_writer.h"

#include "library/compress.h"
#include "library/sha256.h"
#include "log.h"
#include "random_hex.h"
#include "run_on.h"

#include <algorithm>
#include <charconv>
#include <malloc.h>

namespace picfind::server {
namespace {

using namespace std::chrono_literals;

/// Bytes of files in one request to Redis.
constexpr std::size_t bytes_a_write = 8U << 20U;
/// Of a request, room for which may stay.
constexpr std::size_t most_to_keep = 256U << 10U;

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

LibraryWriter::LibraryWriter(Redis& redis, FileCache& cache, asio::thread_pool& pool, const Lease& lease,
                             Settings settings)
    : redis_(redis), cache_(cache), pool_(pool), lease_(lease), settings_(std::move(settings)), keys_(settings_.name) {}

void LibraryWriter::hear_of_manifest(std::string_view event) {
  const std::size_t colon = event.find(':');
  uint64_t sequence = 0;
  if (colon == std::string_view::npos) return;
  const std::string_view number = event.substr(colon + 1);
  if (std::from_chars(number.data(), number.data() + number.size(), sequence).ec != std::errc()) return;
  uint64_t& last = heard_[std::string(event.substr(0, colon))];
  last = std::max(last, sequence);
}

bool LibraryWriter::is_set_back() const {
  const auto heard = heard_.find(library_.manifest()->epoch);
  return heard != heard_.end() && heard->second > library_.manifest()->sequence;
}

Awaitable<LibraryWriter::Done> LibraryWriter::open() {
  library_ = new_library();
  previous_.clear();
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
  if (library_.manifest() == nullptr || library_.manifest()->sources == settings_.sources) co_return Done{};
  co_return co_await publish({}, {});
}

Awaitable<Expected<bool>> LibraryWriter::load(std::string manifest) {
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

Awaitable<LibraryWriter::Done> LibraryWriter::provide_missing() {
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

Awaitable<LibraryWriter::Done> LibraryWriter::begin(std::vector<float> mean) {
  library_ = new_library();
  Manifest start;
  start.epoch = random_hex(16);
  start.space = settings_.model.space;
  start.dim = settings_.model.dim;
  start.sources = settings_.sources;
  const Expected<Publication> first = first_manifest(start, mean);
  if (!first) co_return std::unexpected(first.error());
  if (Done stored = co_await store(first->files); !stored) co_return stored;
  const Expected<Reply> head = co_await redis_.ask("GET", keys_.head());
  if (!head) co_return std::unexpected(head.error());
  if (Done committed = co_await commit(first->manifest, head->text().value_or("")); !committed) co_return committed;
  if (Done set = library_.set_manifest(first->manifest, settings_.model.space.sha256); !set) co_return set;
  co_return co_await provide_missing();
}

Awaitable<LibraryWriter::Done> LibraryWriter::publish(ManifestChange change, std::vector<File> files) {
  change.sources = settings_.sources;
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
      {{"library", settings_.name}, {"sequence", library_.manifest()->sequence}, {"pictures", library_.count()}});
  // What making the files took goes back to the system.
  ::malloc_trim(0);
  co_return co_await remove_unused();
}

Awaitable<LibraryWriter::Done> LibraryWriter::store(const std::vector<File>& files) {
  boost::redis::request request = new_request();
  std::vector<std::string> names;
  for (const File& file : files) {
    if (stored_.contains(file.name)) continue;
    if (Done kept = cache_.keep(file); !kept) co_return kept;
    const std::optional<Bytes> compressed = co_await run_on(pool_, [&] { return gzip_where_it_pays(file.bytes); });
    request.push("SADD", keys_.files(), file.name);
    request.push("SET", keys_.file(file.name), text_of(file.bytes));
    if (compressed) request.push("SET", keys_.gzip(file.name), text_of(*compressed));
    names.push_back(file.name);
    if (request.payload().size() < bytes_a_write) continue;
    if (Done sent = co_await send(std::exchange(request, new_request())); !sent) co_return sent;
    stored_.insert(names.begin(), names.end());
    names.clear();
  }
  if (names.empty()) co_return Done{};
  if (Done sent = co_await send(std::move(request)); !sent) co_return sent;
  stored_.insert(names.begin(), names.end());
  co_return Done{};
}

Awaitable<LibraryWriter::Done> LibraryWriter::send(boost::redis::request request) {
  Expected<Replies> replies;
  if (request.payload().size() > most_to_keep)
    replies = co_await redis_.exec_apart(std::move(request), 60s);
  else
    replies = co_await redis_.exec(std::move(request), 60s);
  if (!replies) co_return std::unexpected(replies.error());
  for (const Reply& reply : replies->of)
    if (const auto error = reply.error()) co_return fail(ErrorCode::usage, "Redis: " + *error);
  co_return Done{};
}

Awaitable<LibraryWriter::Done> LibraryWriter::commit(const Bytes& manifest, const std::string& parent) {
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

Awaitable<LibraryWriter::Done> LibraryWriter::remove_unused() {
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

Awaitable<LibraryWriter::Done> LibraryWriter::merge() {
  for (std::vector<std::string> names = library_.plan_merge(); !names.empty() && lease_.is_held();
       names = library_.plan_merge()) {
    if (Done rewritten = co_await rewrite(std::move(names)); !rewritten) co_return rewritten;
  }
  co_return Done{};
}

Awaitable<LibraryWriter::Done> LibraryWriter::rewrite(std::vector<std::string> segments) {
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

Awaitable<LibraryWriter::Done> LibraryWriter::forget_previous() {
  previous_.clear();
  co_return co_await remove_unused();
}

}  // namespace picfind::server
