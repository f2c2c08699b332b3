#include "library/snapshot.h"

#include "vector/sign_code.h"

#include <algorithm>

namespace picfind {
namespace {

using Blocks = std::vector<RowBlock>;

RowBlock block_of(const Segment::Vectors& vectors, const LoadedSection::Chunk& chunk, uint32_t first_row) {
  const bool owned = !vectors.records.empty();
  return {nullptr, nullptr, chunk.ref.rows, first_row + (owned ? 0 : chunk.first_row),
          owned ? vectors.records.data() + chunk.first_row : nullptr};
}

/// The files of a kind's int8 rows.
Blocks blocks_of(const Segment::Vectors& vectors, uint32_t first_row) {
  Blocks blocks;
  for (const LoadedSection::Chunk& chunk : vectors.int8.chunks()) {
    blocks.push_back(block_of(vectors, chunk, first_row));
    blocks.back().values = chunk.view.part<int8_t>(0).data();
    blocks.back().scales = chunk.view.part<float>(1).data();
  }
  return blocks;
}

/// The same with their signs, or of the files of signs alone.
std::vector<SignBlock> sign_blocks_of(const Segment::Vectors& vectors, uint32_t first_row) {
  std::vector<SignBlock> blocks;
  for (const RowBlock& rows : blocks_of(vectors, first_row)) {
    const SignCodes& signs = vectors.derived[blocks.size()];
    blocks.push_back({rows, signs.codes(), signs.lengths.data()});
  }
  for (const LoadedSection::Chunk& chunk : vectors.sign.chunks())
    blocks.push_back(
        {block_of(vectors, chunk, first_row), chunk.view.part<uint8_t>(0).data(), chunk.view.part<float>(1).data()});
  return blocks;
}

/// The pictures' blocks without their first `rows` rows.
void drop_first(Blocks& blocks, uint32_t rows, std::size_t dim) {
  while (rows > 0 && !blocks.empty()) {
    RowBlock& first = blocks.front();
    const uint32_t dropped = std::min(rows, first.rows);
    rows -= dropped;
    if (dropped == first.rows) {
      blocks.erase(blocks.begin());
      continue;
    }
    first = {first.values + dropped * dim, first.scales + dropped, first.rows - dropped, first.first_record + dropped,
             nullptr};
  }
}

std::unique_ptr<const HnswIndex> index_graph(const std::vector<float>& mean, std::span<const SnapshotPart> parts,
                                             const LoadedGraph& graph) {
  const auto pictures = [](const SnapshotPart& part) {
    return blocks_of(*part.segment.segment->vectors(picture_kind), part.first_row);
  };
  std::map<std::string, uint32_t> covered;
  std::vector<HnswRow> rows;
  rows.reserve(graph.ref.rows);
  for (const std::string& name : graph.ref.segments) {
    const auto part = std::ranges::find(parts, name, [](const SnapshotPart& p) { return p.segment.name; });
    const std::size_t before = rows.size();
    for (const auto& [block, codes, lengths] :
         sign_blocks_of(*part->segment.segment->vectors(picture_kind), part->first_row))
      for (uint32_t row = 0; row < block.rows && rows.size() < graph.ref.rows; ++row)
        rows.push_back({block.values + row * mean.size(), block.scales[row], codes + row * sign_code_bytes(mean.size()),
                        lengths[row], block.record(row)});
    covered[name] = static_cast<uint32_t>(rows.size() - before);
  }
  Blocks uncovered;
  Blocks all;
  for (const SnapshotPart& part : parts) {
    Blocks blocks = pictures(part);
    std::ranges::copy(blocks, std::back_inserter(all));
    if (const auto found = covered.find(part.segment.name); found != covered.end())
      drop_first(blocks, found->second, mean.size());
    std::ranges::copy(blocks, std::back_inserter(uncovered));
  }
  return std::make_unique<const HnswIndex>(mean, graph.graph, std::move(rows), std::move(uncovered), std::move(all));
}

}  // namespace

std::shared_ptr<const Snapshot> make_snapshot(uint32_t rows, const std::vector<float>& mean,
                                              std::span<const SnapshotPart> parts, const LoadedGraph* graph,
                                              bool by_signs) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->searchable = RowBitmap(rows);
  std::map<std::string, Blocks> blocks;
  blocks[picture_kind];
  std::map<std::string, std::vector<SignBlock>> sign_blocks;
  std::map<std::string, bool> has_int8;
  for (const auto& [covered, deleted, first_row] : parts) {
    snapshot->segments.push_back(covered.segment);
    for (uint32_t row = 0; row < deleted->rows(); ++row)
      if (!deleted->test(row)) snapshot->searchable.set(first_row + row);
    for (const auto& [kind, vectors] : covered.segment->kinds()) {
      std::ranges::copy(blocks_of(vectors, first_row), std::back_inserter(blocks[kind]));
      if (by_signs) std::ranges::copy(sign_blocks_of(vectors, first_row), std::back_inserter(sign_blocks[kind]));
      has_int8.try_emplace(kind, true).first->second &= vectors.has_int8();
    }
  }
  for (auto& [kind, list] : blocks)
    snapshot->kinds.emplace(kind, Snapshot::Kind{{mean, list}, {mean, list, Metric::l1}, nullptr, nullptr, true});
  for (auto& [kind, list] : sign_blocks)
    snapshot->kinds.at(kind).signs = std::make_unique<const SignIndex>(mean, std::move(list));
  for (const auto& [kind, all] : has_int8)
    snapshot->kinds.at(kind).has_int8 = all;
  if (graph != nullptr) snapshot->kinds.at(picture_kind).graph = index_graph(mean, parts, *graph);
  return snapshot;
}

}  // namespace picfind
