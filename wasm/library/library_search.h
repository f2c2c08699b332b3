#pragma once
#include "library/snapshot.h"
#include "vector/metric.h"

namespace picfind {

struct SearchRequest {
  std::string kind = picture_kind;
  /// float32[dim], unit length.
  std::vector<float> query;
  /// Records.
  std::size_t count = 0;
  Metric metric = Metric::cosine;
  /// Chosen by size, count and what is there unless it is given.
  std::optional<Engine> engine = std::nullopt;
  /// Rows a graph's search keeps (ef); 0 follows `count`.
  std::size_t num_candidates = 0;
  /// Rows that may be found, as a bitmap's bytes; all unless it is given.
  std::optional<Bytes> allowed = std::nullopt;
};

/// A search of a library under way, in slices. It sees the library as it was when it began.
class LibrarySearch {
public:
  /// Errors: usage, not-found (no such kind, no graph).
  static Expected<LibrarySearch> begin(std::shared_ptr<const Snapshot> snapshot, const SearchRequest& request);

  /// Scores about `rows` rows more. False once it is done.
  bool step(uint32_t rows) { return search_->step(rows); }
  /// Best first; a score is a similarity, or a distance with its sign turned. Asked for once, when it is done.
  std::vector<Hit> take();
  Engine engine() const { return search_->engine(); }
  /// Rows scored so far.
  uint64_t scored() const { return search_->scored(); }

private:
  LibrarySearch(std::shared_ptr<const Snapshot> snapshot, std::shared_ptr<const RowBitmap> allowed,
                std::unique_ptr<Search> search, Metric metric, float squared_length)
      : snapshot_(std::move(snapshot)), allowed_(std::move(allowed)), search_(std::move(search)), metric_(metric),
        squared_length_(squared_length) {}

  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<const RowBitmap> allowed_;
  std::unique_ptr<Search> search_;
  Metric metric_;
  /// Of the query.
  float squared_length_;
};

}  // namespace picfind
