#include "jpeg_structure.h"
#include "picture.h"
#include <algorithm>
#include <optional>
#include <string>

namespace picfind {
namespace {

constexpr std::uint8_t start_of_image = 0xd8, end_of_image = 0xd9, start_of_scan = 0xda, define_restart_interval = 0xdd;

/// More scans than any encoder writes; each costs a pass over the whole picture.
constexpr std::size_t max_scans = 500;

bool is_restart(std::uint8_t marker) { return marker >= 0xd0 && marker <= 0xd7; }
bool is_frame(std::uint8_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

std::unexpected<Error> corrupt(std::string message) {
  return fail(ErrorCode::corrupt, "the JPEG file " + std::move(message));
}

class Walk {
public:
  explicit Walk(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  Expected<JpegStructure> run() {
    for (at_ = 2;;) {
      const auto marker = next_marker();
      if (!marker)
        return corrupt("is truncated: it ends at byte " + std::to_string(bytes_.size()) + " without an end of image");
      if (*marker == end_of_image) return finish();
      if (*marker == start_of_image || is_restart(*marker) || *marker == 0x01) continue;

      const std::size_t left = bytes_.size() - at_;
      const std::size_t length = left < 2 ? 2 : std::size_t(bytes_[at_] << 8 | bytes_[at_ + 1]);
      if (length < 2) return corrupt("is damaged: a segment at byte " + std::to_string(at_) + " has no length");
      if (left < length) return corrupt("is truncated inside a segment at byte " + std::to_string(at_));
      const auto segment = bytes_.subspan(at_ + 2, length - 2);
      at_ += length;

      Expected<void> read;
      if (is_frame(*marker)) read = read_frame(*marker, segment);
      if (*marker == start_of_scan) read = read_scan(segment);
      if (*marker == define_restart_interval && segment.size() == 2) restart_interval_ = segment[0] << 8 | segment[1];
      if (!read) return std::unexpected(read.error());
    }
  }

private:
  struct Component {
    std::uint8_t id;
    /// Sampling factors.
    int horizontal;
    int vertical;
    /// A scan with its lowest frequency has been seen; later ones of a progressive file refine it.
    bool begun;
  };

  /// Leaves `at_` behind the marker. Junk between segments is skipped, as decoders do.
  std::optional<std::uint8_t> next_marker() {
    for (; at_ + 1 < bytes_.size(); at_++)
      if (bytes_[at_] == 0xff && bytes_[at_ + 1] != 0x00 && bytes_[at_ + 1] != 0xff) {
        at_ += 2;
        return bytes_[at_ - 1];
      }
    return std::nullopt;
  }

  Expected<void> read_frame(std::uint8_t marker, std::span<const std::uint8_t> segment) {
    if (!components_.empty()) return corrupt("is damaged: it has two frame headers");
    if (segment.size() < 6 || segment.size() != 6 + 3 * std::size_t{segment[5]} || segment[5] == 0)
      return corrupt("is damaged: its frame header has the wrong length");
    structure_.height = segment[1] << 8 | segment[2];
    structure_.components = segment[5];
    structure_.width = segment[3] << 8 | segment[4];
    if (marker > 0xc2 || segment[0] != 8)
      return fail(ErrorCode::unsupported,
                  "only 8-bit baseline and progressive JPEG can be read; this file is of another kind (SOF" +
                      std::to_string(marker - 0xc0) + ", " + std::to_string(segment[0]) +
                      " bits): save it as an ordinary JPEG");
    progressive_ = marker == 0xc2;
    for (std::size_t i = 6; i < segment.size(); i += 3) {
      const Component component{segment[i], segment[i + 1] >> 4, segment[i + 1] & 15, false};
      if (component.horizontal < 1 || component.vertical < 1) return corrupt("is damaged: a sampling factor is 0");
      components_.push_back(component);
    }
    return check_size(structure_.width, structure_.height);
  }

  /// Number of units a scan codes: 8 × 8 blocks if it has one component, else the groups of blocks that components
  /// share.
  std::int64_t coded_units(const Component& only, bool interleaved) const {
    const int most_horizontal = std::ranges::max_element(components_, {}, &Component::horizontal)->horizontal;
    const int most_vertical = std::ranges::max_element(components_, {}, &Component::vertical)->vertical;
    const auto units = [interleaved](std::int64_t side, int factor, int most) {
      return interleaved ? (side + 8 * most - 1) / (8 * most) : ((side * factor + most - 1) / most + 7) / 8;
    };
    return units(structure_.width, only.horizontal, most_horizontal) *
           units(structure_.height, only.vertical, most_vertical);
  }

  Expected<void> read_scan(std::span<const std::uint8_t> segment) {
    const std::size_t count = segment.empty() ? 0 : segment[0];
    if (components_.empty() || count == 0 || segment.size() != 4 + 2 * count)
      return corrupt("is damaged: a scan header is wrong");
    if (structure_.scan_ends.size() == max_scans)
      return corrupt("has more than " + std::to_string(max_scans) + " scans");
    const bool lowest_frequency = !progressive_ || segment[1 + 2 * count] == 0;
    auto component = components_.end();
    for (std::size_t i = 0; i < count; i++) {
      component = std::ranges::find(components_, segment[1 + 2 * i], &Component::id);
      if (component == components_.end()) return corrupt("is damaged: a scan names a component that does not exist");
      component->begun |= lowest_frequency;
      if (!component->begun) return corrupt("is damaged: its scans are out of order");
    }

    std::int64_t restarts = 0;
    for (;; restarts++) {
      const auto marker = next_marker();
      if (!marker)
        return corrupt("is truncated: it ends inside the picture's data, at byte " + std::to_string(bytes_.size()));
      if (!is_restart(*marker)) break;
    }
    at_ -= 2;
    structure_.scan_ends.push_back(at_);
    if (restart_interval_ > 0 && restarts < (coded_units(*component, count > 1) - 1) / restart_interval_)
      return corrupt("is truncated: only " + std::to_string(restarts + 1) + " restart intervals of a scan are there");
    return {};
  }

  Expected<JpegStructure> finish() {
    if (components_.empty()) return corrupt("is damaged: it has no frame header");
    if (!std::ranges::all_of(components_, &Component::begun))
      return corrupt("is damaged: it has no data for one of its components");
    return std::move(structure_);
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool progressive_ = false;
  int restart_interval_ = 0;
  std::vector<Component> components_;
  JpegStructure structure_{};
};

}  // namespace

Expected<JpegStructure> read_jpeg_structure(std::span<const std::uint8_t> bytes) { return Walk(bytes).run(); }

}  // namespace picfind
