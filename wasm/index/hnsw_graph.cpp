#include "index/hnsw_graph.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>
#include <string_view>

namespace picfind {
namespace {

constexpr std::string_view magic("pf.graph", 8);
constexpr uint32_t graph_version = 2;
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
  /// 0 in version 1.
  uint32_t links;
  uint32_t removed;
  std::array<uint8_t, 20> zeros;
  GraphSubject subject;
  std::array<uint8_t, 32> more_zeros;
};
static_assert(sizeof(Header) == 128);

uint64_t aligned(uint64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

uint64_t levels_offset(uint32_t rows) { return sizeof(Header) + aligned(uint64_t{rows} * sizeof(uint32_t)); }

uint64_t starts_offset(uint32_t rows, uint32_t elements) { return levels_offset(rows) + aligned(elements); }

uint64_t lists_of(const Header& header) { return uint64_t{header.elements} + header.upper_lists; }

uint64_t links_offset(const Header& header) {
  return starts_offset(header.rows, header.elements) + aligned((lists_of(header) + 1) * sizeof(uint32_t));
}

uint64_t graph_bytes(const Header& header) { return links_offset(header) + uint64_t{header.links} * sizeof(uint32_t); }

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

/// A list of fixed width: count, elements, zeros.
struct FixedLists {
  std::span<const uint32_t> numbers;
  std::size_t width;

  std::span<const uint32_t> at(std::size_t list) const { return numbers.subspan(list * width + 1, count(list)); }
  uint32_t count(std::size_t list) const { return numbers[list * width]; }
  std::size_t lists() const { return numbers.size() / width; }
};

/// A file of version 1, whose header and levels have been checked, in the form of version 2. Errors: corrupt.
Expected<std::vector<uint8_t>> packed(const std::vector<uint8_t>& bytes, const Header& header) {
  const uint64_t base_at = starts_offset(header.rows, header.elements);
  const std::size_t base_width = 1 + 2 * std::size_t{header.m};
  const uint64_t upper_at = base_at + aligned(uint64_t{header.elements} * base_width * sizeof(uint32_t));
  const std::size_t upper_width = 1 + std::size_t{header.m};
  const uint64_t size = upper_at + uint64_t{header.upper_lists} * upper_width * sizeof(uint32_t);
  if (bytes.size() != size) return corrupt("bytes", size, bytes.size());
  const std::array all{FixedLists{numbers(bytes, base_at, uint64_t{header.elements} * base_width), base_width},
                       FixedLists{numbers(bytes, upper_at, uint64_t{header.upper_lists} * upper_width), upper_width}};
  uint32_t links = 0;
  for (const FixedLists& lists : all)
    for (std::size_t list = 0; list < lists.lists(); ++list) {
      if (lists.count(list) >= lists.width) return corrupt("links at most", lists.width - 1, lists.count(list));
      links += lists.count(list);
    }
  HnswGraphWriter writer({{header.m, header.ef_construction}, header.subject, header.entry},
                         numbers(bytes, sizeof(Header), header.rows),
                         std::span(bytes).subspan(levels_offset(header.rows), header.elements), links);
  for (const FixedLists& lists : all)
    for (std::size_t list = 0; list < lists.lists(); ++list)
      writer.add(lists.at(list));
  return writer.take();
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
  const uint64_t levels_end = levels_offset(rows) + header.elements;
  if (bytes->size() < levels_end) return corrupt("bytes of at least", levels_end, bytes->size());
  const std::span levels = std::span(*bytes).subspan(levels_offset(rows), header.elements);
  const uint8_t highest = std::ranges::max(levels);
  if (highest > max_level) return corrupt("levels up to", max_level, highest);
  uint64_t lists = 0;
  for (const uint8_t level : levels)
    lists += level;
  if (lists != header.upper_lists) return corrupt("lists above the base", header.upper_lists, lists);
  if (header.entry >= header.elements || levels[header.entry] != highest)
    return corrupt("expected to begin on the highest level, found element " + std::to_string(header.entry));
  if (header.version == 1) {
    Expected<std::vector<uint8_t>> newer = packed(*bytes, header);
    if (!newer) return std::unexpected(newer.error());
    bytes = std::make_shared<const std::vector<uint8_t>>(std::move(*newer));
    std::memcpy(&header, bytes->data(), sizeof header);
  }
  const uint64_t size = graph_bytes(header);
  if (bytes->size() != size) return corrupt("bytes", size, bytes->size());

  HnswGraph graph;
  graph.head_ = {settings, header.subject, header.entry, header.removed};
  graph.element_of_ = numbers(*bytes, sizeof(Header), rows);
  graph.levels_ = std::span(*bytes).subspan(levels_offset(rows), header.elements);
  graph.starts_ = numbers(*bytes, starts_offset(rows, header.elements), lists_of(header) + 1);
  graph.links_ = numbers(*bytes, links_offset(header), header.links);
  graph.bytes_ = std::move(bytes);
  graph.first_upper_ = first_lists(graph.levels_);
  if (const Expected<void> checked = graph.check_elements(); !checked) return std::unexpected(checked.error());
  if (const Expected<void> checked = graph.check_starts(); !checked) return std::unexpected(checked.error());
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

Expected<void> HnswGraph::check_starts() const {
  if (starts_.front() != 0 || starts_.back() != links_.size() || !std::ranges::is_sorted(starts_))
    return corrupt("expected lists one after the other over all " + std::to_string(links_.size()) +
                   " links, found others");
  return {};
}

Expected<void> HnswGraph::check_links() const {
  for (uint32_t element = 0; element < elements(); ++element) {
    for (uint32_t level = 0; level <= levels_[element]; ++level) {
      const std::span<const uint32_t> list = links(element, level);
      if (list.size() > (level == 0 ? 2 : 1) * settings().m)
        return corrupt("links at most", (level == 0 ? 2 : 1) * settings().m, list.size());
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

HnswGraphWriter::HnswGraphWriter(const HnswGraphHead& head, std::span<const uint32_t> element_of,
                                 std::span<const uint8_t> levels, uint32_t links) {
  const auto rows = static_cast<uint32_t>(element_of.size());
  const auto elements = static_cast<uint32_t>(levels.size());
  const auto upper_lists = std::accumulate(levels.begin(), levels.end(), uint32_t{0});
  Header header{{},
                graph_version,
                rows,
                elements,
                head.settings.m,
                head.settings.ef_construction,
                head.entry,
                upper_lists,
                links,
                head.removed,
                {},
                head.subject,
                {}};
  std::ranges::copy(magic, header.magic.begin());
  bytes_.resize(graph_bytes(header));
  next_start_ = starts_offset(rows, elements);
  next_links_ = links_offset(header);
  std::memcpy(bytes_.data(), &header, sizeof header);
  std::memcpy(bytes_.data() + sizeof header, element_of.data(), element_of.size_bytes());
  std::ranges::copy(levels, bytes_.begin() + static_cast<std::ptrdiff_t>(levels_offset(rows)));
}

void HnswGraphWriter::add(std::span<const uint32_t> links) {
  if (!links.empty()) std::memcpy(bytes_.data() + next_links_, links.data(), links.size_bytes());
  next_links_ += links.size_bytes();
  written_ += static_cast<uint32_t>(links.size());
  next_start_ += sizeof written_;
  std::memcpy(bytes_.data() + next_start_, &written_, sizeof written_);
}

}  // namespace picfind
