#pragma once
#include "error.h"
#include "library/file.h"

#include <optional>
#include <string>
#include <vector>

namespace picfind {

/// The newest format this reads and the one it writes.
constexpr uint32_t format_version = 1;
/// Rows of all segments together; bounds what a reader allocates before it has seen a row.
constexpr uint32_t max_library_rows = 1U << 28U;

/// What binds a library: the picture tower and everything else that decides its vectors.
struct Space {
  std::string id;
  std::string sha256;
  bool operator==(const Space&) const = default;
};

/// Where pictures came from, named once.
struct Source {
  std::string name;
  std::optional<std::string> url;
  bool operator==(const Source&) const = default;
};

/// A segment as the manifest names it.
struct SegmentRef {
  /// The descriptor and its size.
  std::string file;
  uint64_t bytes = 0;
  uint32_t rows = 0;
  /// Rows that are not deleted.
  uint32_t live = 0;
  /// Bitmap of the deleted ones; empty where all live.
  std::string deleted;
  bool operator==(const SegmentRef&) const = default;
};

/// A graph as the manifest names it.
struct GraphRef {
  /// Its file, cut into pieces of max_file_bytes.
  std::vector<std::string> files;
  /// Of all pieces.
  uint64_t bytes = 0;
  /// Descriptors of the segments it is over, in the order of its rows.
  std::vector<std::string> segments;
  /// How many rows of those, from the first, it covers.
  uint32_t rows = 0;
  bool operator==(const GraphRef&) const = default;
};

/// What makes a library a bundle for a site: everything that is there beside the library's own files.
struct BundleRef {
  /// Its descriptor.
  std::string file;
  /// Folder of the code that reads it, a sha256; empty where the bundle has none of its own.
  std::string code;
  bool operator==(const BundleRef&) const = default;
};

/// The one mutable file of a library: what it consists of at this moment.
struct Manifest {
  /// 32 hex digits; new when history is lost or the space changes.
  std::string epoch;
  /// +1 with every published manifest.
  uint64_t sequence = 0;
  /// sha256 of the manifest this one came from; empty for the first.
  std::string parent;
  Space space;
  uint32_t dim = 0;
  /// Name of the mean section all int8 sections are relative to.
  std::string mean;
  /// Segments are written with `full` sections.
  bool full = false;
  std::vector<Source> sources;
  std::vector<SegmentRef> segments;
  /// None where there is none, or where what is said of it is not sound: a library does without.
  std::optional<GraphRef> graph;
  std::optional<BundleRef> bundle;
  bool operator==(const Manifest&) const = default;
};

/// Whether a manifest of these segments can name the graph: its segments are there and have its rows, its pieces its
/// bytes.
bool is_sound(const GraphRef& graph, const std::vector<SegmentRef>& segments);

/// Errors: version (written by a newer Picfind), corrupt, too-large.
Expected<Manifest> read_manifest(ByteView text);

/// Compact JSON; under 4 KB + 150 bytes a segment with ordinary sources.
Bytes write_manifest(const Manifest& manifest);

}  // namespace picfind
