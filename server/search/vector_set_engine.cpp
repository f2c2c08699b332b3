#include "search/vector_set_engine.h"

#include "layout/vector_set_layout.h"

#include <algorithm>

namespace picfind::server {
namespace {

/// Elements that a search of the graph keeps (EF).
constexpr std::size_t fewest_candidates = 512;

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

}  // namespace

bool VectorSetEngine::filters_by(const Filter& filter) const {
  return std::ranges::all_of(filter, [](const Condition& condition) {
    const AnyOf* any = std::get_if<AnyOf>(&condition.wanted);
    return is_selector(condition.field) && (any == nullptr || std::ranges::all_of(any->values, [](const auto& value) {
                                              const std::string* text = std::get_if<std::string>(&value);
                                              return text == nullptr || is_literal(*text);
                                            }));
  });
}

Awaitable<Expected<std::vector<FoundRecord>>> VectorSetEngine::search(Redis& redis, std::span<const float> query,
                                                                      std::size_t k, const Filter& filter) const {
  std::vector<std::string> arguments{
      library_.prefix, "FP32",  {reinterpret_cast<const char*>(query.data()), query.size_bytes()},
      "WITHSCORES",    "COUNT", std::to_string(k),
  };
  if (filter.empty()) {
    arguments.insert(arguments.end(), {"EF", std::to_string(std::max(fewest_candidates, k))});
  } else {
    std::string expression;
    for (const Condition& condition : filter)
      expression += (expression.empty() ? "" : " and ") + text_of(condition);
    arguments.insert(arguments.end(), {"FILTER", std::move(expression), "TRUTH"});
  }
  boost::redis::request request = new_request();
  request.push_range("VSIM", arguments);
  const Expected<Reply> reply = co_await redis.ask(std::move(request));
  if (!reply) co_return std::unexpected(reply.error());
  const std::vector<std::optional<std::string>> values = reply->values();
  std::vector<FoundRecord> found;
  for (std::size_t i = 0; i + 1 < values.size(); i += 2) {
    const std::optional<double> score = number_of(values[i + 1].value_or(""));
    // It says (1 + cosine) / 2.
    if (values[i] && score) found.push_back({*values[i], static_cast<float>(2 * *score - 1), {}});
  }
  if (Expected<void> read = co_await read_fields(redis, found); !read) co_return std::unexpected(read.error());
  co_return found;
}

Awaitable<Expected<void>> VectorSetEngine::read_fields(Redis& redis, std::vector<FoundRecord>& found) const {
  if (library_.fields.empty() || found.empty()) co_return Expected<void>{};
  boost::redis::request request = new_request();
  for (const FoundRecord& record : found)
    request.push("VGETATTR", library_.prefix, record.path);
  const Expected<Replies> replies = co_await redis.exec(std::move(request));
  if (!replies) co_return std::unexpected(replies.error());
  for (std::size_t i = 0; i < found.size() && i < replies->of.size(); ++i)
    found[i].fields = fields_of_attributes(replies->of[i].text().value_or(""), library_.fields);
  co_return Expected<void>{};
}

Awaitable<Expected<std::shared_ptr<const RedisEngine>>> find_vector_set(Redis& redis, const LibraryOptions& library,
                                                                        uint32_t dim) {
  boost::redis::request request = new_request();
  request.push("VDIM", library.prefix);
  const Expected<Replies> replies = co_await redis.exec(std::move(request));
  if (!replies) co_return std::unexpected(replies.error());
  std::shared_ptr<const RedisEngine> engine;
  if (!(*replies)[0].error() && (*replies)[0].number() == dim) engine = std::make_shared<VectorSetEngine>(library);
  co_return engine;
}

}  // namespace picfind::server
