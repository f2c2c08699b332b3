#include "service.h"

#include "http/openapi.h"
#include "http/web_files.h"
#include "library/sha256.h"
#include "log.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace picfind::server {
namespace {

using namespace std::chrono_literals;
constexpr auto heartbeat = 15s;

const std::string api = "v1";
const std::string description = "openapi.json";

/// Bytes of a body: where none is looked at, of a search, and from one who may write.
constexpr uint64_t most_ignored = 64U << 10U;
constexpr uint64_t most_asked = 1U << 20U;
constexpr uint64_t most_written = 32U << 20U;

Answer not_found(std::string_view what) { return error_answer(http::status::not_found, what); }

Answer not_allowed(std::string_view methods) {
  Answer answer = error_answer(http::status::method_not_allowed, "expected one of the methods " + std::string(methods));
  answer.set(http::field::allow, methods);
  return answer;
}

bool is_read(const RequestHeader& request) {
  return request.method() == http::verb::get || request.method() == http::verb::head;
}

/// The parts of the path, decoded; nothing where the target is no path.
std::optional<std::vector<std::string>> path_of(const RequestHeader& request) {
  const auto target = boost::urls::parse_origin_form(request.target());
  if (!target) return std::nullopt;
  std::vector<std::string> path;
  for (const std::string& segment : target->segments())
    path.push_back(segment);
  return path;
}

Expected<HttpSettings> http_settings(const Options& options) {
  Expected<Cors> cors = Cors::make(options.cors);
  if (!cors) return std::unexpected(cors.error());
  HttpSettings settings{{}, std::move(*cors), nullptr};
  settings.limits.connections = options.max_connections;
  settings.limits.patience = options.patience;
  settings.limits.idle = options.idle;
  TlsFiles tls = options.tls;
  if (options.tls_self_signed) {
    tls = {options.cache / "tls" / "self-signed.pem", options.cache / "tls" / "self-signed.key"};
    if (const Expected<void> made = make_self_signed(options.listen.host, tls.certificate, tls.key); !made)
      return std::unexpected(made.error());
  }
  if (tls.certificate.empty()) return settings;
  Expected<TlsContext> context = read_tls(tls.certificate, tls.key);
  if (!context) return std::unexpected(context.error());
  settings.tls = std::move(*context);
  return settings;
}

/// The rest of a path after v1/libraries/NAME/…: keys may have slashes.
std::string rest_of(const std::vector<std::string>& path) {
  std::string key;
  for (std::size_t i = 4; i < path.size(); ++i)
    key += (key.empty() ? "" : "/") + path[i];
  return key;
}

std::string metric(std::string_view name, std::string_view help, std::string_view kind, double value) {
  return "# HELP " + std::string(name) + " " + std::string(help) + "\n# TYPE " + std::string(name) + " " +
         std::string(kind) + "\n" + std::string(name) + " " + std::to_string(value) + "\n";
}

/// "epoch:sequence", by which a client says what it has seen.
std::string event_id(const PublishedManifest& published) {
  return published.manifest.epoch + ":" + std::to_string(published.manifest.sequence);
}

std::string event_text(const PublishedManifest& published) {
  const Manifest& manifest = published.manifest;
  boost::json::object data{{"epoch", manifest.epoch}, {"sequence", manifest.sequence}, {"sha256", published.sha256}};
  if (!manifest.segments.empty()) {
    const SegmentRef& newest = manifest.segments.back();
    data["segment"] = {{"bytes", newest.bytes}, {"file", newest.file}, {"live", newest.live}, {"rows", newest.rows}};
  }
  return "id: " + event_id(published) + "\nevent: manifest\ndata: " + boost::json::serialize(data) + "\n\n";
}

}  // namespace

Expected<std::unique_ptr<Service>> Service::make(asio::io_context& context, const Options& options) {
  const Expected<RedisConfig> redis = read_redis_config(options.redis, options.redis_ca);
  if (!redis) return std::unexpected(redis.error());
  const Expected<ModelSpace> model = read_model_space(options.models, options.library.model);
  if (!model) return std::unexpected(model.error());
  const Expected<PicturesPlace> pictures = PicturesPlace::read(options.pictures, options.library.fields);
  if (!pictures) return std::unexpected(pictures.error());
  Expected<Access> access = Access::open(options.tokens);
  if (!access) return std::unexpected(access.error());
  Expected<HttpSettings> http = http_settings(options);
  if (!http) return std::unexpected(http.error());
  return std::unique_ptr<Service>(
      new Service(context, options, Parts{*redis, *model, std::move(*access), std::move(*http), *pictures}));
}

Service::Service(asio::io_context& context, const Options& options, Parts parts)
    : options_(options), access_(std::move(parts.access)), pool_(1), redis_(context.get_executor(), parts.redis),
      channels_(context.get_executor(), parts.redis),
      cache_(redis_, RedisKeys(options.library.name), options.cache / options.library.name),
      library_(redis_, cache_, RedisKeys(options.library.name)),
      publisher_(redis_, cache_, pool_,
                 {options.library, parts.model, options.scan_interval, options.purge_after, parts.pictures}),
      pictures_(parts.pictures), records_(redis_, options.library, parts.model.dim, parts.pictures),
      thumbnails_(redis_, RedisKeys(options.library.name)),
      search_(library_, context.get_executor(), parts.redis, options.library, parts.model.dim, parts.pictures),
      http_(context.get_executor(),
            {[this](const RequestHeader& request) { return admit(request); },
             [this](const Request& request) { return answer(request); }},
            std::move(parts.http)) {}

Expected<Address> Service::start() {
  Expected<Address> address = http_.listen(options_.listen);
  if (!address) return address;
  listen_to_redis();
  redis_.start();
  channels_.start();
  search_.start();
  asio::co_spawn(redis_.executor(), publisher_.run(), asio::detached);
  return address;
}

void Service::listen_to_redis() {
  const RedisKeys keys(options_.library.name);
  const std::string events = keys.events();
  const std::string changes = keys.changes();
  channels_.subscribe(
      {events, changes}, publisher_.channels(),
      [this, events, changes](std::string_view channel, std::string_view message) {
        if (channel == events) {
          publisher_.hear_of_manifest(message);
          library_.hear(message);
        } else if (channel == changes) {
          publisher_.hear_of(std::string(message));
        } else {
          publisher_.hear_of(publisher_.path_of(channel));
        }
      },
      [this] {
        // What was said while nobody listened is lost.
        library_.hear("removed");
        publisher_.hear_of(std::nullopt);
      });
}

Awaitable<void> Service::stop() {
  http_.drain();
  library_.stop();
  co_await publisher_.stop();
  asio::steady_timer timer(redis_.executor());
  for (int i = 0; i < 100 && http_.connections() > 0; ++i) {
    timer.expires_after(100ms);
    co_await timer.async_wait(as_result);
  }
  redis_.stop();
  channels_.stop();
  search_.stop();
}

std::variant<uint64_t, Answer> Service::admit(const RequestHeader& request) {
  const auto path = path_of(request);
  if (!path) return error_answer(http::status::bad_request, "expected a path as target");
  const bool is_metrics = path->size() == 1 && path->front() == "metrics";
  const bool is_api = !path->empty() && path->front() == api;
  const bool is_description = is_api && path->size() == 2 && path->back() == description;
  if (!is_api && !is_read(request)) return not_allowed("GET, HEAD");
  const bool is_library = is_api && path->size() > 2 && !(*path)[2].empty();
  const std::string library = is_library ? (*path)[2] : options_.library.name;
  // Searching is reading, whatever its method.
  const bool changes = request.method() == http::verb::put || request.method() == http::verb::delete_;
  if (is_metrics || (is_api && !is_description)) {
    if (std::optional<Answer> refusal = access_.refuse(request, changes ? Right::write : Right::read, library))
      return std::move(*refusal);
  }
  if (is_read(request)) return most_ignored;
  return access_.may(request, Right::write, library) ? most_written : most_asked;
}

Awaitable<Reaction> Service::answer(const Request& request) {
  const std::vector<std::string> path = path_of(request).value_or(std::vector<std::string>{});
  if (!path.empty() && path.front() == api) co_return co_await answer_api(request, path);
  std::string whole;
  for (const std::string& part : path)
    whole += (whole.empty() ? "" : "/") + part;
  if (whole == "healthz") co_return json_answer(R"({"status":"ok"})");
  if (whole == "readyz") co_return answer_ready();
  if (whole == "metrics") co_return answer_metrics();
  Answer answer;
  if (whole == "libraries.json") {
    answer = json_answer(boost::json::serialize(boost::json::array{
        {{"name", options_.library.name}, {"url", api + "/libraries/" + options_.library.name + "/"}}}));
  } else if (whole.starts_with("models/")) {
    answer = answer_file(request, options_.models, whole.substr(7));
  } else {
    if (options_.web.empty()) co_return not_found("no page is served: start with --web");
    answer = answer_file(request, options_.web, whole);
  }
  isolate(answer);
  co_return answer;
}

Awaitable<Reaction> Service::answer_api(const Request& request, const std::vector<std::string>& path) {
  if (path.size() == 2 && path[1] == description) {
    if (!is_read(request)) co_return not_allowed("GET, HEAD");
    co_return json_answer(std::string(openapi));
  }
  if (path.size() < 2 || path[1] != "libraries") co_return not_found("expected /v1/libraries");
  const bool is_own = path.size() > 3 && path[2] == options_.library.name;
  if (is_own && path[3] == "search" && path.size() == 4) {
    if (request.method() == http::verb::post) co_return co_await search_.answer(request);
    co_return not_allowed("POST");
  }
  const std::string rest = rest_of(path);
  if (is_own && path[3] == "records") co_return co_await records_.answer(request, rest);
  if (is_own && path[3] == "thumbnails") co_return co_await thumbnails_.answer(request, rest);
  if (!is_read(request)) co_return not_allowed("GET, HEAD");
  if (path.size() == 2 || path[2].empty()) co_return json_answer(library_list(request));
  if (path[2] != options_.library.name) co_return not_found("expected the library " + options_.library.name);
  if (path.size() == 3 || path[3].empty()) co_return co_await answer_about_library(request);
  if (is_own && path[3] == "pictures" && pictures_.folder()) co_return answer_file(request, *pictures_.folder(), rest);
  if (path.size() == 4) co_return co_await answer_library(request, path[3]);
  co_return not_found("expected manifest.json, events or a file of the library");
}

Awaitable<Reaction> Service::answer_library(const Request& request, const std::string& rest) {
  if (library_.published() == nullptr) {
    if (const Expected<void> done = co_await library_.refresh(); !done)
      co_return error_answer(http::status::service_unavailable, done.error().message);
  }
  if (library_.published() == nullptr)
    co_return error_answer(http::status::service_unavailable, "nothing is published yet; ask again soon");
  if (rest == "manifest.json") co_return answer_manifest(request);
  if (rest == "events") co_return events(request);
  if (is_hex(rest, 64)) co_return co_await answer_library_file(request, rest);
  co_return not_found("expected manifest.json, events or a file named by its sha256");
}

Answer Service::answer_manifest(const Request& request) const {
  const std::shared_ptr<const PublishedManifest>& published = library_.published();
  Answer answer;
  answer.set(http::field::content_type, "application/json");
  // By this a client knows what a site of files does not have.
  answer.set(http::field::link, "<events>; rel=\"monitor\", <search>; rel=\"search\"");
  answer.body = {published, {reinterpret_cast<const uint8_t*>(published->text.data()), published->text.size()}};
  return with_etag(request, std::move(answer), published->sha256, "no-cache");
}

Awaitable<Answer> Service::answer_library_file(const Request& request, const std::string& name) {
  Answer answer;
  answer.set(http::field::content_type, "application/octet-stream").set(http::field::vary, "Accept-Encoding");
  FileCache& files = library_.files();
  if (accepts_gzip(request)) {
    const Expected<FileCache::Mapped> small = co_await files.find(name, FileCache::Form::gzip);
    if (small && *small != nullptr) {
      answer.set(http::field::content_encoding, "gzip");
      answer.body = body_of(*small);
      co_return with_etag(request, std::move(answer), name + "-gzip", "public, max-age=31536000, immutable");
    }
  }
  const Expected<FileCache::Mapped> file = co_await files.find(name, FileCache::Form::plain);
  if (!file) co_return error_answer(http::status::service_unavailable, file.error().message);
  if (*file == nullptr) co_return not_found("the library has no such file now; ask for manifest.json again");
  answer.body = body_of(*file);
  co_return with_etag(request, std::move(answer), name, "public, max-age=31536000, immutable");
}

Reaction Service::events(const Request& request) {
  const std::string seen(request["Last-Event-ID"]);
  if (!seen.empty() && seen.substr(0, seen.find(':')) != library_.published()->manifest.epoch)
    return error_answer(http::status::conflict,
                        "the library began anew since the event " + seen + "; ask for manifest.json again");
  Stream stream;
  stream.headers.set(http::field::content_type, "text/event-stream");
  stream.headers.set(http::field::cache_control, "no-store");
  stream.run = [this, seen, caller = caller_of(request)](WriteEvent write) -> Awaitable<void> {
    const std::string& library = options_.library.name;
    // One who says nothing hears of what there is; one who has seen it, of the next.
    std::string known = event_id(*library_.published()) == seen ? library_.published()->sha256 : std::string{};
    while (!http_.is_draining() && access_.may(caller, Right::read, library)) {
      const auto patience = std::min<std::chrono::seconds>(heartbeat, access_.time_to_read(caller, library));
      const bool is_another = co_await library_.wait_for_another(known, patience);
      if (!access_.may(caller, Right::read, library)) co_return;
      if (is_another) known = library_.published()->sha256;
      std::string text = is_another ? event_text(*library_.published()) : ": still here\n\n";
      const bool is_heard = co_await write(std::move(text));
      if (!is_heard) co_return;
    }
  };
  return stream;
}

Answer Service::answer_ready() const {
  if (!redis_.is_connected()) return error_answer(http::status::service_unavailable, "Redis is away");
  if (library_.published() == nullptr)
    return error_answer(http::status::service_unavailable, "nothing is published yet");
  return json_answer(R"({"status":"ready"})");
}

std::string Service::library_list(const Request& request) {
  boost::json::object library{{"name", options_.library.name}, {"model", options_.library.model}};
  library["rights"] = boost::json::value_from(access_.rights(caller_of(request), options_.library.name));
  if (const auto& published = library_.published(); published != nullptr) {
    library["epoch"] = published->manifest.epoch;
    library["sequence"] = published->manifest.sequence;
    library["pictures"] = published->records();
    library["dim"] = published->manifest.dim;
  }
  return boost::json::serialize(boost::json::array{library});
}

Awaitable<Answer> Service::answer_about_library(const Request& request) {
  if (library_.published() == nullptr) (void)co_await library_.refresh();
  boost::json::object about{{"name", options_.library.name}, {"model", options_.library.model}};
  about["engine"] = co_await search_.engine();
  about["rights"] = boost::json::value_from(access_.rights(caller_of(request), options_.library.name));
  const auto& published = library_.published();
  about["epoch"] = published == nullptr ? boost::json::value() : boost::json::value(published->manifest.epoch);
  about["sequence"] = published == nullptr ? 0 : published->manifest.sequence;
  about["records"] = published == nullptr ? 0 : published->records();
  co_return json_answer(boost::json::serialize(about));
}

Answer Service::answer_metrics() const {
  const PublisherCounts& counts = publisher_.counts();
  const auto& published = library_.published();
  Answer answer;
  answer.set(http::field::content_type, "text/plain; version=0.0.4").set(http::field::cache_control, "no-store");
  answer.body = body_of(
      metric("picfind_requests_total", "Requests answered.", "counter", static_cast<double>(http_.requests())) +
      metric("picfind_connections", "Open connections.", "gauge", static_cast<double>(http_.connections())) +
      metric("picfind_redis_connected", "1 while Redis answers.", "gauge", redis_.is_connected() ? 1 : 0) +
      metric("picfind_sequence", "Sequence of the manifest served.", "gauge",
             published == nullptr ? 0 : static_cast<double>(published->manifest.sequence)) +
      metric("picfind_pictures_seen", "Pictures looked at, of picfind_pictures_there.", "gauge",
             static_cast<double>(counts.seen)) +
      metric("picfind_pictures_there", "Pictures in Redis at the last look at all.", "gauge",
             static_cast<double>(counts.of)) +
      metric("picfind_pictures_added_total", "Pictures taken into files.", "counter",
             static_cast<double>(counts.added)) +
      metric("picfind_pictures_removed_total", "Pictures taken out.", "counter", static_cast<double>(counts.removed)) +
      metric("picfind_pictures_skipped", "Pictures that could not be read at the last look at all, and since.", "gauge",
             static_cast<double>(counts.skipped)));
  return answer;
}

}  // namespace picfind::server
