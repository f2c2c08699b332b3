#pragma once
#include "index/hnsw_builder.h"
#include "library/manifest.h"
#include "library/segment.h"

namespace picfind {

/// A segment that a graph is over.
struct CoveredSegment {
  std::string name;
  std::shared_ptr<const Segment> segment;
};

/// The rows of the segments' pictures, one segment after the other. The segments are complete.
std::vector<GraphRow> graph_rows(std::span<const CoveredSegment> segments);

/// What binds a graph to the first `rows` of those rows: the sha256 of their scales. Rows keep theirs when segments are
/// merged, so a graph goes on being theirs.
GraphSubject graph_subject(std::span<const CoveredSegment> segments, uint32_t rows);

/// The same without the rows that are `gone`.
GraphSubject graph_subject(std::span<const CoveredSegment> segments, const std::vector<bool>& gone);

/// The pieces a graph's bytes are cut into.
std::vector<ByteView> graph_pieces(ByteView bytes);

/// The file of a graph as its pieces arrive.
class GraphFile {
public:
  explicit GraphFile(GraphRef ref) : ref_(std::move(ref)), arrived_(ref_.files.size()) {}

  const GraphRef& ref() const { return ref_; }
  std::vector<std::string> missing() const;
  /// Errors: corrupt, if it is not of its size.
  Expected<void> offer(const std::string& name, ByteView bytes);
  /// The whole; nothing is missing.
  SharedBytes take() { return std::make_shared<const Bytes>(std::move(bytes_)); }

private:
  GraphRef ref_;
  Bytes bytes_;
  std::vector<bool> arrived_;
};

}  // namespace picfind
