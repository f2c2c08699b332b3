#pragma once
#include "index/hnsw_graph.h"

#include <algorithm>
#include <array>

namespace picfind {

/// An element of a graph and its score; higher is nearer.
struct Candidate {
  float score;
  uint32_t element;
};

/// Equal scores by element: the same graph gives the same answer everywhere.
inline bool nearer(const Candidate& a, const Candidate& b) {
  return a.score != b.score ? a.score > b.score : a.element < b.element;
}

/// The best `ef` allowed elements met so far and the others that may lead to better ones, nearest first. Without
/// anything forbidden it is what the field calls the result set; forbidden elements are kept for their links only.
class Frontier {
public:
  explicit Frontier(std::size_t ef) : ef_(ef) { entries_.reserve(ef + 1); }

  /// Whether a candidate is near enough to be of use.
  bool wants(const Candidate& candidate) const { return allowed_ < ef_ || nearer(candidate, entries_.back().candidate); }

  void insert(const Candidate& candidate, bool allowed) {
    const auto place = std::ranges::upper_bound(entries_, candidate, nearer, &Entry::candidate);
    next_ = std::min(next_, static_cast<std::size_t>(place - entries_.begin()));
    entries_.insert(place, {candidate, allowed, false});
    allowed_ += allowed ? 1 : 0;
    if (allowed_ > ef_) {
      drop_last_allowed();
      --allowed_;
    }
    if (allowed_ == ef_)
      while (!entries_.back().allowed)
        entries_.pop_back();
  }

  /// The nearest element whose links were not looked at yet; null if there is none left.
  const Candidate* expand() {
    while (next_ < entries_.size() && entries_[next_].expanded)
      ++next_;
    if (next_ >= entries_.size()) return nullptr;
    entries_[next_].expanded = true;
    return &entries_[next_].candidate;
  }

  std::vector<Candidate> take() const {
    std::vector<Candidate> result;
    result.reserve(allowed_);
    for (const Entry& entry : entries_)
      if (entry.allowed) result.push_back(entry.candidate);
    return result;
  }

private:
  struct Entry {
    Candidate candidate;
    bool allowed;
    bool expanded;
  };

  void drop_last_allowed() {
    while (!entries_.back().allowed)
      entries_.pop_back();
    entries_.pop_back();
  }

  std::size_t ef_;
  std::size_t allowed_ = 0;
  std::size_t next_ = 0;
  std::vector<Entry> entries_;
};

/// Elements a search has met.
class SeenElements {
public:
  explicit SeenElements(std::size_t elements) : words_((elements + 63) / 64) {}

  /// False if the element was added before.
  bool add(uint32_t element) {
    uint64_t& word = words_[element / 64];
    const uint64_t bit = uint64_t{1} << (element % 64);
    const bool first = (word & bit) == 0;
    word |= bit;
    return first;
  }
  void clear() { std::ranges::fill(words_, 0); }

private:
  std::vector<uint64_t> words_;
};

/// Follows links on one level from what is in the frontier until nothing nearer turns up (Malkov and Yashunin,
/// algorithm 2). links(uint32_t element): its neighbours, at most `most_links`. score(std::span<const uint32_t>
/// elements, std::span<float> scores) scores several elements at once; allowed(uint32_t element) is asked only of those
/// that are near enough.
template <class Links, class Score, class Allowed>
void search_level(Frontier& frontier, SeenElements& seen, std::size_t most_links, Links links, Score&& score,
                  Allowed allowed) {
  std::vector<uint32_t> fresh(most_links);
  std::vector<float> scores(most_links);
  while (const Candidate* next = frontier.expand()) {
    std::size_t count = 0;
    for (const uint32_t element : links(next->element)) {
      fresh[count] = element;
      count += seen.add(element) ? 1 : 0;
    }
    score(std::span<const uint32_t>(fresh).first(count), std::span(scores).first(count));
    for (std::size_t i = 0; i < count; ++i)
      if (const Candidate candidate{scores[i], fresh[i]}; frontier.wants(candidate))
        frontier.insert(candidate, allowed(candidate.element));
  }
}

/// The nearest `ef` allowed elements that the graph leads to, nearest first (algorithm 5).
template <class Score, class Allowed>
std::vector<Candidate> search_graph(const HnswGraph& graph, std::size_t ef, Score score, Allowed allowed) {
  const std::size_t most_links = std::size_t{2} * graph.settings().m + 1;
  std::vector<float> scores(most_links);
  const uint32_t entry = graph.entry();
  Candidate nearest{0, entry};
  score(std::span(&entry, 1), std::span(&nearest.score, 1));
  for (uint32_t level = graph.level(entry); level > 0; --level) {
    for (bool closer = true; closer;) {
      closer = false;
      const std::span<const uint32_t> links = graph.links(nearest.element, level);
      score(links, std::span(scores).first(links.size()));
      for (std::size_t i = 0; i < links.size(); ++i) {
        if (const Candidate candidate{scores[i], links[i]}; nearer(candidate, nearest)) {
          nearest = candidate;
          closer = true;
        }
      }
    }
  }
  SeenElements seen(graph.rows());
  seen.add(nearest.element);
  Frontier frontier(ef);
  frontier.insert(nearest, allowed(nearest.element));
  search_level(
      frontier, seen, most_links, [&](uint32_t element) { return graph.links(element, 0); }, score, allowed);
  return frontier.take();
}

}  // namespace picfind
