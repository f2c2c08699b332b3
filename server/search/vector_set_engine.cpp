#include "search/vector_set_engine.h"

#include "search/together.h"

#include <algorithm>
#include <functional>

namespace picfind::server {
namespace {

/// Elements that a search of the graph keeps (EF).
constexpr std::size_t fewest_candidates = 512;
/// Times as many as are wanted are looked through where elements are passed over because several sets have them.
constexpr std::size_t most_hidden = 8;

/// Names that its expressions can say.
bool is_selector(std::string_view name) {
  return std::ranges::all_of(name, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  });
}

/// Texts that its expressions can say; others than strings and numbers it compares as numbers.
bool is_literal(const std::string& text) {
  const bool is_other =
      text == "true" || text == "false" || text == "null" || text.starts_with('[') || text.starts_with('{');
  return !is_other && text.find_first_of("\"\\") == std::string::npos;
}

std::string text_of(const Condition& condition) {
  const std::string name = "." + condition.field;
  std::string text;
  if (const NumberRange* range = std::get_if<NumberRange>(&condition.wanted)) {
    if (range->min) text = name + " >= " + text_of_number(*range->min);
    if (range->max) text += (text.empty() ? "" : " and ") + name + " <= " + text_of_number(*range->max);
    return "(" + text + ")";
  }
  for (const auto& value : std::get<AnyOf>(condition.wanted).values) {
    const std::string* said = std::get_if<std::string>(&value);
    text += (text.empty() ? "" : " or ") + name +
            " == " + (said != nullptr ? "\"" + *said + "\"" : text_of_number(std::get<double>(value)));
  }
  return "(" + text + ")";
}

/// Of VSIM, after the key.
std::vector<std::string> arguments_of(std::span<const float> query, std::size_t k, const Filter& filter) {
  std::vector<std::string> arguments{
      "FP32",
      {reinterpret_cast<const char*>(query.data()), query.size_bytes()},
      "WITHSCORES",
      "COUNT",
      std::to_string(k),
  };
  if (filter.empty()) {
    arguments.insert(arguments.end(), {"EF", std::to_string(std::max(fewest_candidates, k))});
  } else {
    std::string expression;
    for (const Condition& condition : filter)
      expression += (expression.empty() ? "" : " and ") + text_of(condition);
    arguments.insert(arguments.end(), {"FILTER", std::move(expression), "TRUTH"});
  }
  return arguments;
}

}  // namespace

VectorSetEngine::VectorSetEngine(std::vector<std::string> fields, std::vector<Part> parts)
    : fields_(std::move(fields)), parts_(std::move(parts)) {}

bool VectorSetEngine::filters_by(const Filter& filter) const {
  return std::ranges::all_of(filter, [](const Condition& condition) {
    const AnyOf* any = std::get_if<AnyOf>(&condition.wanted);
    return is_selector(condition.field) && (any == nullptr || std::ranges::all_of(any->values, [](const auto& value) {
                                              const std::string* text = std::get_if<std::string>(&value);
                                              return text == nullptr || is_literal(*text);
                                            }));
  });
}

std::string VectorSetEngine::name() const {
  return parts_.front().node == nullptr ? "redis-vectorset" : "redis-cluster-vectorset";
}

Awaitable<Expected<std::vector<VectorSetEngine::Found>>>
VectorSetEngine::ask(Redis& redis, const Part& part, const std::vector<std::string>& arguments) const {
  boost::redis::request request = new_request();
  for (const VectorSet& set : part.sets) {
    std::vector<std::string> of_set{set.key()};
    of_set.insert(of_set.end(), arguments.begin(), arguments.end());
    request.push_range("VSIM", of_set);
  }
  const Expected<Replies> replies = co_await redis.exec(std::move(request));
  if (!replies) co_return std::unexpected(replies.error());
  std::vector<Found> found;
  for (std::size_t set = 0; set < replies->of.size(); ++set) {
    if (const auto error = replies->of[set].error()) co_return fail(ErrorCode::usage, "Redis: " + *error);
    const std::vector<std::optional<std::string>> values = replies->of[set].values();
    for (std::size_t i = 0; i + 1 < values.size(); i += 2) {
      const std::optional<double> score = number_of(values[i + 1].value_or(""));
      // It says (1 + cosine) / 2.
      if (values[i] && score)
        found.push_back({{*values[i], static_cast<float>(2 * *score - 1), {}}, part.sets[set].key()});
    }
  }
  co_return found;
}

Awaitable<Expected<void>> VectorSetEngine::look_at(Redis& redis, const Part& part, std::vector<Found>& found) const {
  boost::redis::request request = new_request();
  std::vector<std::function<void(const Reply&)>> readers;
  for (Found& one : found)
    for (const VectorSet& set : part.sets) {
      if (set.key() != one.key) {
        ask_for_element(request, set.key(), one.record.path);
        readers.emplace_back([&one](const Reply& reply) { one.is_elsewhere |= reply.values().size() > 1; });
      } else if (!fields_.empty()) {
        request.push("VGETATTR", set.key(), one.record.path);
        readers.emplace_back([this, &one](const Reply& reply) {
          one.record.fields = fields_of_attributes(reply.text().value_or(""), fields_);
        });
      }
    }
  if (readers.empty()) co_return Expected<void>{};
  const Expected<Replies> replies = co_await redis.exec(std::move(request));
  if (!replies) co_return std::unexpected(replies.error());
  for (std::size_t i = 0; i < readers.size() && i < replies->of.size(); ++i)
    readers[i](replies->of[i]);
  co_return Expected<void>{};
}

Awaitable<Expected<std::vector<FoundRecord>>> VectorSetEngine::search(Redis& redis, std::span<const float> query,
                                                                      std::size_t k, const Filter& filter) const {
  const auto place = [&](const Part& part) -> Redis& { return part.node == nullptr ? redis : *part.node; };
  std::size_t before = 0;
  for (std::size_t wanted = k;; wanted *= 2) {
    const std::vector<std::string> arguments = arguments_of(query, wanted, filter);
    using Answer = Expected<std::vector<Found>>;
    std::vector<Answer> answers =
        co_await together<Answer>(parts_, [&](const Part& part) { return ask(place(part), part, arguments); });
    std::vector<Found> all;
    for (Answer& answer : answers) {
      if (!answer) co_return std::unexpected(answer.error());
      std::ranges::move(*answer, std::back_inserter(all));
    }
    std::ranges::stable_sort(all, std::greater(), [](const Found& one) { return one.record.score; });
    // Twice as many may have been asked for than there are.
    const bool are_all = all.size() == std::exchange(before, all.size()) && all.size() <= wanted;
    all.resize(std::min(all.size(), wanted));
    std::vector<Expected<void>> looks =
        co_await together<Expected<void>>(parts_, [&](const Part& part) { return look_at(place(part), part, all); });
    for (Expected<void>& look : looks)
      if (!look) co_return std::unexpected(look.error());
    std::vector<FoundRecord> found;
    for (Found& one : all)
      if (!one.is_elsewhere) found.push_back(std::move(one.record));
    const bool is_enough = found.size() >= k || found.size() == all.size() || are_all;
    found.resize(std::min(found.size(), k));
    if (is_enough) co_return found;
    if (wanted > most_hidden * k)
      co_return fail(ErrorCode::usage, "most of what is near lies in several of the vector sets");
  }
}

Awaitable<Expected<RowRead>> VectorSetEngine::read(Redis& redis, const Layout&, const std::string& path) const {
  std::vector<VectorSet> sets;
  std::vector<RowRead> reads;
  for (const Part& part : parts_) {
    boost::redis::request request = new_request();
    for (const VectorSet& set : part.sets)
      set.ask(request, path);
    Expected<Replies> replies = co_await (part.node == nullptr ? redis : *part.node).exec(std::move(request));
    if (!replies) co_return std::unexpected(replies.error());
    const std::size_t each = part.sets.front().commands();
    replies->of.resize(part.sets.size() * each);
    for (std::size_t i = 0; i < part.sets.size(); ++i)
      reads.push_back(part.sets[i].take(path, std::span(replies->of).subspan(i * each, each)));
    sets.insert(sets.end(), part.sets.begin(), part.sets.end());
  }
  co_return found_in_one(sets, std::move(reads));
}

Awaitable<Expected<std::shared_ptr<const RedisEngine>>> find_vector_sets(Redis& redis, ClusterNodes& nodes,
                                                                         const std::vector<Shard>& shards,
                                                                         const LibraryOptions& library, uint32_t dim) {
  std::shared_ptr<const RedisEngine> none;
  std::vector<VectorSetEngine::Part> parts;
  if (shards.empty()) parts.push_back({nullptr, vector_sets(library, dim)});
  for (const Shard& shard : shards) {
    std::vector<VectorSet> sets = vector_sets(library, dim);
    std::erase_if(sets, [&](const VectorSet& set) { return !shard.holds(set.key()); });
    if (sets.empty()) continue;
    std::shared_ptr<Redis> node = co_await nodes.connect(shard);
    parts.push_back({std::move(node), std::move(sets)});
  }
  bool is_any_there = false;
  for (const VectorSetEngine::Part& part : parts) {
    boost::redis::request request = new_request();
    for (const VectorSet& set : part.sets)
      request.push("VDIM", set.key());
    const Expected<Replies> replies = co_await (part.node == nullptr ? redis : *part.node).exec(std::move(request));
    if (!replies) co_return std::unexpected(replies.error());
    for (const Reply& reply : replies->of) {
      // It is an error where the set is not there yet.
      if (reply.error()) continue;
      if (reply.number() != dim) co_return none;
      is_any_there = true;
    }
  }
  if (!is_any_there) co_return none;
  co_return std::make_shared<VectorSetEngine>(library.fields, std::move(parts));
}

}  // namespace picfind::server
