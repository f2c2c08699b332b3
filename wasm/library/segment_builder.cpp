#include "library/segment_builder.h"

#include "vector/check_dim.h"
#include "vector/kernels.h"
#include "vector/quantise.h"

#include <algorithm>
#include <cmath>

namespace picfind {
namespace {

constexpr std::size_t max_item_bytes = 4U << 20U;
/// How far ‖vector‖² may be from 1: float32 towers stay within 10⁻⁵, half precision ones within 10⁻³.
constexpr float unit_tolerance = 1e-2F;

Expected<void> check_size(const char* what, const std::string& id, std::size_t bytes) {
  if (bytes <= max_item_bytes) return {};
  return fail(ErrorCode::too_large, id + ": expected a " + what + " of at most " + std::to_string(max_item_bytes) +
                                        " bytes, found " + std::to_string(bytes));
}

}  // namespace

std::array<uint8_t, 16> id_key(std::string_view id) {
  const Digest digest = sha256({reinterpret_cast<const uint8_t*>(id.data()), id.size()});
  std::array<uint8_t, 16> key;
  std::copy_n(digest.begin(), key.size(), key.begin());
  return key;
}

SegmentBuilder::SegmentBuilder(SegmentForm form)
    : form_(std::move(form)), writer_(static_cast<uint32_t>(form_.mean.size()), form_.mean_file),
      values_(form_.mean.size()) {}

Expected<float> SegmentBuilder::quantise_unit(std::span<const float> vector) {
  if (form_.mean.empty())
    return fail(ErrorCode::usage, "segment: the library has no mean yet; provide the files in missing() first");
  if (const Expected<void> checked = check_dim(vector, form_.mean.size(), "vector"); !checked)
    return std::unexpected(checked.error());
  const Expected<float> scale = quantise(vector, form_.mean, values_);
  if (scale && std::fabs(kernels::dot(vector, vector) - 1) > unit_tolerance)
    return fail(ErrorCode::usage, "vector: expected unit length; normalise the model's output");
  return scale;
}

void SegmentBuilder::put(const std::string& kind, std::span<const float> vector, float scale) {
  writer_.add_vector(kind, rows() - 1, values_, scale);
  if (form_.full) writer_.full(kind).add(vector);
}

Expected<Digest> SegmentBuilder::check(const SegmentRow& row) const {
  if (row.id.empty()) return fail(ErrorCode::usage, "record: expected an id, found none");
  if (ids_.contains(row.id)) return fail(ErrorCode::usage, row.id + ": is in this segment already");
  const std::optional<Digest> picture = digest_from_hex(row.sha256);
  if (!picture) return fail(ErrorCode::usage, row.id + ": expected a sha256 of 64 lower-case hex digits");
  if (!std::isfinite(row.stat.size) || !std::isfinite(row.stat.modified))
    return fail(ErrorCode::usage, row.id + ": expected finite numbers as size and modified");
  for (const auto& [what, bytes] : {std::pair{"record", row.record.size()}, {"thumbnail", row.thumbnail.size()}})
    if (const Expected<void> sized = check_size(what, row.id, bytes); !sized) return std::unexpected(sized.error());
  return *picture;
}

void SegmentBuilder::put_record(const SegmentRow& row, const Digest& picture) {
  writer_.records().add({reinterpret_cast<const uint8_t*>(row.record.data()), row.record.size()});
  writer_.add_record({id_key(row.id), picture}, row.stat,
                     row.thumbnail.empty() ? SegmentWriter::none : writer_.thumbs().add(row.thumbnail));
  ids_.insert(row.id);
}

Expected<void> SegmentBuilder::add(const SegmentRow& row) {
  const Expected<Digest> picture = check(row);
  if (!picture) return std::unexpected(picture.error());
  const Expected<float> scale = quantise_unit(row.vector);
  if (!scale) return fail(scale.error().code, row.id + ": " + scale.error().message);
  put_record(row, *picture);
  put(picture_kind, row.vector, *scale);
  return {};
}

Expected<void> SegmentBuilder::carry(const SegmentRow& row, std::span<const int8_t> values, float scale) {
  const Expected<Digest> picture = check(row);
  if (!picture) return std::unexpected(picture.error());
  if (form_.full)
    return fail(ErrorCode::usage, row.id + ": a segment with full vectors needs the vector itself, not its int8 form");
  if (form_.mean.empty() || values.size() != form_.mean.size())
    return fail(ErrorCode::usage, row.id + ": expected " + std::to_string(form_.mean.size()) + " int8 values, found " +
                                      std::to_string(values.size()));
  if (!(scale >= 0 && scale <= max_magnitude))
    return fail(ErrorCode::usage, row.id + ": expected a scale from 0 to 10^6, found another number");
  put_record(row, *picture);
  writer_.add_vector(picture_kind, rows() - 1, values, scale);
  return {};
}

Expected<void> SegmentBuilder::add_vector(const std::string& kind, std::span<const float> vector) {
  if (rows() == 0) return fail(ErrorCode::usage, "vector: expected a record before it; add one first");
  if (!is_kind_name(kind) || kind == picture_kind)
    return fail(ErrorCode::usage, "vector: expected a kind of letters a–z, digits and hyphens other than " +
                                      picture_kind + ", found \"" + kind + "\"");
  const Expected<float> scale = quantise_unit(vector);
  if (!scale) return std::unexpected(scale.error());
  put(kind, vector, *scale);
  return {};
}

Expected<BuiltSegment> SegmentBuilder::finish() {
  if (rows() == 0) return fail(ErrorCode::usage, "segment: expected at least one record, found none");
  return writer_.finish();
}

}  // namespace picfind
