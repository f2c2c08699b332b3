#pragma once
#include "error.h"
#include "search/filter.h"
#include "vector/metric.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace picfind::server {

/// More results than this are not given at once.
constexpr std::size_t most_results = 10'000;

/// A vector float32[dim], finite and not zero, or the key of a record whose vector is meant.
using SearchedFor = std::variant<std::vector<float>, std::string>;

struct SearchTerm {
  float weight = 1;
  SearchedFor what;
};

/// What a client asks of a search.
struct SearchQuery {
  /// Their vectors at unit length, weighted and summed up, are what is sought.
  std::vector<SearchTerm> terms;
  std::size_t k = 10;
  Metric metric = Metric::cosine;
  Filter filter;
  /// That the client has copied; empty where it has not.
  std::string epoch;
};

/// Reads {"query": {"vector": […]} | {"record": "key"} | {"sum": [{"weight": 1, "vector" | "record": …}, …]}, "k": 10,
/// "filter": {…}, "metric": "cosine" | "dot" | "l2" | "l1", "epoch": "…"}; only `query` has to be there. `fields`:
/// those that may be filtered by. Errors: usage.
Expected<SearchQuery> read_search_query(std::string_view body, uint32_t dim, const std::vector<std::string>& fields);

}  // namespace picfind::server
