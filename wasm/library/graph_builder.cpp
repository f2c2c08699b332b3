#include "library/graph_builder.h"

namespace picfind {

Expected<GraphBuilder> GraphBuilder::create(std::vector<CoveredSegment> segments, uint32_t dim,
                                            const HnswSettings& settings, const HnswGraph* start) {
  Expected<HnswBuilder> builder = HnswBuilder::create(graph_rows(segments), dim, settings, start);
  if (!builder) return std::unexpected(builder.error());
  return GraphBuilder(std::move(segments), std::move(*builder));
}

Expected<void> GraphBuilder::save() {
  if (added() == 0) return fail(ErrorCode::usage, "graph: expected rows, found none; step first");
  if (built_.ref.rows == added()) return {};
  GraphRef ref;
  ref.rows = added();
  uint32_t reached = 0;
  for (std::size_t i = 0; reached < added(); ++i) {
    ref.segments.push_back(segments_[i].name);
    reached += segments_[i].segment->rows();
  }
  auto bytes = std::make_shared<const Bytes>(builder_.save(graph_subject(segments_, added())));
  ref.bytes = bytes->size();
  built_ = {std::move(ref), std::move(bytes)};
  return {};
}

Expected<BuiltGraph> GraphBuilder::finish() {
  if (const Expected<void> saved = save(); !saved) return std::unexpected(saved.error());
  if (built_.ref.files.empty())
    for (const ByteView piece : graph_pieces(*built_.bytes))
      built_.ref.files.push_back(sha256_hex(piece));
  return built_;
}

Expected<LoadedGraph> GraphBuilder::load() {
  if (const Expected<void> saved = save(); !saved) return std::unexpected(saved.error());
  Expected<HnswGraph> graph = HnswGraph::read(built_.bytes, added(), graph_subject(segments_, added()));
  if (!graph) return std::unexpected(graph.error());
  return LoadedGraph{built_.ref, std::make_shared<const HnswGraph>(std::move(*graph))};
}

}  // namespace picfind
