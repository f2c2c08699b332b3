#include "library/graph_file.h"

#include <algorithm>

namespace picfind {
namespace {

/// Calls visit(values, scales, rows) for every file of rows.
template <class Visit> void each_block(std::span<const CoveredSegment> segments, Visit visit) {
  for (const CoveredSegment& covered : segments)
    for (const LoadedSection::Chunk& chunk : covered.segment->vectors(picture_kind)->int8.chunks())
      visit(chunk.view.part<int8_t>(0), chunk.view.part<float>(1));
}

}  // namespace

std::vector<GraphRow> graph_rows(std::span<const CoveredSegment> segments) {
  std::vector<GraphRow> rows;
  each_block(segments, [&](std::span<const int8_t> values, std::span<const float> scales) {
    const std::size_t dim = values.size() / scales.size();
    for (std::size_t row = 0; row < scales.size(); ++row)
      rows.push_back({values.data() + row * dim, scales[row]});
  });
  return rows;
}

GraphSubject graph_subject(std::span<const CoveredSegment> segments, uint32_t rows) {
  Sha256 hash;
  std::size_t left = rows;
  each_block(segments, [&](std::span<const int8_t>, std::span<const float> scales) {
    const std::size_t count = std::min(left, scales.size());
    hash.update(as_bytes(scales.first(count)));
    left -= count;
  });
  return hash.digest();
}

GraphSubject graph_subject(std::span<const CoveredSegment> segments, const std::vector<bool>& gone) {
  std::vector<float> kept;
  std::size_t row = 0;
  each_block(segments, [&](std::span<const int8_t>, std::span<const float> scales) {
    for (std::size_t i = 0; i < scales.size() && row < gone.size(); ++i, ++row)
      if (!gone[row]) kept.push_back(scales[i]);
  });
  Sha256 hash;
  hash.update(as_bytes(std::span<const float>(kept)));
  return hash.digest();
}

std::vector<ByteView> graph_pieces(ByteView bytes) {
  std::vector<ByteView> pieces;
  for (std::size_t at = 0; at < bytes.size(); at += max_file_bytes)
    pieces.push_back(bytes.subspan(at, std::min<std::size_t>(max_file_bytes, bytes.size() - at)));
  return pieces;
}

std::vector<std::string> GraphFile::missing() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < arrived_.size(); ++i)
    if (!arrived_[i]) names.push_back(ref_.files[i]);
  return names;
}

Expected<void> GraphFile::offer(const std::string& name, ByteView bytes) {
  for (std::size_t i = 0; i < ref_.files.size(); ++i) {
    if (ref_.files[i] != name) continue;
    const std::size_t offset = i * max_file_bytes;
    const auto size = std::min<uint64_t>(max_file_bytes, ref_.bytes - offset);
    if (bytes.size() != size)
      return fail(ErrorCode::corrupt,
                  "graph: expected " + std::to_string(size) + " bytes, found " + std::to_string(bytes.size()));
    bytes_.resize(ref_.bytes);
    std::ranges::copy(bytes, bytes_.begin() + static_cast<std::ptrdiff_t>(offset));
    arrived_[i] = true;
  }
  return {};
}

}  // namespace picfind
