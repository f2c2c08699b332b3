#include "index/hnsw_graph.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace picfind {
namespace {

constexpr std::string_view magic("pf.graph", 8);
constexpr uint32_t graph_version = 1;
constexpr std::size_t alignment = 64;
/// Of 2^28 rows hardly one reaches level 14 with m = 4; beyond this a file is nonsense.
constexpr uint8_t max_level = 31;
constexpr uint32_t min_m = 2;
constexpr uint32_t max_m = 128;
constexpr uint32_t max_ef_construction = 4096;

struct Header {
  std::array<char, 8> magic;
  uint32_t version;
  uint32_t rows;
  uint32_t elements;
  uint32_t m;
  uint32_t ef_construction;
  uint32_t entry;
  uint32_t upper_lists;
  std::array<uint8_t, 28> zeros;
  GraphSubject subject;
  std::array<uint8_t, 32> more_zeros;
};
static_assert(sizeof(Header) == 128);

uint64_t aligned(uint64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

uint64_t levels_offset(uint32_t rows) { return sizeof(Header) + aligned(uint64_t{rows} * sizeof(uint32_t)); }

uint64_t base_offset(uint32_t rows, uint32_t elements) { return levels_offset(rows) + aligned(elements); }

uint64_t upper_offset(uint32_t rows, uint32_t elements, uint32_t m) {
  return base_offset(rows, elements) + aligned(uint64_t{elements} * (1 + 2 * m) * sizeof(uint32_t));
}

std::unexpected<Error> corrupt(const std::string& problem) { return fail(ErrorCode::corrupt, "graph: " + problem); }

std::unexpected<Error> corrupt(const char* what, uint64_t expected, uint64_t found) {
  return corrupt(std::string("expected ") + what + " " + std::to_string(expected) + ", found " + std::to_string(found));
}

std::vector<uint32_t> first_lists(std::span<const uint8_t> levels) {
  std::vector<uint32_t> first;
  first.reserve(levels.size());
  uint32_t lists = 0;
  for (const uint8_t level : levels) {
    first.push_back(lists);
    lists += level;
  }
  return first;
}

/// Numbers at a multiple of 4 in a heap block of uint8_t, in which C++20 lets objects of these types exist.
std::span<const uint32_t> numbers(const std::vector<uint8_t>& bytes, uint64_t offset, uint64_t count) {
  return {reinterpret_cast<const uint32_t*>(bytes.data() + offset), static_cast<std::size_t>(count)};
}

}  // namespace

Expected<void> check_settings(const HnswSettings& settings) {
  if (settings.m < min_m || settings.m > max_m)
    return fail(ErrorCode::usage, "graph: expected m from " + std::to_string(min_m) + " to " + std::to_string(max_m) +
                                      ", found " + std::to_string(settings.m));
  if (settings.ef_construction == 0 || settings.ef_construction > max_ef_construction)
    return fail(ErrorCode::usage, "graph: expected efConstruction from 1 to " + std::to_string(max_ef_construction) +
                                      ", found " + std::to_string(settings.ef_construction));
  return {};
}

uint64_t graph_bytes(uint32_t rows, uint32_t elements, uint64_t upper_lists, uint32_t m) {
  return upper_offset(rows, elements, m) + upper_lists * (1 + m) * sizeof(uint32_t);
}

Expected<HnswGraph> HnswGraph::read(SharedBytes bytes, uint32_t rows, const GraphSubject& subject) {
  if (bytes->size() < sizeof(Header)) return corrupt("bytes of at least", sizeof(Header), bytes->size());
  Header header;
  std::memcpy(&header, bytes->data(), sizeof header);
  if (!std::ranges::equal(header.magic, magic)) return corrupt("found a file of another kind");
  if (header.version > graph_version)
    return fail(ErrorCode::version, "graph: version " + std::to_string(header.version) + " is newer than the " +
                                        std::to_string(graph_version) + " this Picfind reads; update Picfind");
  if (header.version == 0) return corrupt("version", graph_version, header.version);
  if (header.rows != rows || rows == 0) return corrupt("rows", rows, header.rows);
  if (header.elements == 0 || header.elements > rows) return corrupt("elements up to", rows, header.elements);
  if (header.subject != subject) return corrupt("found one over other segments; build it again");
  const HnswSettings settings{header.m, header.ef_construction};
  if (const Expected<void> checked = check_settings(settings); !checked) return corrupt(checked.error().message);
  const uint64_t size = graph_bytes(rows, header.elements, header.upper_lists, header.m);
  if (bytes->size() != size) return corrupt("bytes", size, bytes->size());

  HnswGraph graph;
  graph.settings_ = settings;
  graph.subject_ = header.subject;
  graph.entry_ = header.entry;
  graph.element_of_ = numbers(*bytes, sizeof(Header), rows);
  graph.levels_ = std::span(*bytes).subspan(levels_offset(rows), header.elements);
  graph.base_ = numbers(*bytes, base_offset(rows, header.elements), uint64_t{header.elements} * (1 + 2 * header.m));
  graph.upper_ =
      numbers(*bytes, upper_offset(rows, header.elements, header.m), uint64_t{header.upper_lists} * (1 + header.m));
  graph.bytes_ = std::move(bytes);
  const uint8_t highest = std::ranges::max(graph.levels_);
  if (highest > max_level) return corrupt("levels up to", max_level, highest);
  uint64_t lists = 0;
  for (const uint8_t level : graph.levels_)
    lists += level;
  if (lists != header.upper_lists) return corrupt("lists above the base", header.upper_lists, lists);
  if (header.entry >= header.elements || graph.levels_[header.entry] != highest)
    return corrupt("expected to begin on the highest level, found element " + std::to_string(header.entry));
  graph.first_upper_ = first_lists(graph.levels_);
  if (const Expected<void> checked = graph.check_elements(); !checked) return std::unexpected(checked.error());
  if (const Expected<void> checked = graph.check_links(); !checked) return std::unexpected(checked.error());
  return graph;
}

Expected<void> HnswGraph::check_elements() const {
  uint32_t next = 0;
  for (const uint32_t element : element_of_) {
    if (element > next) return corrupt("elements in the order of their rows up to", next, element);
    next += element == next ? 1 : 0;
  }
  if (next != elements()) return corrupt("elements with rows", elements(), next);
  return {};
}

Expected<void> HnswGraph::check_links() const {
  for (uint32_t element = 0; element < elements(); ++element) {
    for (uint32_t level = 0; level <= levels_[element]; ++level) {
      const std::span<const uint32_t> list = links(element, level);
      if (list.size() > (level == 0 ? 2 : 1) * settings_.m)
        return corrupt("links at most", (level == 0 ? 2 : 1) * settings_.m, list.size());
      for (const uint32_t link : list) {
        if (link >= elements()) return corrupt("links to elements below", elements(), link);
        if (levels_[link] < level || link == element)
          return corrupt("expected links on level " + std::to_string(level) + " to others there, found one from " +
                         std::to_string(element) + " to " + std::to_string(link));
      }
    }
  }
  return {};
}

HnswGraphWriter::HnswGraphWriter(const HnswSettings& settings, const GraphSubject& subject, uint32_t entry,
                                 std::span<const uint32_t> element_of, std::span<const uint8_t> levels)
    : settings_(settings), first_upper_(first_lists(levels)) {
  const auto rows = static_cast<uint32_t>(element_of.size());
  const auto elements = static_cast<uint32_t>(levels.size());
  const uint32_t lists = elements > 0 ? first_upper_.back() + levels.back() : 0;
  base_ = base_offset(rows, elements);
  upper_ = upper_offset(rows, elements, settings.m);
  bytes_.resize(graph_bytes(rows, elements, lists, settings.m));
  Header header{{}, graph_version, rows, elements, settings.m, settings.ef_construction, entry, lists, {}, subject, {}};
  std::ranges::copy(magic, header.magic.begin());
  std::memcpy(bytes_.data(), &header, sizeof header);
  std::memcpy(bytes_.data() + sizeof header, element_of.data(), element_of.size_bytes());
  std::ranges::copy(levels, bytes_.begin() + static_cast<std::ptrdiff_t>(levels_offset(rows)));
}

void HnswGraphWriter::set_links(uint32_t element, uint32_t level, std::span<const uint32_t> links) {
  const std::size_t list = level == 0
                               ? base_ + sizeof(uint32_t) * element * (1 + 2 * settings_.m)
                               : upper_ + sizeof(uint32_t) * (first_upper_[element] + level - 1) * (1 + settings_.m);
  const auto count = static_cast<uint32_t>(links.size());
  std::memcpy(bytes_.data() + list, &count, sizeof count);
  std::memcpy(bytes_.data() + list + sizeof count, links.data(), links.size_bytes());
}

}  // namespace picfind
