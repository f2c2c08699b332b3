#pragma once
#include "library/library_search.h"
#include "library/lookups.h"
#include "library/manifest.h"
#include "library/merger.h"
#include "library/segment_builder.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>

namespace picfind {

/// What the next manifest changes.
struct ManifestChange {
  /// Descriptors to append, in order; given to provide() before.
  std::vector<std::string> add;
  /// Descriptors to leave out.
  std::vector<std::string> remove;
  /// Records to delete from the segments that stay.
  std::vector<std::string> delete_ids;
  /// As they are from now on.
  std::vector<Source> sources;
  /// To publish; without it the one of the manifest stays while its rows do.
  std::optional<GraphRef> graph = std::nullopt;
  /// Without it the one of the manifest stays.
  std::optional<BundleRef> bundle = std::nullopt;
  /// Records to delete as in `delete_ids`, by their keys, see id_key().
  // NOLINTNEXTLINE(readability-redundant-member-init): compilers warn where it is left out.
  std::vector<std::array<uint8_t, 16>> delete_keys = {};
};

/// A manifest and the files it newly names.
struct Publication {
  Bytes manifest;
  std::vector<File> files;
};

/// Places of several rows: row i is at offset[i] of files[file[i]].
struct Places {
  std::vector<std::string> files;
  std::vector<uint32_t> file;
  std::vector<uint32_t> offset;
};

/// A place in a file: a byte for sections, an item number for packs. `file` is empty where there is none.
struct Place {
  std::string file;
  uint32_t offset = 0;
};

/// Where int8 rows are, in bytes: row i in files[file[i]], its int8[dim] at values[i], its float32 at scale[i].
struct Int8Places {
  std::vector<std::string> files;
  std::vector<uint32_t> file;
  std::vector<uint32_t> values;
  std::vector<uint32_t> scale;
};

/// The first manifest of a new library, without segments, and its mean. Parent and sequence are set here. Errors:
/// usage.
Expected<Publication> first_manifest(Manifest start, std::span<const float> mean);

/// Where consecutive rows begin in a file, in bytes.
struct RowBytes {
  std::string file;
  uint32_t first_row = 0;
  uint32_t rows = 0;
  uint32_t offset = 0;
};

/// Where a row's place in the packs of thumbnails is, in bytes: uint32 each.
struct ThumbnailEntry {
  std::string file;
  uint32_t pack = 0;
  uint32_t item = 0;
};

/// From this many rows on, and where only signs are in memory, a library keeps no Lookups unless they are wanted.
constexpr uint32_t fewest_rows_without_lookups = 1U << 17U;

/// A library in memory. It does no I/O: it says which files it is missing and is given them. Rows are records, numbered
/// over all segments of the manifest, and stay valid until the next set_manifest.
class Library {
public:
  /// Where the int8 rows of all pictures would take more bytes than this, their signs are kept in memory and int8 is
  /// left in the files, see int8_places(). Applies from the next set_manifest.
  void set_memory_budget(uint64_t bytes) { memory_budget_ = bytes; }
  /// Whether large libraries too keep Lookups: a writer needs them, and they are wanted unless this says otherwise.
  /// Whoever wants them provides what is missing() then.
  void want_lookups(bool wanted);
  /// Keeps what is loaded, forgets what is no longer named. An empty `space_sha256` accepts any space. On an error the
  /// library stays as it was. Errors: version, space, corrupt, too-large.
  Expected<void> set_manifest(ByteView text, std::string_view space_sha256);
  /// Files still needed; descriptors name more of them.
  std::vector<std::string> missing() const;
  /// Verifies name against bytes and takes the file in. Files that nothing names yet are kept for the next manifest,
  /// until then. Errors name the file: corrupt, version.
  Expected<void> provide(const std::string& name, Bytes bytes);
  /// Room for a file that the caller fills and verifies; it lasts until the file is provided or given up, or the next
  /// manifest is set.
  std::span<uint8_t> buffer(const std::string& name, std::size_t bytes);
  /// As provide(), of a file in its buffer(). Errors: usage (there is none), corrupt, version.
  Expected<void> provide_verified(const std::string& name);
  /// Goes on without a file: takes the segments that need it out of the search and returns their rows.
  uint32_t give_up(const std::string& name);
  /// Every file that the manifest and its loaded descriptors name.
  std::vector<FileRef> files() const;

  /// Null before set_manifest.
  const Manifest* manifest() const { return manifest_ ? &*manifest_ : nullptr; }
  /// As it was given.
  std::string_view manifest_text() const { return text_; }
  /// Of all segments.
  uint32_t rows() const { return entries_.empty() ? 0 : entries_.back().first_row + entries_.back().ref.rows; }
  /// Records that can be found.
  uint32_t count() const { return count_; }
  /// All segments that can be searched have float32 vectors.
  bool has_full() const;

  /// What is kept of the vectors: of all that has it, see Segment.
  Resident resident() const { return resident_; }

  /// Searches the int8 vectors of a kind, their signs where those are what is in memory. Errors: usage, not-found (no
  /// such kind, no graph).
  Expected<LibrarySearch> begin_search(const SearchRequest& request) const;
  /// The same in one go, by the cosine.
  Expected<std::vector<Hit>> candidates(const std::string& kind, std::span<const float> query, std::size_t k) const;
  /// Where the float32 vectors of rows are; nothing if one has none or the kind has several vectors a record.
  std::optional<Places> full_places(const std::string& kind, std::span<const uint32_t> rows) const;
  /// The same of int8 rows.
  std::optional<Int8Places> int8_places(const std::string& kind, std::span<const uint32_t> rows) const;
  /// Scores rows by int8 just read, see index/rescore.h. Errors: usage.
  Expected<std::vector<Hit>> rescore_int8(Metric metric, std::span<const float> query, std::span<const uint32_t> rows,
                                          std::span<const int8_t> values, std::span<const float> scales,
                                          std::size_t k) const;
  /// float32[dim], unit length, from an int8 row just read. Empty where the row or its scale is damaged.
  std::vector<float> vector_of_int8(std::span<const int8_t> values, float scale) const;
  /// float32[dim], unit length, from the int8 form; of a record with several the first. Empty where there is none in
  /// memory.
  std::vector<float> vector(const std::string& kind, uint32_t row) const;

  /// All Lookups are in memory. What is marked * needs them, and finds nothing without.
  bool has_lookups() const;
  /// Where the keys of ids are in files, 16 bytes a row, the first half of the id's sha256.
  std::vector<RowBytes> id_keys() const;
  /// Where the times of files are, float64 a row; of segments without there are none.
  std::vector<RowBytes> modified_times() const;
  /// Empty where the row has no thumbnail, or its segment no index of them.
  ThumbnailEntry thumbnail_entry(uint32_t row) const;
  /// The record is not deleted and can be found.
  bool is_live(uint32_t row) const;

  /// Records that are not deleted; the newest segment's first. *
  std::optional<uint32_t> row_of(std::string_view id) const;
  std::optional<uint32_t> row_of_picture(const Digest& sha256) const;
  /// Nothing for rows that are not loaded. *
  std::optional<RecordKeys> keys(uint32_t row) const;
  Stat stat(uint32_t row) const;
  Place record_place(uint32_t row) const;
  Place thumbnail_place(uint32_t row) const;
  /// The same, as its entry in the index says.
  Place thumbnail_place(uint32_t row, const PackWriter::Position& place) const;
  /// Whether newest() has to be told the times first, because they are in files.
  bool needs_times() const { return newest_.empty() && count_ > 0 && !has_lookups(); }
  /// float64[rows]: ms since 1970 of every row, see modified_times(). Errors: usage.
  Expected<void> take_times(std::span<const double> modified);
  /// Rows of all records that can be found, last modified first, ties by row.
  std::vector<uint32_t> newest(std::size_t offset, std::size_t count);

  /// Errors: usage, not-found (a descriptor that was not provided), corrupt.
  Expected<Publication> next_manifest(const ManifestChange& change);
  /// Descriptors to put together now, see merge_plan.h; those of `except`, whose files are damaged, stay as they are.
  std::vector<std::string> plan_merge(const std::vector<std::string>& except = {}) const;
  /// Errors: not-found (a segment that is not loaded), usage.
  Expected<Merger> merger(const std::vector<std::string>& descriptors) const;
  SegmentForm segment_form() const;

  /// Rows the graph in use covers; 0 without one.
  uint32_t graph_rows() const { return graph_checked_ ? graph_->ref.rows : 0; }
  /// Whether building a graph pays: there are many rows, and a tenth of them would newly come into it or have left it.
  bool wants_graph() const;
  /// Over the largest segments, going on from the graph in use where that has the same settings and has not lost many
  /// rows. Errors: usage, too-large (memory).
  Expected<GraphBuilder> start_graph(const HnswSettings& settings) const;
  /// Whether the graph being built is over segments that have gone.
  bool is_stale(const GraphBuilder& builder) const;
  /// Lets a graph answer without being published, until its rows go. Errors: usage (stale, or no row is in).
  Expected<void> use_graph(GraphBuilder& builder);

private:
  struct Entry {
    SegmentRef ref;
    uint32_t first_row = 0;
    std::shared_ptr<Segment> segment;
    /// Null where they are not kept.
    std::shared_ptr<Lookups> lookups;
    /// Set once the bitmap is there, or where none is named.
    std::optional<RowBitmap> deleted;
    bool given_up = false;
    bool ready() const { return !given_up && segment != nullptr && segment->complete() && deleted.has_value(); }
    bool is_deleted(uint32_t record) const { return deleted && deleted->test(record); }
    bool has_lookups() const { return lookups != nullptr && lookups->complete(); }
  };
  struct Position {
    const Entry* entry;
    uint32_t row;
  };

  /// The file of a section that holds `row`, and the row in it; null where full_places() has nothing.
  std::pair<const FileRef*, uint32_t> place_of(const std::string& kind, uint32_t row,
                                               std::vector<FileRef> KindFiles::* section) const;
  std::optional<Position> locate(uint32_t row) const;
  /// As locate, in a segment that can be searched.
  std::optional<Position> locate_ready(uint32_t row) const;
  /// As locate_ready, where there are lookups.
  std::optional<Position> locate_lookups(uint32_t row) const;
  bool keeps_lookups() const;
  std::vector<RowBytes> row_bytes(SectionKind kind, int part, std::vector<FileRef> Descriptor::* section) const;
  void order_newest(const std::function<double(uint32_t)>& modified);
  Expected<void> take_mean();
  Expected<void> take_deleted(Entry& entry);
  Expected<void> take_segment(Entry& entry);
  /// Also lets go of what is not to be kept.
  Expected<void> take_lookups(Entry& entry);
  /// Offers what is there of the files that a Segment or Lookups are missing.
  template <class Taker> Expected<void> take_files(Taker& taker);
  Expected<Descriptor> descriptor_of(const std::string& name) const;
  /// Takes in a file whose bytes are those its name says.
  Expected<void> take(const std::string& name, Bytes bytes);
  const Entry* find_entry(const std::string& name) const;
  /// The segments of a graph, in its order; nothing if one is not there or not complete.
  std::optional<std::vector<CoveredSegment>> covered_by(const GraphRef& ref) const;
  /// Keeps of the graphs in use and under way what the new manifest allows.
  void keep_graph();
  void use_graph(LoadedGraph graph);
  void drop_graph();
  /// Looks whether the graph kept from another manifest is over the rows that this one says.
  void check_graph();
  /// Takes the graph in when it is complete. Errors: corrupt, version; then it is given up.
  Expected<void> take_graph();
  /// Segments that a graph going on from `start` is to cover.
  std::vector<CoveredSegment> graph_coverage(const LoadedGraph* start) const;
  /// What becomes of the manifest's graph when `change` makes `next` of the segments; where rows are left out its files
  /// are new and go to `files`.
  std::optional<GraphRef> carried_graph(const ManifestChange& change, const std::vector<SegmentRef>& next,
                                        std::vector<File>& files) const;
  /// The rows of the manifest's graph that `change` leaves out: bool[rows]; empty where its segments are not all there.
  std::vector<bool> gone_from_graph(const ManifestChange& change, const std::vector<SegmentRef>& next) const;
  /// Writes the manifest's graph, named `ref`, without some of its rows; false where that cannot be done or is of no
  /// use.
  bool leave_out(const std::vector<bool>& gone, GraphRef& ref, std::vector<File>& files) const;
  /// So many of its rows have gone that the graph is built anew; it answers meanwhile.
  bool is_graph_worn() const;
  /// Takes in what is there already. The first error wins; the file it names is let go of.
  Expected<void> settle();
  bool is_missing(const std::string& name) const;
  /// Makes searchable what is ready.
  void refresh();
  const std::shared_ptr<const Snapshot>& snapshot() const;
  template <class Find> std::optional<uint32_t> find_live(Find find) const;

  uint64_t memory_budget_ = UINT64_MAX;
  Resident resident_ = Resident::int8;
  bool lookups_wanted_ = true;
  std::string text_;
  std::optional<Manifest> manifest_;
  std::vector<float> mean_;
  bool mean_given_up_ = false;
  std::vector<Entry> entries_;
  /// Files in memory by name.
  std::map<std::string, SharedBytes> files_;
  std::map<std::string, Bytes> buffers_;
  uint32_t count_ = 0;
  /// The graph in use; the manifest names its segments.
  std::optional<LoadedGraph> graph_;
  /// Its segments are complete and have its rows.
  bool graph_checked_ = false;
  /// The manifest's graph while it arrives.
  std::optional<GraphFile> graph_file_;
  /// It cannot be had: the next manifest does without.
  bool graph_given_up_ = false;
  /// What can be found now; made when first asked for.
  mutable std::shared_ptr<const Snapshot> snapshot_;
  /// In the order of newest(); made when first asked for.
  std::vector<uint32_t> newest_;
};

}  // namespace picfind
