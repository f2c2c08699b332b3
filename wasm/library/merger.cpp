#include "library/merger.h"

#include <algorithm>

namespace picfind {
namespace {

/// The record a vector of a kind belongs to.
uint32_t record_of(const Segment::Vectors& vectors, uint32_t row) {
  return vectors.records.empty() ? row : vectors.records[row];
}

}  // namespace

bool Merger::keeps_full(const std::string& kind) const {
  return std::ranges::all_of(parts_, [&](const MergePart& part) {
    const auto files = part.segment->descriptor().kinds.find(kind);
    return files == part.segment->descriptor().kinds.end() || !files->second.full.empty();
  });
}

Merger::Plan Merger::plan(const MergePart& part) const {
  using enum Piece::Fate;
  const Segment& segment = *part.segment;
  const Descriptor& descriptor = segment.descriptor();
  const auto decide = [](uint32_t live, const FileRef& ref, bool half_full) {
    return live == 0 ? dropped : live == ref.rows && half_full ? carried : rewritten;
  };
  const auto by_rows = [&](const std::vector<FileRef>& refs, auto is_live, auto half_full) {
    std::vector<Piece> pieces;
    uint32_t row = 0;
    for (const FileRef& ref : refs) {
      Piece piece{ref, row, dropped};
      uint32_t live = 0;
      for (; row < piece.first_row + ref.rows; ++row)
        live += is_live(row) ? 1 : 0;
      piece.fate = decide(live, ref, half_full(ref));
      pieces.push_back(std::move(piece));
    }
    return pieces;
  };

  Plan plan;
  plan.records = by_rows(
      descriptor.records, [&](uint32_t record) { return !part.deleted.test(record); },
      [](const FileRef& ref) { return ref.bytes >= SegmentWriter::record_pack_bytes / 2; });

  for (const auto& [kind, files] : descriptor.kinds) {
    if (!keeps_full(kind)) continue;
    const Segment::Vectors& vectors = *segment.vectors(kind);
    plan.full[kind] = by_rows(
        files.full, [&](uint32_t row) { return !part.deleted.test(record_of(vectors, row)); },
        [&](const FileRef& ref) { return ref.rows >= section_max_rows(SectionKind::full, descriptor.dim) / 2; });
  }

  std::vector<uint32_t> live(descriptor.thumb_packs.size());
  for (uint32_t row = 0; row < segment.rows(); ++row) {
    const PackWriter::Position place = part.lookups->thumbnail(row);
    if (place.pack != no_thumbnail && !part.deleted.test(row)) ++live[place.pack];
  }
  for (std::size_t i = 0; i < live.size(); ++i) {
    const FileRef& ref = descriptor.thumb_packs[i];
    plan.thumbs.push_back({ref, 0, decide(live[i], ref, ref.bytes >= SegmentWriter::thumb_pack_bytes / 2)});
  }
  return plan;
}

Merger::Merger(std::vector<MergePart> parts) : parts_(std::move(parts)) {
  for (const MergePart& part : parts_) {
    plans_.push_back(plan(part));
    const auto need = [&](const std::vector<Piece>& pieces) {
      for (const Piece& piece : pieces)
        if (piece.fate == Piece::Fate::rewritten) needed_.insert(piece.ref.file);
    };
    need(plans_.back().records);
    need(plans_.back().thumbs);
    for (const auto& [kind, pieces] : plans_.back().full)
      need(pieces);
    for (const auto& [kind, vectors] : part.segment->kinds())
      if (!vectors.has_int8())
        for (const FileRef& ref : part.segment->descriptor().kinds.at(kind).int8)
          needed_.insert(ref.file);
  }
}

std::vector<std::string> Merger::missing() const {
  std::vector<std::string> names;
  for (const std::string& name : needed_)
    if (!provided_.contains(name)) names.push_back(name);
  return names;
}

Expected<void> Merger::provide(const std::string& name, Bytes bytes) {
  if (Expected<void> verified = verify_name(name, bytes); !verified) return verified;
  if (needed_.contains(name)) provided_[name] = std::make_shared<const Bytes>(std::move(bytes));
  return {};
}

Expected<void> Merger::merge_records(const MergePart& part, const Plan& plan, SegmentWriter& writer) const {
  for (const Piece& piece : plan.records) {
    if (piece.fate == Piece::Fate::carried) writer.records().carry(piece.ref);
    if (piece.fate != Piece::Fate::rewritten) continue;
    const Bytes& pack = *provided_.at(piece.ref.file);
    if (const Expected<void> checked = check_pack(pack, piece.ref.rows); !checked)
      return in_file(piece.ref.file, checked.error());
    for (uint32_t item = 0; item < piece.ref.rows; ++item)
      if (!part.deleted.test(piece.first_row + item)) writer.records().add(*pack_item(pack, item));
  }
  return {};
}

Expected<LoadedSection> Merger::int8_of(const MergePart& part, const std::string& kind) const {
  const Segment::Vectors& vectors = *part.segment->vectors(kind);
  if (vectors.has_int8()) return vectors.int8;
  const Descriptor& descriptor = part.segment->descriptor();
  LoadedSection int8(SectionKind::int8, descriptor.dim, descriptor.kinds.at(kind).int8);
  for (const FileRef& ref : descriptor.kinds.at(kind).int8) {
    const auto anything = [](const SectionView&) { return Expected<void>(); };
    if (const Expected<void> taken = int8.offer(ref.file, provided_.at(ref.file), anything); !taken)
      return in_file(ref.file, taken.error());
  }
  return int8;
}

Expected<void> Merger::merge_rows(const MergePart& part, const Plan& plan, SegmentWriter& writer) const {
  const Segment& segment = *part.segment;
  constexpr uint32_t not_carried = UINT32_MAX;
  std::vector<uint32_t> carried_as(plan.thumbs.size(), not_carried);
  std::vector<uint32_t> new_record(segment.rows());
  for (uint32_t row = 0; row < segment.rows(); ++row) {
    if (part.deleted.test(row)) continue;
    PackWriter::Position place = part.lookups->thumbnail(row);
    if (place.pack != no_thumbnail) {
      const Piece& piece = plan.thumbs[place.pack];
      if (piece.fate == Piece::Fate::carried) {
        uint32_t& number = carried_as[place.pack];
        if (number == not_carried) number = writer.thumbs().carry(piece.ref);
        place.pack = number;
      } else {
        const Expected<ByteView> item = pack_item(*provided_.at(piece.ref.file), place.item);
        if (!item) return in_file(piece.ref.file, item.error());
        place = writer.thumbs().add(*item);
      }
    }
    new_record[row] = writer.rows();
    writer.add_record(part.lookups->keys(row), part.lookups->stat(row), place);
  }
  for (const auto& [kind, vectors] : segment.kinds()) {
    const uint32_t rows = segment.descriptor().kinds.at(kind).rows;
    const Expected<LoadedSection> int8 = int8_of(part, kind);
    if (!int8) return std::unexpected(int8.error());
    for (uint32_t row = 0; row < rows; ++row) {
      const uint32_t record = record_of(vectors, row);
      if (part.deleted.test(record)) continue;
      writer.add_vector(kind, new_record[record], int8->at<int8_t>(0, row, segment.descriptor().dim),
                        int8->at<float>(1, row)[0]);
    }
  }
  return {};
}

Expected<void> Merger::merge_full(const MergePart& part, const Plan& plan, SegmentWriter& writer) const {
  const uint32_t dim = part.segment->descriptor().dim;
  for (const auto& [kind, pieces] : plan.full) {
    const Segment::Vectors& vectors = *part.segment->vectors(kind);
    for (const Piece& piece : pieces) {
      if (piece.fate == Piece::Fate::carried) writer.full(kind).carry(piece.ref);
      if (piece.fate != Piece::Fate::rewritten) continue;
      const Expected<SectionView> section =
          read_section(SectionKind::full, piece.ref.rows, dim, *provided_.at(piece.ref.file));
      if (!section) return in_file(piece.ref.file, section.error());
      for (uint32_t i = 0; i < piece.ref.rows; ++i)
        if (!part.deleted.test(record_of(vectors, piece.first_row + i)))
          writer.full(kind).add(section->part<float>(0).subspan(std::size_t{i} * dim, dim));
    }
  }
  return {};
}

Expected<BuiltSegment> Merger::finish() {
  if (const std::vector<std::string> names = missing(); !names.empty())
    return fail(ErrorCode::usage, "merge: " + std::to_string(names.size()) + " files are missing, first " +
                                      names.front() + "; provide them");
  const Descriptor& first = parts_.front().segment->descriptor();
  SegmentWriter writer(first.dim, first.mean);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    for (const auto merge : {&Merger::merge_records, &Merger::merge_rows, &Merger::merge_full})
      if (const Expected<void> merged = (this->*merge)(parts_[i], plans_[i], writer); !merged)
        return std::unexpected(merged.error());
  }
  if (writer.rows() == 0)
    return fail(ErrorCode::usage, "merge: expected a record that is not deleted, found none; remove the segments");
  return writer.finish();
}

}  // namespace picfind
