#include "index/hnsw_removal.h"

#include "vector/kernels.h"

#include <algorithm>

namespace picfind {
namespace {

constexpr uint32_t none = UINT32_MAX;
/// Elements met in looking past those that go: of many that go together only the outermost lead anywhere.
constexpr std::size_t most_met = 256;

bool contains(const std::vector<uint32_t>& elements, uint32_t element) {
  return std::ranges::find(elements, element) != elements.end();
}

/// Elements before and after, and what they link to.
class Removal {
public:
  Removal(const HnswGraph& graph, std::span<const GraphRow> rows, std::size_t dim, const std::vector<bool>& gone)
      : graph_(&graph), dim_(dim), row_of_(graph.elements()), next_of_(graph.elements(), none) {
    for (uint32_t row = graph.rows(); row-- > 0;)
      row_of_[graph.element_of(row)] = rows[row];
    for (uint32_t row = 0; row < graph.rows(); ++row) {
      if (gone[row]) continue;
      const uint32_t element = graph.element_of(row);
      if (next_of_[element] == none) {
        next_of_[element] = static_cast<uint32_t>(previous_.size());
        previous_.push_back(element);
      }
      element_of_.push_back(next_of_[element]);
    }
    for (const uint32_t element : previous_)
      levels_.push_back(graph.level(element));
  }

  std::vector<uint8_t> write(const GraphSubject& subject) const {
    std::size_t count = 0;
    each_list([&](std::span<const uint32_t> list) { count += list.size(); });
    const uint32_t removed = graph_->removed() + graph_->elements() - static_cast<uint32_t>(previous_.size());
    HnswGraphWriter writer({graph_->settings(), subject, entry(), removed}, element_of_, levels_,
                           static_cast<uint32_t>(count));
    each_list([&](std::span<const uint32_t> list) { writer.add(list); });
    return writer.take();
  }

private:
  /// Calls visit(links) for the lists in the order of a graph's file.
  template <class Visit> void each_list(Visit visit) const {
    for (const uint32_t element : previous_)
      visit(links(element, 0));
    for (const uint32_t element : previous_)
      for (uint32_t level = 1; level <= graph_->level(element); ++level)
        visit(links(element, level));
  }

  bool stays(uint32_t element) const { return next_of_[element] != none; }

  uint32_t entry() const {
    if (stays(graph_->entry())) return next_of_[graph_->entry()];
    return static_cast<uint32_t>(std::ranges::max_element(levels_) - levels_.begin());
  }

  /// Of an element that stays, as they are numbered afterwards.
  std::vector<uint32_t> links(uint32_t element, uint32_t level) const {
    std::vector<uint32_t> kept;
    std::vector<uint32_t> lost;
    for (const uint32_t link : graph_->links(element, level))
      (stays(link) ? kept : lost).push_back(link);
    for (const uint32_t link : nearest_beyond(element, level, kept, lost))
      kept.push_back(link);
    for (uint32_t& link : kept)
      link = next_of_[link];
    return kept;
  }

  /// As many as are lost, of those that the lost lead to and that are not linked.
  std::vector<uint32_t> nearest_beyond(uint32_t element, uint32_t level, const std::vector<uint32_t>& kept,
                                       const std::vector<uint32_t>& lost) const {
    std::vector<uint32_t> met = lost;
    std::vector<std::pair<float, uint32_t>> beyond;
    for (std::size_t i = 0; i < met.size() && met.size() < most_met; ++i) {
      if (stays(met[i])) continue;
      for (const uint32_t link : graph_->links(met[i], level)) {
        if (link == element || contains(kept, link) || contains(met, link)) continue;
        met.push_back(link);
        if (stays(link)) beyond.emplace_back(squared_distance(element, link), link);
      }
    }
    std::ranges::sort(beyond);
    beyond.resize(std::min(beyond.size(), lost.size()));
    std::vector<uint32_t> nearest;
    nearest.reserve(beyond.size());
    for (const auto& [distance, link] : beyond)
      nearest.push_back(link);
    return nearest;
  }

  float squared_length(const GraphRow& row) const {
    return row.scale * row.scale * static_cast<float>(kernels::dot_int8_rows(row.values, row.values, dim_));
  }

  float squared_distance(uint32_t a, uint32_t b) const {
    const GraphRow& x = row_of_[a];
    const GraphRow& y = row_of_[b];
    const float product = x.scale * y.scale * static_cast<float>(kernels::dot_int8_rows(x.values, y.values, dim_));
    return (squared_length(x) + squared_length(y)) - 2 * product;
  }

  const HnswGraph* graph_;
  std::size_t dim_;
  /// Of each element before, the first row, which says what all of them are, and its number afterwards.
  std::vector<GraphRow> row_of_;
  std::vector<uint32_t> next_of_;
  /// Of each element afterwards.
  std::vector<uint32_t> previous_;
  std::vector<uint8_t> levels_;
  /// Of each row afterwards.
  std::vector<uint32_t> element_of_;
};

}  // namespace

std::vector<uint8_t> without_rows(const HnswGraph& graph, std::span<const GraphRow> rows, std::size_t dim,
                                  const std::vector<bool>& gone, const GraphSubject& subject) {
  return Removal(graph, rows, dim, gone).write(subject);
}

}  // namespace picfind
