/// libFuzzer's target: a JPEG is decoded by the core's own parts and by libjpeg's, which have to agree in every pixel.
/// Two differences are known: what the core's own parts call damaged, libjpeg's may have made something up for; and
/// where 0xff is repeated among a block's bits, libjpeg begins the block again on top of what it has read of it.
#include "image/turbo_decode.h"

#include <algorithm>
#include <cstdlib>

namespace picfind {
namespace {

/// More take longer and lead to no other code.
constexpr std::int64_t most_pixels = 1 << 16;

/// Whether a frame header in the file, of which there should be one, tells of a large picture.
bool is_large(std::span<const std::uint8_t> file) {
  for (std::size_t at = 0; at + 9 <= file.size(); ++at) {
    if (file[at] != 0xff || (file[at + 1] & 0xf0U) != 0xc0) continue;
    const std::int64_t height = file[at + 5] << 8 | file[at + 6];
    const std::int64_t width = file[at + 7] << 8 | file[at + 8];
    if (height * width > most_pixels) return true;
  }
  return false;
}

bool are_same(const Picture& a, const Picture& b) {
  if (a.width != b.width || a.height != b.height || a.eighths != b.eighths) return false;
  const std::size_t bytes = std::size_t(a.scaled(a.width)) * std::size_t(a.scaled(a.height)) * 4;
  return std::equal(a.rgba.get(), a.rgba.get() + bytes, b.rgba.get());
}

bool repeats_ff(std::span<const std::uint8_t> file) {
  return std::ranges::adjacent_find(file, [](int a, int b) { return a == 0xff && b == 0xff; }) != file.end();
}

void compare(std::span<const std::uint8_t> file, LeastSize least) {
  const Expected<Picture> own = turbo_decode(file, least);
  const Expected<Picture> libjpeg = turbo_decode(file, least, JpegMethods::libjpeg);
  if (own && (!libjpeg || !(are_same(*own, *libjpeg) || repeats_ff(file)))) std::abort();
  if (!own && libjpeg && own.error().code != ErrorCode::corrupt) std::abort();
}

}  // namespace
}  // namespace picfind

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::span file(bytes, size);
  if (picfind::is_large(file)) return -1;
  picfind::compare(file, {});
  picfind::compare(file, {.short_side = 6, .long_side = 0});
  return 0;
}
