#include "index/hnsw_removal.h"
#include "library/graph_plan.h"
#include "library/library.h"

#include <algorithm>

// The graph of a library: loaded, built, kept.
namespace picfind {

const Library::Entry* Library::find_entry(const std::string& name) const {
  const auto found = std::ranges::find(entries_, name, [](const Entry& entry) { return entry.ref.file; });
  return found != entries_.end() ? &*found : nullptr;
}

std::optional<std::vector<CoveredSegment>> Library::covered_by(const GraphRef& ref) const {
  std::vector<CoveredSegment> segments;
  for (const std::string& name : ref.segments) {
    const Entry* entry = find_entry(name);
    if (entry == nullptr || entry->segment == nullptr || !entry->segment->complete()) return std::nullopt;
    segments.push_back({name, entry->segment});
  }
  return segments;
}

void Library::keep_graph() {
  graph_file_.reset();
  graph_given_up_ = false;
  // Its scores are of int8 rows.
  if (resident_ == Resident::sign) return drop_graph();
  const std::optional<GraphRef>& published = manifest_->graph;
  const auto covered = [&](const GraphRef& ref) {
    return std::ranges::all_of(ref.segments, [&](const std::string& name) { return find_entry(name) != nullptr; });
  };
  if (graph_ && published && published->files == graph_->ref.files && *published != graph_->ref) {
    graph_->ref = *published;
    graph_checked_ = false;
  }
  if (graph_ && !covered(graph_->ref)) drop_graph();
  const auto is_better = [&](const GraphRef& ref) {
    return ref.files != graph_->ref.files && (is_graph_worn() || ref.rows > graph_->ref.rows);
  };
  if (published && (!graph_ || is_better(*published))) graph_file_.emplace(*published);
}

void Library::drop_graph() {
  graph_.reset();
  graph_checked_ = false;
}

void Library::check_graph() {
  if (!graph_ || graph_checked_) return;
  const std::optional<std::vector<CoveredSegment>> segments = covered_by(graph_->ref);
  if (!segments) return;
  graph_checked_ = graph_subject(*segments, graph_->ref.rows) == graph_->graph->subject();
  if (!graph_checked_) drop_graph();
}

Expected<void> Library::take_graph() {
  const std::optional<std::vector<CoveredSegment>> segments = covered_by(graph_file_->ref());
  const GraphRef ref = graph_file_->ref();
  Expected<HnswGraph> graph = HnswGraph::read(graph_file_->take(), ref.rows, graph_subject(*segments, ref.rows));
  if (!graph) return std::unexpected(graph.error());
  graph_file_.reset();
  use_graph({ref, std::make_shared<const HnswGraph>(std::move(*graph))});
  return {};
}

std::vector<CoveredSegment> Library::graph_coverage(const LoadedGraph* start) const {
  std::vector<GraphCandidate> candidates;
  candidates.reserve(entries_.size());
  std::vector<CoveredSegment> segments;
  if (start != nullptr) segments = *covered_by(start->ref);
  for (const Entry& entry : entries_)
    candidates.push_back({entry.ref.rows, entry.ready(),
                          std::ranges::find(segments, entry.ref.file, &CoveredSegment::name) != segments.end()});
  for (const std::size_t i : plan_graph(candidates))
    segments.push_back({entries_[i].ref.file, entries_[i].segment});
  return segments;
}

bool Library::wants_graph() const {
  if (count_ < fewest_rows_for_graph || resident_ == Resident::sign) return false;
  if (is_graph_worn()) return true;
  uint64_t rows = 0;
  for (const CoveredSegment& covered : graph_coverage(graph_checked_ ? &*graph_ : nullptr))
    rows += covered.segment->rows();
  return (rows - graph_rows()) * 10 > count_;
}

Expected<GraphBuilder> Library::start_graph(const HnswSettings& settings) const {
  if (!manifest_) return fail(ErrorCode::usage, "library: expected a manifest first; call set_manifest");
  if (resident_ == Resident::sign)
    return fail(ErrorCode::usage, "graph: the memory budget leaves no room for the int8 rows it is over; raise it");
  const bool goes_on = graph_checked_ && graph_->graph->settings() == settings && !is_graph_worn();
  const LoadedGraph* start = goes_on ? &*graph_ : nullptr;
  return GraphBuilder::create(graph_coverage(start), manifest_->dim, settings,
                              start != nullptr ? start->graph.get() : nullptr);
}

void Library::use_graph(LoadedGraph graph) {
  graph_ = std::move(graph);
  graph_checked_ = true;
  snapshot_.reset();
}

bool Library::is_stale(const GraphBuilder& builder) const {
  return resident_ == Resident::sign || !std::ranges::all_of(builder.segments(), [&](const CoveredSegment& covered) {
           return find_entry(covered.name) != nullptr;
         });
}

Expected<void> Library::use_graph(GraphBuilder& builder) {
  if (is_stale(builder)) return fail(ErrorCode::usage, "graph: its segments have gone; build it again");
  Expected<LoadedGraph> loaded = builder.load();
  if (!loaded) return std::unexpected(loaded.error());
  use_graph(std::move(*loaded));
  graph_file_.reset();
  return {};
}

bool Library::is_graph_worn() const {
  return graph_checked_ && uint64_t{graph_->graph->removed()} * 10 > graph_->graph->elements();
}

std::vector<bool> Library::gone_from_graph(const ManifestChange& change, const std::vector<SegmentRef>& next) const {
  std::vector<bool> gone;
  const std::optional<std::vector<CoveredSegment>> segments = covered_by(*manifest_->graph);
  if (!segments) return gone;
  for (const auto& [name, segment] : *segments) {
    const Entry& entry = *find_entry(name);
    const bool stays = std::ranges::find(next, name, &SegmentRef::file) != next.end();
    const bool is_merged = std::ranges::find(change.remove, name) != change.remove.end();
    const std::vector<uint32_t>& records = segment->vectors(picture_kind)->records;
    const uint32_t rows = segment->descriptor().kinds.at(picture_kind).rows;
    for (uint32_t row = 0; row < rows && gone.size() < manifest_->graph->rows; ++row)
      gone.push_back(!stays && (!is_merged || entry.is_deleted(records.empty() ? row : records[row])));
  }
  return gone;
}

std::optional<GraphRef> Library::carried_graph(const ManifestChange& change, const std::vector<SegmentRef>& next,
                                               std::vector<File>& files) const {
  if (!manifest_->graph || graph_given_up_) return std::nullopt;
  GraphRef ref = *manifest_->graph;
  // A segment merged from others has their live rows in their order. Where those are neighbours in the graph, and the
  // graph ends with them or they with it, it is over the new one as it was over them.
  uint64_t merged_rows = 0;
  bool whole = true;
  for (const std::string& name : change.remove) {
    const Entry* entry = find_entry(name);
    whole = whole && entry != nullptr && entry->ref.live == entry->ref.rows;
    merged_rows += entry != nullptr ? entry->ref.live : 0;
  }
  if (change.add.size() == 1 && !change.remove.empty() && next.back().rows == merged_rows &&
      next.back().file == change.add.front()) {
    const auto first = std::ranges::find(ref.segments, change.remove.front());
    const auto [in_graph, in_merge] =
        std::mismatch(first, ref.segments.end(), change.remove.begin(), change.remove.end());
    if (first != ref.segments.end() && (in_merge == change.remove.end() || in_graph == ref.segments.end())) {
      *first = change.add.front();
      ref.segments.erase(std::next(first), in_graph);
    }
  }
  const auto is_there = [&](const std::string& name) {
    return std::ranges::find(next, name, &SegmentRef::file) != next.end();
  };
  // Segments that are neither there any more nor merged had no row left.
  const auto emptied = std::erase_if(ref.segments, [&](const std::string& name) {
    return !is_there(name) && std::ranges::find(change.remove, name) == change.remove.end();
  });
  if (!std::ranges::all_of(ref.segments, is_there)) return std::nullopt;
  if ((!whole || emptied > 0) && ref != *manifest_->graph && !leave_out(gone_from_graph(change, next), ref, files))
    return std::nullopt;
  return is_sound(ref, next) ? std::optional(std::move(ref)) : std::nullopt;
}

bool Library::leave_out(const std::vector<bool>& gone, GraphRef& ref, std::vector<File>& files) const {
  const auto left = static_cast<uint32_t>(std::ranges::count(gone, false));
  if (left == ref.rows) return true;
  // Only a graph in memory can be written anew, and one of few of its rows would be of little use.
  const std::optional<std::vector<CoveredSegment>> segments = covered_by(*manifest_->graph);
  if (!segments || !graph_checked_ || graph_->ref.files != ref.files || left < ref.rows / 2) return false;
  const Bytes bytes = without_rows(*graph_->graph, picfind::graph_rows(*segments), manifest_->dim, gone,
                                   graph_subject(*segments, gone));
  ref.rows = left;
  ref.bytes = bytes.size();
  ref.files.clear();
  for (const ByteView piece : graph_pieces(bytes)) {
    files.push_back(make_file(Bytes(piece.begin(), piece.end())));
    ref.files.push_back(files.back().name);
  }
  return true;
}

}  // namespace picfind
