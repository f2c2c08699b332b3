#pragma once
#include "asio.h"
#include "index/exact_index.h"
#include "library/file_cache.h"
#include "library/manifest.h"
#include "search/filter.h"
#include "search/served_segment.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace picfind::server {

/// All rows of a published library in its files, which are mapped and not copied: what an exact scan needs, and what is
/// told of its hits. Rows are numbered over all segments. Immutable, for any thread.
class ServedRows {
public:
  /// Takes over from `before`, if given, what is in both. Errors: not-found (a file is not there now), corrupt, usage.
  static Awaitable<Expected<std::shared_ptr<const ServedRows>>> open(FileCache& cache, std::string sha256,
                                                                     Manifest manifest, const ServedRows* before);

  /// sha256 of the manifest.
  const std::string& sha256() const { return sha256_; }
  const Manifest& manifest() const { return manifest_; }
  /// Records that can be found.
  uint32_t count() const { return count_; }
  std::optional<uint32_t> row_of(std::string_view id) const;
  /// float32[dim], unit length; empty where the row is damaged.
  std::vector<float> vector(uint32_t row) const;
  /// JSON. Errors: corrupt.
  Expected<std::string_view> record(uint32_t row) const;
  /// The best of the records that the filter allows. query: float32[dim], unit length. Scores are similarities, or
  /// distances with their sign turned. Errors: usage, corrupt.
  Expected<std::vector<Hit>> search(std::span<const float> query, std::size_t k, Metric metric,
                                    const Filter& filter) const;

private:
  struct Part {
    std::shared_ptr<const ServedSegment> segment;
    uint32_t first_row = 0;
  };
  ServedRows(std::string sha256, Manifest manifest) : sha256_(std::move(sha256)), manifest_(std::move(manifest)) {}
  /// Null where it is none of them.
  std::shared_ptr<const ServedSegment> find(std::string_view segment) const;
  const Part& part_of(uint32_t row) const;
  Expected<RowBitmap> allowed(const Filter& filter) const;

  std::string sha256_;
  Manifest manifest_;
  std::vector<float> mean_;
  std::vector<Part> parts_;
  /// Rows that are not deleted.
  RowBitmap live_;
  uint32_t count_ = 0;
  ExactIndex by_dot_{{}, {}};
  ExactIndex by_l1_{{}, {}, Metric::l1};
};

}  // namespace picfind::server
