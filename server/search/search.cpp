#include "search/search.h"

#include "library/record.h"
#include "log.h"
#include "run_on.h"
#include "vector/kernels.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <thread>

namespace picfind::server {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Between two looks at what Redis offers: indexes come and go.
constexpr auto looks_apart = 10s;
constexpr std::string_view own_engine = "exact";
/// Of int8, so that the right ones are among them; more than `most_rescored` vectors are not fetched for one answer.
constexpr std::size_t fewest_candidates = 64;
constexpr std::size_t most_rescored = 512;

Answer refuse(const Error& error) {
  switch (error.code) {
  case ErrorCode::usage:
    return error_answer(http::status::bad_request, error.message);
  case ErrorCode::not_found:
    return error_answer(http::status::not_found, error.message);
  default:
    return error_answer(http::status::internal_server_error, error.message);
  }
}

/// The keys of records that a query names, each once.
std::vector<std::string> keys_of(const SearchQuery& query) {
  std::vector<std::string> keys;
  for (const SearchTerm& term : query.terms)
    if (const std::string* key = std::get_if<std::string>(&term.what)) keys.push_back(*key);
  std::ranges::sort(keys);
  const auto repeated = std::ranges::unique(keys);
  keys.erase(repeated.begin(), repeated.end());
  return keys;
}

std::unexpected<Error> unknown_record(const std::string& key) {
  return fail(ErrorCode::not_found, "record: the library has no " + boost::json::serialize(boost::json::value(key)));
}

/// float32[dim], unit length. `stored`: vectors of the records that the query names. Errors: usage.
Expected<std::vector<float>> sum_of(const SearchQuery& query, const std::map<std::string, std::vector<float>>& stored,
                                    uint32_t dim) {
  std::vector<float> sum(dim);
  for (const SearchTerm& term : query.terms) {
    const std::string* key = std::get_if<std::string>(&term.what);
    const std::vector<float> unit = normalised(key != nullptr ? stored.at(*key) : std::get<0>(term.what));
    for (std::size_t i = 0; i < sum.size(); ++i)
      sum[i] += term.weight * unit[i];
  }
  if (std::ranges::any_of(sum, [](float x) { return !std::isfinite(x); }) || !(kernels::dot(sum, sum) > 1e-12F))
    return fail(ErrorCode::usage, "sum: expected a direction, found terms that cancel each other out");
  return normalised(std::move(sum));
}

std::string text_of(float score) {
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), score).ptr;
  return {text.data(), end};
}

/// A scan is the work of one core.
std::size_t threads() { return std::max(1U, std::thread::hardware_concurrency()); }

}  // namespace

Search::Search(SharedLibrary& library, const asio::any_io_executor& executor, const RedisConfig& config,
               const LibraryOptions& options, uint32_t dim, const PicturesPlace& pictures)
    : library_(library), options_(options), dim_(dim), redis_(executor, config), nodes_(executor, config),
      layout_(make_layout(options, dim)), pictures_(pictures), thumbnails_(redis_, RedisKeys(options.name)),
      pool_(threads()), opened_(executor, Clock::time_point::max()) {}

Awaitable<std::shared_ptr<const RedisEngine>> Search::redis_engine() {
  const bool is_first = look_again_ == Clock::time_point{};
  if (!redis_.is_connected() && !is_first) co_return nullptr;
  if (Clock::now() < look_again_) co_return engine_;
  look_again_ = Clock::now() + looks_apart;
  if (is_first) {
    // A server that has only just begun may have no connection yet.
    boost::redis::request ping;
    ping.push("PING");
    (void)co_await redis_.exec(std::move(ping), 1s);
  }
  const auto found = co_await find_redis_engine(redis_, nodes_, options_, dim_);
  if (!found) co_return nullptr;
  const std::string before = engine_ == nullptr ? std::string(own_engine) : engine_->name();
  engine_ = *found;
  has_thumbnails_ = co_await thumbnails_.exist();
  const std::string now = engine_ == nullptr ? std::string(own_engine) : engine_->name();
  if (now != before) log(Level::info, "searches are answered by another engine", {{"engine", now}});
  co_return engine_;
}

Awaitable<std::string> Search::engine() {
  const std::shared_ptr<const RedisEngine> engine = co_await redis_engine();
  co_return engine == nullptr ? std::string(own_engine) : engine->name();
}

std::string Search::epoch() const {
  return library_.published() == nullptr ? std::string() : library_.published()->manifest.epoch;
}

Awaitable<Answer> Search::answer(const Request& request) {
  const Expected<SearchQuery> query = read_search_query(request.body(), dim_, options_.fields);
  if (!query) co_return refuse(query.error());
  if (library_.published() == nullptr) (void)co_await library_.refresh();
  if (!query->epoch.empty() && query->epoch != epoch())
    co_return error_answer(http::status::conflict,
                           "epoch: the library has begun anew since " + query->epoch + "; ask for manifest.json again");
  const std::shared_ptr<const RedisEngine> engine = co_await redis_engine();
  // Manhattan distances are nobody's but the core's.
  if (engine != nullptr && query->metric != Metric::l1 && engine->filters_by(query->filter)) {
    std::optional<Answer> answer = co_await answer_by_redis(*engine, *query);
    if (answer) co_return std::move(*answer);
  }
  co_return co_await answer_by_scan(*query);
}

Awaitable<std::optional<Answer>> Search::answer_by_redis(const RedisEngine& engine, const SearchQuery& query) {
  const std::vector<std::string> keys = keys_of(query);
  Vectors stored;
  for (const std::string& key : keys) {
    Expected<RowRead> read = co_await engine.read(redis_, *layout_, key);
    if (!read) co_return std::nullopt;
    if (read->state != RowRead::State::row) co_return refuse(unknown_record(key).error());
    stored[key] = std::move(read->row.vector);
  }
  const Expected<std::vector<float>> sought = sum_of(query, stored, dim_);
  if (!sought) co_return refuse(sought.error());
  const Expected<std::vector<FoundRecord>> found =
      co_await engine.search(redis_, *sought, query.k + keys.size(), query.filter);
  if (!found) {
    log(Level::warning, "an engine of Redis did not answer",
        {{"engine", engine.name()}, {"reason", found.error().message}});
    co_return std::nullopt;
  }
  std::vector<std::string> paths;
  if (has_thumbnails_) std::ranges::transform(*found, std::back_inserter(paths), &FoundRecord::path);
  const auto thumbnails = co_await thumbnails_.names_of(paths);
  std::vector<Result> results;
  for (const FoundRecord& record : *found) {
    // Tags of an index are split and folded, other texts than those that are sought among them.
    if (!holds(query.filter, record.fields)) co_return std::nullopt;
    PicturePlaces places{pictures_.address_of(record.path, record.fields), {}};
    if (thumbnails && thumbnails->contains(record.path)) places.thumbnail = thumbnails->at(record.path);
    std::string text = record_json(options_.name, record.path, record.fields, places);
    // A key that is no UTF-8 is in no library.
    if (path_of_record(text) != record.path) continue;
    results.push_back({record.path, nearness_of_unit(query.metric, record.score, 1), std::move(text)});
  }
  co_return told(engine.name(), query, std::move(results));
}

Awaitable<Expected<std::shared_ptr<const ServedRows>>> Search::rows() {
  while (is_opening_)
    co_await opened_.async_wait(as_result);
  const std::shared_ptr<const PublishedManifest> published = library_.published();
  if (published == nullptr) co_return fail(ErrorCode::not_found, "nothing is published yet; ask again soon");
  if (rows_ != nullptr && rows_->sha256() == published->sha256) co_return rows_;
  is_opening_ = true;
  auto opened = co_await ServedRows::open(library_.files(), published->sha256, published->manifest, rows_.get());
  if (opened) rows_ = *opened;
  is_opening_ = false;
  opened_.cancel();
  // What is being replaced at this moment still answers.
  if (!opened && rows_ != nullptr && rows_->manifest().epoch == published->manifest.epoch) co_return rows_;
  co_return opened;
}

Awaitable<Answer> Search::answer_by_scan(const SearchQuery& query) {
  const auto rows = co_await this->rows();
  if (!rows) co_return error_answer(http::status::service_unavailable, rows.error().message);
  const uint32_t records = (*rows)->count();
  // A library of which nothing is in files yet is not asked too much, it is asked too early.
  if (records > 0 && query.k > records)
    co_return error_answer(http::status::bad_request, "k: expected at most " + std::to_string(records) +
                                                          ", the number of records, found " + std::to_string(query.k));
  const std::vector<std::string> keys = keys_of(query);
  Vectors stored;
  for (const std::string& key : keys) {
    const std::optional<uint32_t> row = (*rows)->row_of(record_id(options_.name, key));
    std::vector<float> vector = row ? (*rows)->vector(*row) : std::vector<float>();
    if (vector.empty()) co_return refuse(unknown_record(key).error());
    stored[key] = std::move(vector);
  }
  const Expected<std::vector<float>> sought = sum_of(query, stored, dim_);
  if (!sought) co_return refuse(sought.error());
  const std::size_t wanted = query.k + keys.size();
  const bool is_rescored = redis_.is_connected() && 2 * wanted <= most_rescored;
  const std::size_t candidates = is_rescored ? std::max(fewest_candidates, 2 * wanted) : wanted;
  const Expected<std::vector<Hit>> hits =
      co_await run_on(pool_, [&] { return (*rows)->search(*sought, candidates, query.metric, query.filter); });
  if (!hits) co_return refuse(hits.error());
  std::vector<Result> results;
  for (const Hit& hit : *hits) {
    const Expected<std::string_view> record = (*rows)->record(hit.row);
    if (!record) co_return error_answer(http::status::internal_server_error, record.error().message);
    results.push_back({path_of_record(*record), hit.score, std::string(*record)});
  }
  if (is_rescored) co_await rescore(*sought, query.metric, results);
  co_return told(own_engine, query, std::move(results));
}

Awaitable<void> Search::rescore(std::span<const float> sought, Metric metric, std::vector<Result>& results) {
  if (results.empty()) co_return;
  boost::redis::request request = new_request();
  for (const Result& result : results)
    layout_->ask(request, result.path);
  Expected<Replies> replies = co_await redis_.exec(std::move(request));
  if (!replies) co_return;
  const std::size_t each = layout_->commands();
  replies->of.resize(results.size() * each);
  for (std::size_t i = 0; i < results.size(); ++i) {
    RowRead read = layout_->take(results[i].path, std::span(replies->of).subspan(i * each, each));
    if (read.state == RowRead::State::row)
      results[i].score = nearness(metric, sought, normalised(std::move(read.row.vector)));
    else if (read.state == RowRead::State::gone)
      results[i].score = -std::numeric_limits<float>::infinity();
  }
  std::erase_if(results, [](const Result& result) { return std::isinf(result.score); });
  std::ranges::stable_sort(results, std::greater(), &Result::score);
}

Answer Search::told(std::string_view engine, const SearchQuery& query, std::vector<Result> results) const {
  std::erase_if(
      results, [keys = keys_of(query)](const Result& result) { return std::ranges::binary_search(keys, result.path); });
  results.resize(std::min(results.size(), query.k));
  const bool is_distance = query.metric == Metric::l2 || query.metric == Metric::l1;
  const auto quoted = [](std::string_view text) { return boost::json::serialize(boost::json::value(text)); };
  std::string text = R"({"epoch":)" + (epoch().empty() ? "null" : quoted(epoch())) + R"(,"engine":)" + quoted(engine) +
                     R"(,"results":[)";
  for (const Result& result : results) {
    if (&result != &results.front()) text += ',';
    text += R"({"key":)" + quoted(result.path) + R"(,"score":)" +
            text_of(is_distance ? std::abs(result.score) : result.score) + R"(,"record":)" + result.record + '}';
  }
  Answer answer = json_answer(text + "]}");
  answer.set(http::field::cache_control, "no-store");
  return answer;
}

}  // namespace picfind::server
