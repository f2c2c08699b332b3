#include "encode.h"
#include "fit.h"
#include <algorithm>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

namespace picfind {
namespace {

void append(void* file, void* data, int size) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  static_cast<std::vector<std::uint8_t>*>(file)->insert(static_cast<std::vector<std::uint8_t>*>(file)->end(), bytes,
                                                        bytes + size);
}

}  // namespace

std::vector<std::uint8_t> thumbnail(const Picture& picture, int long_side, int quality) {
  const std::int64_t longest = std::max(picture.shown_width(), picture.shown_height());
  const auto target = std::clamp<std::int64_t>(long_side, 1, longest);
  const auto scaled = [&](std::int64_t side) {
    return int(std::max<std::int64_t>((2 * side * target + longest) / (2 * longest), 1));
  };
  const int width = scaled(picture.shown_width()), height = scaled(picture.shown_height());
  const auto rgb = resize(picture, width, height, Interpolation::bicubic, Rgb{255, 255, 255});
  std::vector<std::uint8_t> file;
  stbi_write_jpg_to_func(append, &file, width, height, 3, rgb.data(), std::clamp(quality, 1, 100));
  return file;
}

std::vector<std::uint8_t> encode_png(const std::vector<std::uint8_t>& rgb, int width, int height) {
  std::vector<std::uint8_t> file;
  stbi_write_png_to_func(append, &file, width, height, 3, rgb.data(), width * 3);
  return file;
}

}  // namespace picfind
