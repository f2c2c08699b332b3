#include "gif.h"
#include "picture.h"
#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace picfind {
namespace {

using Palette = std::array<std::array<std::uint8_t, 3>, 256>;

std::unexpected<Error> truncated(std::size_t size) {
  return fail(ErrorCode::corrupt,
              "the GIF file is truncated: it ends at byte " + std::to_string(size) + " before its trailer");
}
std::unexpected<Error> damaged(std::string what) {
  return fail(ErrorCode::corrupt, "the GIF file is damaged: " + std::move(what));
}

/// Reads forward; past the end it gives zeros and remembers that it did.
class Reader {
public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  bool overrun() const { return overrun_; }
  std::size_t size() const { return bytes_.size(); }

  std::uint8_t byte() {
    if (at_ < bytes_.size()) return bytes_[at_++];
    overrun_ = true;
    return 0;
  }
  int word() {
    const int low = byte();
    return low | byte() << 8;
  }
  std::span<const std::uint8_t> take(std::size_t count) {
    if (count > bytes_.size() - at_) overrun_ = true;
    const auto part = bytes_.subspan(at_, std::min(count, bytes_.size() - at_));
    at_ += part.size();
    return part;
  }

  /// Colour table whose size the flags of its descriptor give.
  Palette palette(std::uint8_t flags) {
    Palette colours{};
    const auto table = take(std::size_t{6} << (flags & 7));
    for (std::size_t i = 0; i < table.size(); i++)
      colours[i / 3][i % 3] = table[i];
    return colours;
  }

  /// A chain of sub-blocks, joined.
  std::vector<std::uint8_t> sub_blocks() {
    std::vector<std::uint8_t> joined;
    while (const auto length = byte()) {
      const auto block = take(length);
      joined.insert(joined.end(), block.begin(), block.end());
    }
    return joined;
  }

private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool overrun_ = false;
};

/// GIF's LZW: codes of growing width, low bits first. Gives `count` indices, or nothing if the data is wrong or ends
/// before.
std::optional<std::vector<std::uint8_t>> unpack(std::span<const std::uint8_t> data, int symbol_bits,
                                                std::size_t count) {
  constexpr int most_codes = 4096, none = -1;
  if (symbol_bits < 1 || symbol_bits > 8) return std::nullopt;
  const int clear = 1 << symbol_bits, end = clear + 1;

  // A code stands for the string of `prefix` and then `last`.
  std::array<std::int16_t, most_codes> prefix;
  std::array<std::uint8_t, most_codes> last, first;
  for (int code = 0; code < clear; code++) {
    prefix[std::size_t(code)] = none;
    first[std::size_t(code)] = last[std::size_t(code)] = std::uint8_t(code);
  }

  std::vector<std::uint8_t> indices, reversed;
  indices.reserve(std::min(count, data.size() * most_codes));
  int next = end + 1, width = symbol_bits + 1, previous = none, bit_count = 0;
  std::uint32_t bits = 0;
  for (std::size_t at = 0; indices.size() < count;) {
    for (; bit_count < width; bit_count += 8) {
      if (at == data.size()) return std::nullopt;
      bits |= std::uint32_t{data[at++]} << bit_count;
    }
    const int code = int(bits & ((1u << width) - 1));
    bits >>= width;
    bit_count -= width;

    if (code == end) return std::nullopt;
    if (code == clear) {
      next = end + 1;
      width = symbol_bits + 1;
      previous = none;
      continue;
    }
    if (previous == none ? code > clear : code > next) return std::nullopt;

    if (previous != none && next < most_codes) {
      const auto entry = std::size_t(next++);
      prefix[entry] = std::int16_t(previous);
      first[entry] = first[std::size_t(previous)];
      last[entry] = code == int(entry) ? first[entry] : first[std::size_t(code)];
      if (next == 1 << width && width < 12) width++;
    }
    reversed.clear();
    for (int link = code; link != none; link = prefix[std::size_t(link)])
      reversed.push_back(last[std::size_t(link)]);
    const auto fitting = std::min(reversed.size(), count - indices.size());
    indices.insert(indices.end(), reversed.rbegin(), reversed.rbegin() + std::ptrdiff_t(fitting));
    previous = code;
  }
  return indices;
}

/// The rows of a frame in the order the file has them.
std::vector<int> row_order(int height, bool interlaced) {
  struct Pass {
    int first, step;
  };
  constexpr Pass plain[] = {{0, 1}}, passes[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
  std::vector<int> order;
  for (const auto [first, step] : interlaced ? std::span<const Pass>(passes) : std::span<const Pass>(plain))
    for (int row = first; row < height; row += step)
      order.push_back(row);
  return order;
}

struct Screen {
  int width;
  int height;
  Palette palette;
  bool has_palette;
};

Expected<GifFrame> read_frame(Reader& reader, const Screen& screen, std::optional<std::uint8_t> transparent) {
  const int left = reader.word(), top = reader.word(), width = reader.word(), height = reader.word();
  const auto flags = reader.byte();
  if (!(flags & 0x80) && !screen.has_palette) return damaged("it has no colour table");
  const auto palette = flags & 0x80 ? reader.palette(flags) : screen.palette;
  const int symbol_bits = reader.byte();
  const auto data = reader.sub_blocks();
  if (reader.overrun()) return truncated(reader.size());

  // A frame that is larger than the canvas enlarges it.
  GifFrame frame{std::max(screen.width, left + width), std::max(screen.height, top + height), {}};
  if (auto checked = check_size(frame.width, frame.height); !checked) return std::unexpected(checked.error());
  const auto indices = unpack(data, symbol_bits, std::size_t(width) * std::size_t(height));
  if (!indices) return damaged("its data ends before the picture does");

  const auto colour = [&](std::uint8_t index) {
    const auto& rgb = palette[index];
    return std::array<std::uint8_t, 4>{rgb[0], rgb[1], rgb[2], std::uint8_t(index == transparent ? 0 : 255)};
  };
  const auto put = [&](std::size_t x, std::size_t y, std::uint8_t index) {
    std::ranges::copy(colour(index), frame.rgba.begin() + std::ptrdiff_t((y * std::size_t(frame.width) + x) * 4));
  };
  frame.rgba.resize(std::size_t(frame.width) * std::size_t(frame.height) * 4);
  if (width < frame.width || height < frame.height)
    for (std::size_t y = 0; y < std::size_t(frame.height); y++)
      for (std::size_t x = 0; x < std::size_t(frame.width); x++)
        put(x, y, transparent.value_or(0));
  const auto* index = indices->data();
  for (const int row : row_order(height, flags & 0x40))
    for (int x = 0; x < width; x++)
      put(std::size_t(left + x), std::size_t(top + row), *index++);
  return frame;
}

}  // namespace

Expected<GifFrame> decode_gif(std::span<const std::uint8_t> bytes) {
  constexpr std::uint8_t extension = 0x21, image = 0x2c, graphic_control = 0xf9;
  Reader reader(bytes);
  reader.take(6);
  Screen screen{reader.word(), reader.word(), {}, false};
  const auto flags = reader.byte();
  reader.take(2);
  screen.has_palette = flags & 0x80;
  if (screen.has_palette) screen.palette = reader.palette(flags);

  Expected<GifFrame> first = damaged("it has no picture");
  bool found = false;
  std::optional<std::uint8_t> transparent;
  for (;;) {
    const auto block = reader.byte();
    if (reader.overrun()) return truncated(bytes.size());
    if (block == extension) {
      const bool is_control = reader.byte() == graphic_control;
      const auto control = reader.sub_blocks();
      if (is_control && control.size() >= 4) transparent = control[0] & 1 ? std::optional(control[3]) : std::nullopt;
    } else if (block == image && !found) {
      found = true;
      first = read_frame(reader, screen, transparent);
      if (!first) return first;
    } else if (block == image) {
      reader.take(8);
      const auto frame_flags = reader.byte();
      if (frame_flags & 0x80) reader.palette(frame_flags);
      reader.byte();
      reader.sub_blocks();
    } else {
      return first;
    }
  }
}

}  // namespace picfind
