#include "decode.h"
#include "exif.h"
#include "format.h"
#include "gif.h"
#include "png_structure.h"
#include "stb_decode.h"
#include "turbo_decode.h"
#include <algorithm>
#include <cstdlib>
#include <limits>

namespace picfind {
namespace {

/// The first bytes in hex, and as text where they are letters, so that a person sees what the file is instead.
std::string first_bytes(std::span<const std::uint8_t> bytes) {
  std::string hex, text;
  for (const auto byte : bytes.first(std::min<std::size_t>(bytes.size(), 8))) {
    constexpr char digits[] = "0123456789abcdef";
    if (!hex.empty()) hex += ' ';
    hex += {digits[byte >> 4], digits[byte & 15]};
    text += byte >= 0x20 && byte < 0x7f ? char(byte) : '.';
  }
  return hex + " \"" + text + "\"";
}

Expected<StbPixels> decode_png(std::span<const std::uint8_t> bytes) {
  if (auto checked = check_png(bytes); !checked) return std::unexpected(checked.error());
  const auto size = stb_size(bytes);
  if (!size) return std::unexpected(size.error());
  // At most 8 bytes a pixel and one a row inflate to a PNG's pixels, and buffers double; interlacing and small pictures
  // take a little more.
  const auto inflated = (std::size_t(size->width) * 8 + 16) * std::size_t(size->height);
  return stb_decode(bytes, 2 * std::max(inflated, bytes.size()) + 65536);
}

Expected<StbPixels> decode_other(std::span<const std::uint8_t> bytes) {
  const auto size = stb_size(bytes);
  if (!size) return std::unexpected(size.error());
  // A BMP stored from the top down says so by a negative height.
  if (auto checked = check_size(size->width, std::abs(std::int64_t{size->height})); !checked)
    return std::unexpected(checked.error());
  return stb_decode(bytes, bytes.size());
}

}  // namespace

Expected<Picture> decode(std::span<const std::uint8_t> bytes, LeastSize least) {
  if (bytes.empty()) return fail(ErrorCode::corrupt, "the file is empty");
  if (bytes.size() > std::size_t(std::numeric_limits<int>::max()))
    return fail(ErrorCode::too_large,
                "the file has " + std::to_string(bytes.size()) + " bytes; 2 GB is the most that can be read");

  const auto type = sniff(bytes);
  if (type.empty())
    return fail(ErrorCode::unsupported,
                "the file is no picture of a known format: it begins with " + first_bytes(bytes));

  if (type == "image/gif") {
    auto frame = decode_gif(bytes);
    if (!frame) return std::unexpected(frame.error());
    return from_pixels(std::move(frame->rgba), frame->width, frame->height, 1, type);
  }
  if (type == "image/jpeg") {
    auto picture = turbo_decode(bytes, least);
    if (picture) picture->orientation = exif_orientation(bytes);
    return picture;
  }
  Expected<StbPixels> pixels;
  if (type == "image/png")
    pixels = decode_png(bytes);
  else if (type == "image/bmp" || type == "image/vnd.adobe.photoshop" || type == "image/x-portable-graymap" ||
           type == "image/x-portable-pixmap")
    pixels = decode_other(bytes);
  else
    return fail(ErrorCode::unsupported,
                "the core cannot decode " + type + "; it reads JPEG, PNG, GIF, BMP, PSD and binary PGM and PPM");
  if (!pixels) return std::unexpected(pixels.error());

  return Picture{pixels->width, pixels->height, exif_orientation(bytes), type, std::move(pixels->rgba)};
}

}  // namespace picfind
