#pragma once
#include "index/hnsw_graph.h"
#include "index/touch.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <optional>

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

/// A binary heap of numbers whose first is the greatest by `Less`.
template <class Less> class Heap {
public:
  void reserve(std::size_t size) { numbers_.reserve(size); }
  std::size_t size() const { return numbers_.size(); }
  bool empty() const { return numbers_.empty(); }
  uint64_t top() const { return numbers_.front(); }
  const std::vector<uint64_t>& numbers() const { return numbers_; }

  void push(uint64_t number) {
    numbers_.push_back(number);
    std::ranges::push_heap(numbers_, Less());
  }
  void pop() {
    std::ranges::pop_heap(numbers_, Less());
    numbers_.pop_back();
  }
  /// One walk down where pop() and push() take two.
  void replace_top(uint64_t number) {
    const Less less;
    std::size_t at = 0;
    for (std::size_t child = 1; child < numbers_.size(); child = 2 * at + 1) {
      if (child + 1 < numbers_.size() && less(numbers_[child], numbers_[child + 1])) ++child;
      if (!less(number, numbers_[child])) break;
      numbers_[at] = numbers_[child];
      at = child;
    }
    numbers_[at] = number;
  }

private:
  std::vector<uint64_t> numbers_;
};

/// The best `ef` allowed elements met so far, and the elements, allowed or not, whose links are still to be followed.
class Frontier {
public:
  explicit Frontier(std::size_t ef) : ef_(ef) {
    best_.reserve(ef);
    open_.reserve(4 * ef);
  }

  /// Whether a candidate is near enough to be of use.
  bool wants(const Candidate& candidate) const { return best_.size() < ef_ || pack(candidate) > best_.top(); }

  /// Candidates that score less are of no use.
  float least() const {
    return best_.size() < ef_ ? -std::numeric_limits<float>::infinity() : unpack(best_.top()).score;
  }

  void insert(const Candidate& candidate, bool allowed) {
    const uint64_t packed = pack(candidate);
    open_.push(packed);
    if (!allowed) return;
    if (best_.size() < ef_)
      best_.push(packed);
    else
      best_.replace_top(packed);
  }

  /// The nearest element whose links were not followed yet; nothing where none can lead to better ones.
  std::optional<uint32_t> expand() {
    if (open_.empty() || (best_.size() == ef_ && open_.top() < best_.top())) return std::nullopt;
    const uint32_t element = unpack(open_.top()).element;
    open_.pop();
    return element;
  }

  /// Nearest first.
  std::vector<Candidate> take() const {
    std::vector<uint64_t> sorted = best_.numbers();
    std::ranges::sort(sorted, std::greater());
    std::vector<Candidate> result;
    result.reserve(sorted.size());
    for (const uint64_t packed : sorted)
      result.push_back(unpack(packed));
    return result;
  }

private:
  static constexpr uint32_t sign = 1U << 31U;

  /// A number that is greater for the nearer candidate, so that comparing is one instruction.
  static uint64_t pack(const Candidate& candidate) {
    const auto bits = std::bit_cast<uint32_t>(candidate.score);
    const uint32_t ordered = (bits & sign) != 0 ? ~bits : bits | sign;
    return uint64_t{ordered} << 32U | (UINT32_MAX - candidate.element);
  }
  static Candidate unpack(uint64_t packed) {
    const auto ordered = static_cast<uint32_t>(packed >> 32U);
    const uint32_t bits = (ordered & sign) != 0 ? ordered & ~sign : ~ordered;
    return {std::bit_cast<float>(bits), UINT32_MAX - static_cast<uint32_t>(packed)};
  }

  std::size_t ef_;
  Heap<std::greater<>> best_;
  Heap<std::less<>> open_;
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

/// A sift that has every element scored.
struct KeepAll {
  std::size_t operator()(std::span<uint32_t> elements, float) const { return elements.size(); }
};

/// Follows links on one level from what is in the frontier until nothing nearer turns up (Malkov and Yashunin,
/// algorithm 2). links(uint32_t element): its neighbours, at most `most_links`. score(std::span<const uint32_t>
/// elements, std::span<float> scores) scores several elements at once; allowed(uint32_t element) is asked only of those
/// that are near enough. sift(std::span<uint32_t> elements, float least) moves those that may score `least` to the
/// front and returns how many they are: the others are not scored. `at_once` elements' links are followed together;
/// with more than one, what they lead to is waited for together, and some are followed that nearer ones would have
/// forestalled.
template <class Links, class Score, class Allowed, class Sift = KeepAll>
void search_level(Frontier& frontier, SeenElements& seen, std::size_t most_links, Links links, Score&& score,
                  Allowed allowed, Sift sift = {}, std::size_t at_once = 1) {
  std::vector<uint32_t> fresh(at_once * most_links);
  std::vector<float> scores(fresh.size());
  std::vector<std::span<const uint32_t>> lists;
  lists.reserve(at_once);
  while (true) {
    lists.clear();
    while (lists.size() < at_once) {
      const std::optional<uint32_t> next = frontier.expand();
      if (!next) break;
      lists.push_back(links(*next));
      touch(lists.back().data(), lists.back().size_bytes());
    }
    if (lists.empty()) return;
    std::size_t count = 0;
    for (const std::span<const uint32_t> list : lists)
      for (const uint32_t element : list) {
        fresh[count] = element;
        count += seen.add(element) ? 1 : 0;
      }
    count = sift(std::span(fresh).first(count), frontier.least());
    score(std::span<const uint32_t>(fresh).first(count), std::span(scores).first(count));
    for (std::size_t i = 0; i < count; ++i)
      if (const Candidate candidate{scores[i], fresh[i]}; frontier.wants(candidate))
        frontier.insert(candidate, allowed(candidate.element));
  }
}

/// The nearest `ef` allowed elements that the graph leads to, nearest first (algorithm 5).
template <class Score, class Allowed, class Sift = KeepAll>
std::vector<Candidate> search_graph(const HnswGraph& graph, std::size_t ef, Score score, Allowed allowed,
                                    Sift sift = {}, std::size_t at_once = 1) {
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
  SeenElements seen(graph.elements());
  seen.add(nearest.element);
  Frontier frontier(ef);
  frontier.insert(nearest, allowed(nearest.element));
  const auto links = [&](uint32_t element) { return graph.links(element, 0); };
  search_level(frontier, seen, most_links, links, score, allowed, sift, at_once);
  return frontier.take();
}

}  // namespace picfind
