#include "search/served_rows.h"

#include "library/segment_builder.h"
#include "vector/kernels.h"
#include "vector/metric.h"
#include "vector/quantise.h"

#include <algorithm>
#include <cmath>
#include <ranges>

namespace picfind::server {
namespace {

Awaitable<Expected<std::vector<float>>> read_mean(FileCache& cache, std::string name, uint32_t dim) {
  const Expected<FileCache::Mapped> file = co_await mapped_file(cache, name);
  if (!file) co_return std::unexpected(file.error());
  const Expected<SectionView> section = read_section(SectionKind::mean, 1, dim, (*file)->bytes());
  if (!section) co_return in_file(name, section.error());
  const std::span<const float> mean = section->part<float>(0);
  co_return std::vector<float>(mean.begin(), mean.end());
}

Awaitable<Expected<RowBitmap>> read_deleted(FileCache& cache, SegmentRef ref) {
  if (ref.deleted.empty()) co_return RowBitmap(ref.rows);
  const Expected<FileCache::Mapped> file = co_await mapped_file(cache, ref.deleted);
  if (!file) co_return std::unexpected(file.error());
  const Expected<SectionView> section = read_section(SectionKind::deleted, ref.rows, 0, (*file)->bytes());
  if (!section) co_return in_file(ref.deleted, section.error());
  co_return RowBitmap(ref.rows, section->part<uint8_t>(0));
}

}  // namespace

Awaitable<Expected<std::shared_ptr<const ServedRows>>> ServedRows::open(FileCache& cache, std::string sha256,
                                                                        Manifest manifest, const ServedRows* before) {
  const std::shared_ptr<ServedRows> rows(new ServedRows(std::move(sha256), std::move(manifest)));
  Expected<std::vector<float>> mean = co_await read_mean(cache, rows->manifest_.mean, rows->manifest_.dim);
  if (!mean) co_return std::unexpected(mean.error());
  rows->mean_ = std::move(*mean);
  uint32_t row_count = 0;
  for (const SegmentRef& ref : rows->manifest_.segments)
    row_count += ref.rows;
  rows->live_ = RowBitmap(row_count);
  uint32_t first_row = 0;
  std::vector<RowBlock> blocks;
  for (const SegmentRef& ref : rows->manifest_.segments) {
    std::shared_ptr<const ServedSegment> segment = before == nullptr ? nullptr : before->find(ref.file);
    if (segment == nullptr) {
      const auto opened = co_await ServedSegment::open(cache, ref.file);
      if (!opened) co_return std::unexpected(opened.error());
      segment = *opened;
    }
    const Expected<RowBitmap> deleted = co_await read_deleted(cache, ref);
    if (!deleted) co_return std::unexpected(deleted.error());
    for (uint32_t row = 0; row < ref.rows; ++row)
      if (!deleted->test(row)) rows->live_.set(first_row + row);
    std::ranges::copy(segment->blocks(first_row), std::back_inserter(blocks));
    rows->parts_.push_back({std::move(segment), first_row});
    first_row += ref.rows;
  }
  rows->count_ = rows->live_.count();
  rows->by_l1_ = ExactIndex(rows->mean_, blocks, Metric::l1);
  rows->by_dot_ = ExactIndex(rows->mean_, std::move(blocks));
  co_return rows;
}

std::shared_ptr<const ServedSegment> ServedRows::find(std::string_view segment) const {
  const auto known = std::ranges::find(parts_, segment, [](const Part& part) { return part.segment->name(); });
  return known == parts_.end() ? nullptr : known->segment;
}

const ServedRows::Part& ServedRows::part_of(uint32_t row) const {
  return *std::prev(std::ranges::upper_bound(parts_, row, {}, &Part::first_row));
}

std::optional<uint32_t> ServedRows::row_of(std::string_view id) const {
  const std::array<uint8_t, 16> key = id_key(id);
  for (const Part& part : std::views::reverse(parts_))
    for (const uint32_t row : part.segment->rows_of_id(key))
      if (live_.test(part.first_row + row)) return part.first_row + row;
  return std::nullopt;
}

std::vector<float> ServedRows::vector(uint32_t row) const {
  const Part& part = part_of(row);
  const auto [values, scale] = part.segment->vector(row - part.first_row);
  std::vector<float> vector(mean_.size());
  dequantise(values, scale, mean_, vector);
  const float length = std::sqrt(kernels::dot(vector, vector));
  if (!(length > 0)) return {};
  for (float& x : vector)
    x /= length;
  return vector;
}

Expected<std::string_view> ServedRows::record(uint32_t row) const {
  const Part& part = part_of(row);
  return part.segment->record(row - part.first_row);
}

Expected<RowBitmap> ServedRows::allowed(const Filter& filter) const {
  if (filter.empty()) return live_;
  RowBitmap allowed(live_.rows());
  for (const Part& part : parts_) {
    const Expected<const FieldColumns*> columns = part.segment->columns();
    if (!columns) return std::unexpected(columns.error());
    const RowBitmap matching = (*columns)->matching(filter);
    for (uint32_t row = 0; row < matching.rows(); ++row)
      if (matching.test(row) && live_.test(part.first_row + row)) allowed.set(part.first_row + row);
  }
  return allowed;
}

Expected<std::vector<Hit>> ServedRows::search(std::span<const float> query, std::size_t k, Metric metric,
                                              const Filter& filter) const {
  const Expected<RowBitmap> allowed = this->allowed(filter);
  if (!allowed) return std::unexpected(allowed.error());
  const ExactIndex& index = metric == Metric::l1 ? by_l1_ : by_dot_;
  Expected<std::vector<Hit>> hits = index.search(query, Wanted(k), *allowed);
  if (!hits || metric == Metric::l1) return hits;
  for (Hit& hit : *hits)
    hit.score = nearness_of_unit(metric, hit.score, 1);
  return hits;
}

}  // namespace picfind::server
