#include "picture.h"

namespace picfind {

Expected<void> check_size(std::int64_t width, std::int64_t height) {
  const auto size = std::to_string(width) + " × " + std::to_string(height);
  if (width <= 0 || height <= 0)
    return fail(ErrorCode::corrupt, "a picture of " + size + " pixels has nothing to show");
  if (width > max_side || height > max_side)
    return fail(ErrorCode::too_large, "the picture says it has " + size +
                                          " pixels; the longest side that can be read is " + std::to_string(max_side));
  if (width * height > max_pixels)
    return fail(ErrorCode::too_large, "the picture says it has " + size + " pixels; at most " +
                                          std::to_string(max_pixels >> 20) +
                                          " × 2^20 can be read: make it smaller first");
  return {};
}

Expected<Picture> from_pixels(std::vector<std::uint8_t> rgba, int width, int height, int orientation,
                              std::string type) {
  if (auto checked = check_size(width, height); !checked) return std::unexpected(checked.error());
  const auto expected_bytes = std::size_t(width) * std::size_t(height) * 4;
  if (rgba.size() != expected_bytes)
    return fail(ErrorCode::usage, std::to_string(width) + " × " + std::to_string(height) + " RGBA pixels are " +
                                      std::to_string(expected_bytes) + " bytes, not " + std::to_string(rgba.size()));
  if (orientation < 1 || orientation > 8)
    return fail(ErrorCode::usage, "orientation is 1 to 8, not " + std::to_string(orientation));

  Picture picture{width, height, orientation, std::move(type), nullptr};
  const auto owner = std::make_shared<std::vector<std::uint8_t>>(std::move(rgba));
  picture.rgba = std::shared_ptr<const std::uint8_t[]>(owner, owner->data());
  return picture;
}

}  // namespace picfind
