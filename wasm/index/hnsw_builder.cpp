#include "index/hnsw_builder.h"

#include "index/hnsw_search.h"
#include "vector/kernels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <hnswlib/hnswlib.h>
#include <new>

// hnswlib's distances are doubles here, so that they can carry more than a float: see distance(). What is specialised
// is declared before anything uses it.
using Hnswlib = hnswlib::HierarchicalNSW<double>;
using NearestQueue = std::priority_queue<std::pair<double, hnswlib::tableint>,
                                         std::vector<std::pair<double, hnswlib::tableint>>, Hnswlib::CompareByFirst>;

namespace hnswlib {

/// Levels are given to addPoint(), which takes a drawn one where it is given 0; and draws differ between C++ libraries.
template <> int Hnswlib::getRandomLevel(double) { return 0; }

/// Its file depends on the machine and would link iostream into the module; HnswBuilder::save() writes ours.
template <> void Hnswlib::saveIndex(const std::string&) {}

/// Where most of the time goes: ours scores all links of an element at once.
template <> NearestQueue Hnswlib::searchBaseLayer(tableint entry, const void* row, int level);

}  // namespace hnswlib

namespace picfind {
namespace {

/// The elements so far, and room for the search for the neighbours of one.
struct ElementTable {
  ElementTable(std::size_t most, std::size_t width)
      : query(width), seen(most), slots(std::bit_ceil(std::max<std::size_t>(2 * most, 2)), none) {
    rows.reserve(most);
    norms.reserve(most);
  }

  /// The element equal to `row`, else a new one.
  uint32_t element_of(const GraphRow& row) {
    std::size_t slot = hash(row) & (slots.size() - 1);
    for (; slots[slot] != none; slot = (slot + 1) & (slots.size() - 1))
      if (equal(rows[slots[slot]], row)) return slots[slot];
    slots[slot] = static_cast<uint32_t>(rows.size());
    rows.push_back(row);
    norms.push_back((row.scale * row.scale) *
                    static_cast<float>(kernels::dot_int8_rows(row.values, row.values, dim())));
    return slots[slot];
  }

  std::size_t dim() const { return query.size(); }
  /// ‖a − b‖²; dot: of their int8 values. Of equal rows exactly 0.
  float squared_distance(uint32_t a, uint32_t b, int32_t dot) const {
    const float product = (rows[a].scale * rows[b].scale) * static_cast<float>(dot);
    return std::max((norms[a] + norms[b]) - 2 * product, 0.0F);
  }

  /// One row of each element.
  std::vector<GraphRow> rows;
  /// ‖x‖² of each.
  std::vector<float> norms;
  /// int16[dim]: the row whose neighbours are sought.
  std::vector<int16_t> query;
  SeenElements seen;
  std::vector<const int8_t*> values;
  std::vector<int32_t> dots;

private:
  static constexpr uint32_t none = UINT32_MAX;

  bool equal(const GraphRow& a, const GraphRow& b) const {
    return a.scale == b.scale && std::memcmp(a.values, b.values, dim()) == 0;
  }
  /// FNV-1a over words.
  std::size_t hash(const GraphRow& row) const {
    uint64_t hash = 0xcbf29ce484222325ULL ^ std::bit_cast<uint32_t>(row.scale);
    std::size_t i = 0;
    for (uint64_t word = 0; i + sizeof word <= dim(); i += sizeof word) {
      std::memcpy(&word, row.values + i, sizeof word);
      hash = (hash ^ word) * 0x100000001b3ULL;
      hash ^= hash >> 32U;
    }
    for (; i < dim(); ++i)
      hash = (hash ^ static_cast<uint8_t>(row.values[i])) * 0x100000001b3ULL;
    return static_cast<std::size_t>(hash ^ (hash >> 29U));
  }

  /// Elements by the hash of their rows, with open addressing.
  std::vector<uint32_t> slots;
};

uint32_t element_at(const void* data) {
  uint32_t element = 0;
  std::memcpy(&element, data, sizeof element);
  return element;
}

/// A distance as a float in the upper bits of a double, and a number of the pair in the lower, which are zero in a
/// float. So no two rows are equally far from a third, and heaps, which order what is equal differently in every C++
/// library, have nothing left to decide.
double with_pair(float squared_distance, uint32_t a, uint32_t b) {
  return std::bit_cast<double>(std::bit_cast<uint64_t>(static_cast<double>(squared_distance)) | (a ^ b));
}

double distance(const void* a, const void* b, const void* param) {
  const ElementTable& table = *static_cast<const ElementTable*>(param);
  const uint32_t i = element_at(a);
  const uint32_t j = element_at(b);
  const int32_t dot = kernels::dot_int8_rows(table.rows[i].values, table.rows[j].values, table.dim());
  return with_pair(table.squared_distance(i, j, dot), i, j);
}

class ElementSpace final : public hnswlib::SpaceInterface<double> {
public:
  explicit ElementSpace(ElementTable* table) : table_(table) {}
  std::size_t get_data_size() override { return sizeof(uint32_t); }
  hnswlib::DISTFUNC<double> get_dist_func() override { return distance; }
  void* get_dist_func_param() override { return table_; }

private:
  ElementTable* table_;
};

/// Of an element by its number: P(level ≥ n) = m⁻ⁿ, as ⌊−ln(uniform) / ln(m)⌋ has it, without a logarithm that would
/// differ in the last bit from machine to machine. The random bits are splitmix64's.
uint8_t level_of(uint32_t element, uint32_t m) {
  uint64_t z = (element + uint64_t{1}) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
  z ^= z >> 31U;
  constexpr uint8_t highest = 16;
  uint8_t level = 0;
  for (uint64_t bound = UINT64_MAX / m; z < bound && level < highest; bound /= m)
    ++level;
  return level;
}

std::unexpected<Error> out_of_memory() {
  return fail(ErrorCode::too_large, "graph: not enough memory to build it; search goes on without one");
}

}  // namespace
}  // namespace picfind

template <> NearestQueue Hnswlib::searchBaseLayer(hnswlib::tableint entry, const void* row, int level) {
  using namespace picfind;
  ElementTable& table = *static_cast<ElementTable*>(dist_func_param_);
  const uint32_t own = element_at(row);
  std::copy_n(table.rows[own].values, table.dim(), table.query.begin());
  const auto score = [&](std::span<const uint32_t> elements, std::span<float> scores) {
    const std::size_t count = elements.size();
    table.values.resize(count);
    table.dots.resize(count);
    for (std::size_t i = 0; i < count; ++i)
      table.values[i] = table.rows[elements[i]].values;
    kernels::dot_int8_at(table.query, table.values, table.dots);
    for (std::size_t i = 0; i < count; ++i)
      scores[i] = -table.squared_distance(own, elements[i], table.dots[i]);
  };
  const auto links = [&](uint32_t element) {
    hnswlib::linklistsizeint* list = get_linklist_at_level(element, level);
    return std::span<const uint32_t>(list + 1, getListCount(list));
  };
  Candidate first{0, entry};
  score(std::span<const uint32_t>(&entry, 1), std::span(&first.score, 1));
  table.seen.clear();
  table.seen.add(entry);
  Frontier frontier(ef_construction_);
  frontier.insert(first, true);
  search_level(frontier, table.seen, maxM0_ + 1, links, score, [](uint32_t) { return true; });

  std::vector<std::pair<double, hnswlib::tableint>> nearest;
  for (const Candidate& candidate : frontier.take())
    nearest.emplace_back(with_pair(-candidate.score, own, candidate.element), candidate.element);
  std::ranges::reverse(nearest);  // farthest first: a heap as it stands
  return NearestQueue(CompareByFirst(), std::move(nearest));
}

namespace picfind {

/// hnswlib's constructors other than the empty one report to std::cerr; so its public members are set here.
class HnswBuilder::Graph final : public Hnswlib {
public:
  Graph(std::vector<GraphRow> rows, std::size_t dim, const HnswSettings& settings)
      : Hnswlib(nullptr), rows_(std::move(rows)), table_(rows_.size(), dim), space_(&table_), settings_(settings) {
    max_elements_ = rows_.size();
    element_of_.reserve(rows_.size());
    M_ = settings.m;
    maxM_ = M_;
    maxM0_ = 2 * M_;
    ef_construction_ = std::max<std::size_t>(settings.ef_construction, M_);
    data_size_ = space_.get_data_size();
    fstdistfunc_ = space_.get_dist_func();
    dist_func_param_ = space_.get_dist_func_param();
    size_links_level0_ = (maxM0_ + 1) * sizeof(hnswlib::tableint);
    size_links_per_element_ = (maxM_ + 1) * sizeof(hnswlib::tableint);
    offsetData_ = size_links_level0_;
    label_offset_ = offsetData_ + data_size_;
    size_data_per_element_ = label_offset_ + sizeof(hnswlib::labeltype);
    enterpoint_node_ = static_cast<hnswlib::tableint>(-1);
    maxlevel_ = -1;
  }

  bool allocate() {
    data_level0_memory_ = static_cast<char*>(std::malloc(max_elements_ * size_data_per_element_));
    linkLists_ = static_cast<char**>(std::malloc(max_elements_ * sizeof(char*)));
    if (data_level0_memory_ == nullptr || linkLists_ == nullptr) return false;
    element_levels_.resize(max_elements_);
    std::vector<std::mutex>(max_elements_).swap(link_list_locks_);
    visited_list_pool_ = std::make_unique<hnswlib::VisitedListPool>(1, static_cast<int>(max_elements_));
    return true;
  }

  Expected<void> restore(const HnswGraph& graph) {
    for (uint32_t row = 0; row < graph.rows(); ++row) {
      element_of_.push_back(table_.element_of(rows_[row]));
      if (element_of_.back() != graph.element_of(row))
        return fail(ErrorCode::usage, "graph: expected one over the same rows to go on from");
    }
    for (uint32_t element = 0; element < graph.elements(); ++element) {
      const auto level = graph.level(element);
      std::memset(get_linklist0(element), 0, size_data_per_element_);
      setExternalLabel(element, element);
      std::memcpy(getDataByInternalId(element), &element, sizeof element);
      if (level > 0) {
        linkLists_[element] = static_cast<char*>(std::calloc(level, size_links_per_element_));
        if (linkLists_[element] == nullptr) return out_of_memory();
      }
      element_levels_[element] = level;
      ++cur_element_count;
      for (uint32_t at = 0; at <= level; ++at) {
        const std::span<const uint32_t> links = graph.links(element, at);
        hnswlib::linklistsizeint* list = get_linklist_at_level(element, static_cast<int>(at));
        setListCount(list, static_cast<uint16_t>(links.size()));
        std::ranges::copy(links, list + 1);
      }
    }
    removed_ = graph.removed();
    enterpoint_node_ = graph.entry();
    maxlevel_ = graph.level(graph.entry());
    return {};
  }

  uint32_t rows() const { return static_cast<uint32_t>(max_elements_); }
  uint32_t added() const { return static_cast<uint32_t>(element_of_.size()); }

  void add_next() {
    const uint32_t element = table_.element_of(rows_[added()]);
    if (element == elements()) {
      addPoint(&element, element, level_of(element, settings_.m));
      label_lookup_.clear();  // elements are added once and never looked up
    }
    element_of_.push_back(element);
  }

  std::vector<uint8_t> save(const GraphSubject& subject) const {
    std::vector<uint8_t> levels;
    levels.reserve(elements());
    for (uint32_t element = 0; element < elements(); ++element)
      levels.push_back(static_cast<uint8_t>(element_levels_[element]));
    std::size_t links = 0;
    each_list([&](std::span<const uint32_t> list) { links += list.size(); });
    HnswGraphWriter writer({settings_, subject, enterpoint_node_, removed_}, element_of_, levels,
                           static_cast<uint32_t>(links));
    each_list([&](std::span<const uint32_t> list) { writer.add(list); });
    return writer.take();
  }

private:
  /// Calls visit(links) for the lists in the order of a graph's file.
  template <class Visit> void each_list(Visit visit) const {
    const auto links = [&](uint32_t element, int level) {
      hnswlib::linklistsizeint* list = get_linklist_at_level(element, level);
      visit(std::span<const uint32_t>(list + 1, getListCount(list)));
    };
    for (uint32_t element = 0; element < elements(); ++element)
      links(element, 0);
    for (uint32_t element = 0; element < elements(); ++element)
      for (int level = 1; level <= element_levels_[element]; ++level)
        links(element, level);
  }

  /// hnswlib's count: those whose links are made.
  uint32_t elements() const { return static_cast<uint32_t>(cur_element_count.load()); }

  std::vector<GraphRow> rows_;
  /// Of each row that was added.
  std::vector<uint32_t> element_of_;
  ElementTable table_;
  ElementSpace space_;
  HnswSettings settings_;
  uint32_t removed_ = 0;
};

HnswBuilder::HnswBuilder(std::unique_ptr<Graph> graph) : graph_(std::move(graph)) {}
HnswBuilder::HnswBuilder(HnswBuilder&&) noexcept = default;
HnswBuilder& HnswBuilder::operator=(HnswBuilder&&) noexcept = default;
HnswBuilder::~HnswBuilder() = default;

Expected<HnswBuilder> HnswBuilder::create(std::vector<GraphRow> rows, std::size_t dim, const HnswSettings& settings,
                                          const HnswGraph* start) {
  if (const Expected<void> checked = check_settings(settings); !checked) return std::unexpected(checked.error());
  if (rows.empty()) return fail(ErrorCode::usage, "graph: expected rows, found none");
  if (start != nullptr && (start->rows() > rows.size() || start->settings() != settings))
    return fail(ErrorCode::usage, "graph: expected one with the same settings over the first rows to go on from");
  auto graph = std::make_unique<Graph>(std::move(rows), dim, settings);
  if (!graph->allocate()) return out_of_memory();
  if (start != nullptr)
    if (const Expected<void> restored = graph->restore(*start); !restored) return std::unexpected(restored.error());
  return HnswBuilder(std::move(graph));
}

uint32_t HnswBuilder::rows() const { return graph_->rows(); }
uint32_t HnswBuilder::added() const { return graph_->added(); }

Expected<void> HnswBuilder::add(uint32_t count) {
  // Natively hnswlib's only error left, no memory for a list, ends here; in WebAssembly, built without exceptions, it
  // traps like every other allocation.
  try {
    for (uint32_t i = 0; i < count && added() < rows(); ++i)
      graph_->add_next();
  } catch (const std::exception&) {
    return out_of_memory();
  }
  return {};
}

std::vector<uint8_t> HnswBuilder::save(const GraphSubject& subject) const { return graph_->save(subject); }

}  // namespace picfind
