#include "exif.h"
#include "format.h"
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace picfind {
namespace {

using Bytes = std::span<const std::uint8_t>;
using namespace std::string_view_literals;

enum class Order { little, big };

/// An unsigned number of `size` bytes; nothing where the bytes end before it does.
std::optional<std::uint32_t> number(Bytes bytes, std::size_t at, std::size_t size, Order order) {
  if (at > bytes.size() || bytes.size() - at < size) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; i++)
    value = value << 8 | bytes[at + (order == Order::big ? i : size - 1 - i)];
  return value;
}

bool has(Bytes bytes, std::size_t at, std::string_view text) {
  if (at > bytes.size() || bytes.size() - at < text.size()) return false;
  return std::equal(text.begin(), text.end(), bytes.begin() + at,
                    [](char a, std::uint8_t b) { return std::uint8_t(a) == b; });
}

Bytes part(Bytes bytes, std::size_t at, std::size_t size) {
  if (at > bytes.size()) return {};
  return bytes.subspan(at, std::min(size, bytes.size() - at));
}

/// Exif data is a TIFF file: byte order, 42, offset of IFD0; there 12-byte entries of tag, type, count, value.
int tiff_orientation(Bytes tiff) {
  if (has(tiff, 0, "Exif\0\0"sv)) tiff = tiff.subspan(6);
  if (!has(tiff, 0, "II*\0"sv) && !has(tiff, 0, "MM\0*"sv)) return 1;
  const auto order = tiff[0] == 'I' ? Order::little : Order::big;
  const auto ifd = number(tiff, 4, 4, order);
  const auto entries = ifd ? number(tiff, *ifd, 2, order) : std::nullopt;
  if (!entries) return 1;

  constexpr std::uint32_t orientation_tag = 0x0112, type_short = 3, type_long = 4;
  for (std::size_t i = 0; i < *entries; i++) {
    const std::size_t at = std::size_t{*ifd} + 2 + 12 * i;
    const auto tag = number(tiff, at, 2, order);
    if (!tag) return 1;
    if (*tag != orientation_tag) continue;
    const auto type = number(tiff, at + 2, 2, order);
    if (type != type_short && type != type_long) return 1;
    const auto value = number(tiff, at + 8, *type == type_short ? 2 : 4, order);
    return value && *value >= 1 && *value <= 8 ? int(*value) : 1;
  }
  return 1;
}

/// Exif is in the first APP1 segment that says so, before the first scan.
int jpeg_orientation(Bytes bytes) {
  constexpr std::uint8_t app1 = 0xe1, start_of_scan = 0xda, end_of_image = 0xd9;
  for (std::size_t at = 2; at + 4 <= bytes.size();) {
    if (bytes[at] != 0xff || bytes[at + 1] == 0xff) {
      at++;
      continue;
    }
    const auto marker = bytes[at + 1];
    if (marker == start_of_scan || marker == end_of_image) break;
    const std::size_t length = *number(bytes, at + 2, 2, Order::big);
    if (length < 2) break;
    if (marker == app1 && has(bytes, at + 4, "Exif\0\0"sv)) return tiff_orientation(part(bytes, at + 4, length - 2));
    at += 2 + length;
  }
  return 1;
}

int png_orientation(Bytes bytes) {
  for (std::size_t at = 8;;) {
    const auto length = number(bytes, at, 4, Order::big);
    if (!length || has(bytes, at + 4, "IEND"sv)) return 1;
    if (has(bytes, at + 4, "eXIf"sv)) return tiff_orientation(part(bytes, at + 8, *length));
    if (*length >= bytes.size() - at) return 1;
    at += std::size_t{12} + *length;
  }
}

int webp_orientation(Bytes bytes) {
  for (std::size_t at = 12;;) {
    const auto length = number(bytes, at + 4, 4, Order::little);
    if (!length) return 1;
    if (has(bytes, at, "EXIF"sv)) return tiff_orientation(part(bytes, at + 8, *length));
    const std::size_t rest = bytes.size() - at - 8;
    if (*length >= rest) return 1;
    at += 8 + std::size_t{*length} + *length % 2;
  }
}

}  // namespace

int exif_orientation(Bytes bytes) {
  const auto type = sniff(bytes);
  if (type == "image/jpeg") return jpeg_orientation(bytes);
  if (type == "image/png") return png_orientation(bytes);
  if (type == "image/webp") return webp_orientation(bytes);
  return 1;
}

}  // namespace picfind
