#include "search/search_query.h"

#include "layout/foreign_vector.h"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>
#include <cmath>

namespace picfind::server {
namespace {

namespace json = boost::json;

template <std::size_t count> using Names = std::array<std::string_view, count>;

std::unexpected<Error> wrong(std::string message) { return fail(ErrorCode::usage, std::move(message)); }

std::string quoted(std::string_view text) { return json::serialize(json::value(text)); }

/// A typing error in an optional member would otherwise change the answer without a word.
Expected<void> check_names(const json::object& object, std::span<const std::string_view> known, std::string_view of) {
  for (const auto& [name, value] : object) {
    if (std::ranges::find(known, std::string_view(name)) != known.end()) continue;
    std::string expected;
    for (const std::string_view one : known)
      expected += (expected.empty() ? "" : ", ") + std::string(one);
    return wrong(std::string(of) + ": expected " + expected + ", found " + quoted(name));
  }
  return {};
}

Expected<std::vector<float>> read_vector(const json::value& value, uint32_t dim) {
  const ReadVector vector = vector_of_json(value, dim);
  if (!vector) return wrong("vector: " + vector.error());
  return *vector;
}

Expected<SearchedFor> read_searched_for(const json::object& object, std::string_view of, uint32_t dim) {
  const json::value* vector = object.if_contains("vector");
  const json::value* record = object.if_contains("record");
  if ((vector == nullptr) == (record == nullptr))
    return wrong(std::string(of) + ": expected one of vector and record, found " + (vector ? "both" : "none"));
  if (vector != nullptr) {
    Expected<std::vector<float>> read = read_vector(*vector, dim);
    if (!read) return std::unexpected(read.error());
    return SearchedFor(std::move(*read));
  }
  if (const json::string* key = record->if_string()) return SearchedFor(std::string(*key));
  return wrong("record: expected the key of a record, found " + json::serialize(*record));
}

Expected<SearchTerm> read_term(const json::value& value, uint32_t dim) {
  constexpr Names<3> known{"weight", "vector", "record"};
  const json::object* object = value.if_object();
  if (object == nullptr) return wrong("sum: expected objects, found " + json::serialize(value));
  if (const auto checked = check_names(*object, known, "sum"); !checked) return std::unexpected(checked.error());
  SearchTerm term;
  if (const json::value* weight = object->if_contains("weight")) {
    term.weight = weight->is_number() ? weight->to_number<float>() : 0;
    if (term.weight == 0 || !std::isfinite(term.weight))
      return wrong("weight: expected a number other than 0, found " + json::serialize(*weight));
  }
  Expected<SearchedFor> what = read_searched_for(*object, "sum", dim);
  if (!what) return std::unexpected(what.error());
  term.what = std::move(*what);
  return term;
}

Expected<std::vector<SearchTerm>> read_terms(const json::value& value, uint32_t dim) {
  constexpr Names<3> known{"vector", "record", "sum"};
  constexpr std::size_t most_terms = 100;
  const json::object* object = value.if_object();
  if (object == nullptr) return wrong("query: expected an object, found " + json::serialize(value));
  if (const auto checked = check_names(*object, known, "query"); !checked) return std::unexpected(checked.error());
  std::vector<SearchTerm> terms;
  const json::value* sum = object->if_contains("sum");
  if (sum == nullptr) {
    Expected<SearchedFor> what = read_searched_for(*object, "query", dim);
    if (!what) return std::unexpected(what.error());
    terms.push_back({1, std::move(*what)});
    return terms;
  }
  const json::array* list = sum->if_array();
  if (list == nullptr || list->empty() || list->size() > most_terms || object->size() > 1)
    return wrong("query: expected vector, record, or sum with 1 to " + std::to_string(most_terms) + " terms");
  for (const json::value& item : *list) {
    Expected<SearchTerm> term = read_term(item, dim);
    if (!term) return std::unexpected(term.error());
    terms.push_back(std::move(*term));
  }
  return terms;
}

Expected<std::size_t> read_count(const json::value& value) {
  const bool is_count = value.is_int64() && value.get_int64() > 0;
  if (is_count && value.get_int64() <= static_cast<int64_t>(most_results))
    return static_cast<std::size_t>(value.get_int64());
  return wrong("k: expected a number from 1 to " + std::to_string(most_results) + ", found " + json::serialize(value));
}

Expected<Metric> read_metric(const json::value& value) {
  constexpr std::array<std::pair<std::string_view, Metric>, 4> metrics{
      {{"cosine", Metric::cosine}, {"dot", Metric::dot}, {"l2", Metric::l2}, {"l1", Metric::l1}}};
  const json::string* text = value.if_string();
  for (const auto& [name, metric] : metrics)
    if (text != nullptr && std::string_view(*text) == name) return metric;
  return wrong("metric: expected cosine, dot, l2 or l1, found " + json::serialize(value));
}

}  // namespace

Expected<SearchQuery> read_search_query(std::string_view body, uint32_t dim, const std::vector<std::string>& fields) {
  constexpr Names<5> known{"query", "k", "filter", "metric", "epoch"};
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  if (error) return wrong("body: expected JSON, found something else: " + error.message());
  const json::object* object = value.if_object();
  if (object == nullptr) return wrong("body: expected an object with a query");
  if (const auto checked = check_names(*object, known, "body"); !checked) return std::unexpected(checked.error());
  const json::value* query = object->if_contains("query");
  if (query == nullptr) return wrong("body: expected a query, found none");
  SearchQuery read;
  Expected<std::vector<SearchTerm>> terms = read_terms(*query, dim);
  if (!terms) return std::unexpected(terms.error());
  read.terms = std::move(*terms);
  if (const json::value* k = object->if_contains("k")) {
    const Expected<std::size_t> count = read_count(*k);
    if (!count) return std::unexpected(count.error());
    read.k = *count;
  }
  if (const json::value* metric = object->if_contains("metric")) {
    const Expected<Metric> named = read_metric(*metric);
    if (!named) return std::unexpected(named.error());
    read.metric = *named;
  }
  if (const json::value* filter = object->if_contains("filter")) {
    Expected<Filter> conditions = read_filter(*filter, fields);
    if (!conditions) return std::unexpected(conditions.error());
    read.filter = std::move(*conditions);
  }
  if (const json::value* epoch = object->if_contains("epoch")) {
    if (!epoch->is_string()) return wrong("epoch: expected text, found " + json::serialize(*epoch));
    read.epoch = std::string(epoch->get_string());
  }
  return read;
}

}  // namespace picfind::server
