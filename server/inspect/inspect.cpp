#include "inspect/inspect.h"

#include "inspect/samples.h"
#include "model/model_space.h"
#include "redis/cluster.h"
#include "redis/redis.h"
#include "search/redis_engine.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

namespace picfind::server {
namespace {

using namespace std::chrono_literals;

/// Keys looked at, and of each kind of them looked into.
constexpr std::size_t most_keys = 20'000;
constexpr std::size_t most_samples = 5;
constexpr int keys_a_page = 1000;

/// Vectors that lie in the same way.
struct Finding {
  LibraryOptions library;
  uint32_t dim = 0;
  uint64_t pictures = 0;
};

/// Keys of one type that begin alike.
struct Group {
  uint64_t keys = 0;
  std::vector<std::string> samples;
};
using Groups = std::map<std::pair<std::string, std::string>, Group>;

/// What a name may consist of, of whatever the keys begin with.
std::string library_name(const std::string& prefix) {
  std::string name;
  for (const char c : prefix)
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) name += c;
  return name.empty() ? "pictures" : name.substr(0, 64);
}

void add_names(std::vector<std::string>& names, const std::vector<std::string>& more) {
  for (const std::string& name : more)
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
}

Awaitable<Expected<std::vector<std::string>>> list_keys(Redis& redis) {
  std::vector<std::string> keys;
  std::string cursor = "0";
  do {
    const Expected<Reply> reply = co_await redis.ask("SCAN", cursor, "COUNT", keys_a_page);
    if (!reply) co_return std::unexpected(reply.error());
    std::vector<std::optional<std::string>> values = reply->values();
    if (values.empty()) break;
    cursor = values.front().value_or("0");
    for (std::size_t i = 1; i < values.size(); ++i)
      if (values[i] && !values[i]->starts_with("picfind:{")) keys.push_back(std::move(*values[i]));
  } while (cursor != "0" && keys.size() < most_keys);
  std::ranges::sort(keys);
  const auto repeated = std::ranges::unique(keys);
  keys.erase(repeated.begin(), repeated.end());
  co_return keys;
}

Awaitable<Expected<Groups>> group(Redis& redis, const std::vector<std::string>& keys) {
  Groups groups;
  if (keys.empty()) co_return groups;
  boost::redis::request request = new_request();
  for (const std::string& key : keys)
    request.push("TYPE", key);
  const Expected<Replies> types = co_await redis.exec(std::move(request));
  if (!types) co_return std::unexpected(types.error());
  for (std::size_t i = 0; i < keys.size() && i < types->of.size(); ++i) {
    const std::string type = types->of[i].text().value_or("");
    // A vector set is all of its pictures.
    Group& group = groups[{type, type == "vectorset" ? keys[i] : prefix_of(keys[i])}];
    ++group.keys;
    if (group.samples.size() < most_samples) group.samples.push_back(keys[i]);
  }
  co_return groups;
}

Awaitable<Expected<std::optional<Finding>>> look_at_keys(Redis& redis, LayoutKind layout, std::string prefix,
                                                         Group group) {
  boost::redis::request request = new_request();
  for (const std::string& key : group.samples)
    request.push(layout == LayoutKind::json ? "JSON.GET" : "HGETALL", key);
  const Expected<Replies> replies = co_await redis.exec(std::move(request));
  if (!replies) co_return std::unexpected(replies.error());
  std::optional<Finding> finding;
  for (const Reply& reply : replies->of) {
    if (reply.error()) continue;
    const std::optional<Sample> sample =
        layout == LayoutKind::json ? sample_of_json(reply.text().value_or("")) : sample_of_hash(reply.values());
    if (!sample) continue;
    if (!finding) {
      finding.emplace();
      finding->library = {library_name(prefix), layout, prefix, {}, sample->field, {}, {}};
      finding->dim = sample->dim;
      finding->pictures = group.keys;
    }
    add_names(finding->library.fields, sample->others);
  }
  co_return finding;
}

Awaitable<Expected<std::optional<Finding>>> look_at_vector_set(Redis& redis, std::string key) {
  boost::redis::request request = new_request();
  request.push("VDIM", key);
  request.push("VCARD", key);
  request.push("VRANDMEMBER", key, std::to_string(most_samples));
  const Expected<Replies> said = co_await redis.exec(std::move(request));
  if (!said) co_return std::unexpected(said.error());
  Finding finding;
  finding.library = {library_name(key), LayoutKind::vectorset, {}, {key}, {}, {}, {}};
  finding.dim = static_cast<uint32_t>((*said)[0].number());
  finding.pictures = static_cast<uint64_t>((*said)[1].number());
  boost::redis::request attributes = new_request();
  for (const std::optional<std::string>& element : (*said)[2].values())
    if (element) attributes.push("VGETATTR", key, *element);
  if (attributes.get_commands() > 0) {
    const Expected<Replies> replies = co_await redis.exec(std::move(attributes));
    if (!replies) co_return std::unexpected(replies.error());
    for (const Reply& reply : replies->of)
      add_names(finding.library.fields, names_of_attributes(reply.text().value_or("")));
  }
  co_return std::optional(std::move(finding));
}

Awaitable<Expected<std::vector<Finding>>> look(Redis& redis, const Groups& groups) {
  const std::map<std::string, LayoutKind> layouts{
      {"hash", LayoutKind::hash}, {"ReJSON-RL", LayoutKind::json}, {"vectorset", LayoutKind::vectorset}};
  std::vector<Finding> findings;
  for (const auto& [kind, group] : groups) {
    const auto& [type, prefix] = kind;
    const auto layout = layouts.find(type);
    if (layout == layouts.end()) continue;
    Expected<std::optional<Finding>> finding;
    if (layout->second == LayoutKind::vectorset)
      finding = co_await look_at_vector_set(redis, prefix);
    else
      finding = co_await look_at_keys(redis, layout->second, prefix, group);
    if (!finding) co_return std::unexpected(finding.error());
    if (*finding) findings.push_back(std::move(**finding));
  }
  co_return findings;
}

/// Whether these are parts of one library: of a node of a cluster each, or vector sets whose keys begin alike.
bool are_one(const Finding& a, const Finding& b) {
  if (a.library.layout != b.library.layout || a.library.field != b.library.field || a.dim != b.dim) return false;
  if (a.library.layout != LayoutKind::vectorset) return a.library.prefix == b.library.prefix;
  const std::string& key = a.library.sets.front();
  const std::string& other = b.library.sets.front();
  // --keys has commas between them.
  const bool can_be_listed = key.find(',') == std::string::npos && other.find(',') == std::string::npos;
  return can_be_listed && !prefix_of(key).empty() && prefix_of(key) == prefix_of(other);
}

std::vector<Finding> joined(const std::vector<Finding>& parts) {
  std::vector<Finding> findings;
  for (const Finding& part : parts) {
    const auto one = std::ranges::find_if(findings, [&](const Finding& finding) { return are_one(finding, part); });
    if (one == findings.end()) {
      findings.push_back(part);
      continue;
    }
    one->pictures += part.pictures;
    add_names(one->library.fields, part.library.fields);
    add_names(one->library.sets, part.library.sets);
    if (!part.library.sets.empty()) one->library.name = library_name(prefix_of(part.library.sets.front()));
  }
  for (Finding& finding : findings)
    std::ranges::sort(finding.library.sets);
  std::ranges::stable_sort(findings, std::greater(), &Finding::pictures);
  return findings;
}

/// Ids of the models whose vectors have that many dimensions.
std::vector<std::string> models_of(const std::filesystem::path& models, uint32_t dim) {
  std::vector<std::string> ids;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(models, error)) {
    const std::string id = entry.path().filename().string();
    const Expected<ModelSpace> model = read_model_space(models, id);
    if (model && model->dim == dim) ids.push_back(id);
  }
  std::ranges::sort(ids);
  return ids;
}

/// As a word of a shell.
std::string word(const std::string& text) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/._-,@%+=";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string joined(const std::vector<std::string>& names, const std::string& between) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : between) + name;
  return text;
}

std::string describe(const Finding& finding, const std::string& engine, const std::string& url,
                     const std::filesystem::path& models) {
  const LibraryOptions& library = finding.library;
  const std::map<LayoutKind, std::pair<std::string, std::string>> kinds{
      {LayoutKind::hash, {"hash", "hashes"}},
      {LayoutKind::json, {"json", "documents"}},
      {LayoutKind::vectorset, {"vectorset", "elements"}}};
  const auto& [layout, things] = kinds.at(library.layout);
  const std::vector<std::string> fitting = models_of(models, finding.dim);
  const std::size_t sets = library.sets.size();
  std::string text = std::to_string(finding.pictures) + " " + things + " of " + std::to_string(finding.dim) +
                     " dimensions" + (sets > 1 ? " in " + std::to_string(sets) + " vector sets" : "") +
                     ", searched by " + engine + "\n";
  text += "  picfind-server --redis " + word(url) + " --library " + library.name + " --layout " + layout +
          (sets > 1    ? " --keys " + word(joined(library.sets, ","))
           : sets == 1 ? " --prefix " + word(library.sets.front())
                       : " --prefix " + word(library.prefix));
  if (!library.field.empty()) text += " --field " + word(library.field);
  if (!library.fields.empty()) text += " --fields " + word(joined(library.fields, ","));
  text += " --model " + (fitting.empty() ? "ID" : fitting.front()) + "\n";
  if (fitting.empty())
    text += "  No model in " + models.string() + " has " + std::to_string(finding.dim) +
            " dimensions: name the one that made these vectors.\n";
  else
    text += "  --model is the one that made these vectors; of as many dimensions: " + joined(fitting, ", ") + ".\n";
  if (sets > 1) text += "  Each of these vector sets is also a library by itself: --prefix KEY in place of --keys.\n";
  if (!library.fields.empty()) text += "  Whoever may read the library sees what --fields names.\n";
  return text;
}

Awaitable<Expected<std::string>> inspect(Redis& redis, ClusterNodes& nodes, std::string url,
                                         std::filesystem::path models) {
  // Unlike others this one waits for the connection.
  boost::redis::request hello;
  hello.push("INFO", "server");
  const Expected<Replies> info = co_await redis.exec(std::move(hello), 5s);
  if (!info) co_return fail(ErrorCode::not_found, url + " does not answer (" + info.error().message + ")");
  const Expected<std::vector<Shard>> shards = co_await find_shards(redis);
  if (!shards) co_return std::unexpected(shards.error());
  std::vector<std::shared_ptr<Redis>> masters;
  for (const Shard& shard : *shards)
    masters.emplace_back(co_await nodes.connect(shard));
  std::vector<Finding> parts;
  std::size_t looked_at = 0;
  bool are_all = true;
  for (std::size_t i = 0; i < std::max<std::size_t>(masters.size(), 1); ++i) {
    Redis& node = masters.empty() ? redis : *masters[i];
    const Expected<std::vector<std::string>> keys = co_await list_keys(node);
    if (!keys) co_return std::unexpected(keys.error());
    const Expected<Groups> groups = co_await group(node, *keys);
    if (!groups) co_return std::unexpected(groups.error());
    const Expected<std::vector<Finding>> findings = co_await look(node, *groups);
    if (!findings) co_return std::unexpected(findings.error());
    parts.insert(parts.end(), findings->begin(), findings->end());
    looked_at += keys->size();
    are_all = are_all && keys->size() < most_keys;
  }
  if (parts.empty())
    co_return fail(ErrorCode::not_found, url +
                                             ": expected hashes, JSON documents or vector sets with vectors, found "
                                             "none among " +
                                             std::to_string(looked_at) + " keys");
  std::string text;
  for (const Finding& finding : joined(parts)) {
    const auto engine = co_await find_redis_engine(redis, nodes, finding.library, finding.dim);
    if (!engine) co_return std::unexpected(engine.error());
    text += (text.empty() ? "" : "\n") +
            describe(finding, *engine == nullptr ? "an exact scan" : (*engine)->name(), url, models);
  }
  if (!masters.empty())
    text += "\nRedis is a cluster: searches are answered, files for browsers are not made from it.\n";
  if (!are_all) text += "\nOnly " + std::to_string(looked_at) + " keys were looked at.\n";
  co_return text;
}

/// Without its password.
std::string shown(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  if (!parsed) return url;
  boost::urls::url shown(*parsed);
  shown.remove_password();
  return std::string(shown.buffer());
}

}  // namespace

Expected<std::string> inspect(const std::string& url, const std::filesystem::path& ca,
                              const std::filesystem::path& models) {
  const Expected<RedisConfig> config = read_redis_config(url, ca);
  if (!config) return std::unexpected(config.error());
  asio::io_context context(1);
  Redis redis(context.get_executor(), *config);
  redis.start();
  ClusterNodes nodes(context.get_executor(), *config);
  Expected<std::string> result;
  asio::co_spawn(context, inspect(redis, nodes, shown(url), models),
                 [&](const std::exception_ptr& failed, Expected<std::string> text) {
                   result = failed ? fail(ErrorCode::not_found, "Redis: no answer") : std::move(text);
                   context.stop();
                 });
  context.run();
  return result;
}

}  // namespace picfind::server
