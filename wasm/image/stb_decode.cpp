#include "stb_decode.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

// The only translation unit with stb_image's code. It goes below the public interface, because that cannot tell a
// picture that was decoded whole from one whose data ended early.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#define STBI_ONLY_PSD
#define STBI_ONLY_PNM
// What a PNG's data inflates to is bounded by its header, not by what a hostile file goes on to hold.
#define STBI_MALLOC(size) std::malloc(size)
#define STBI_FREE(memory) std::free(memory)
#define STBI_REALLOC_SIZED(memory, old_size, size) ((size) > buffer_limit ? nullptr : std::realloc(memory, size))
namespace {
thread_local std::size_t buffer_limit = 0;
}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image.h>
#pragma GCC diagnostic pop

namespace picfind {
namespace {

/// Feeds stb_image and notices what it does not report: that it asked for more bytes than there are.
class Feed {
public:
  explicit Feed(std::span<const std::uint8_t> bytes) : bytes_(bytes) {
    stbi_io_callbacks callbacks{
        [](void* feed, char* data, int size) { return static_cast<Feed*>(feed)->read(data, std::size_t(size)); },
        [](void* feed, int size) { static_cast<Feed*>(feed)->skip(std::size_t(size)); },
        [](void* feed) { return static_cast<Feed*>(feed)->at_end(); }};
    stbi__g_failure_reason = nullptr;
    stbi__start_callbacks(&context_, &callbacks, this);
  }
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  stbi__context* context() { return &context_; }

  /// Everything that was asked for was there.
  bool whole() const { return !ran_out_; }

private:
  int read(char* data, std::size_t size) {
    const auto count = std::min(size, bytes_.size() - at_);
    ran_out_ |= count == 0;
    std::memcpy(data, bytes_.data() + at_, count);
    at_ += count;
    return int(count);
  }

  void skip(std::size_t size) {
    ran_out_ |= size > bytes_.size() - at_;
    at_ += std::min(size, bytes_.size() - at_);
  }

  int at_end() const { return ran_out_ || at_ == bytes_.size(); }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool ran_out_ = false;
  stbi__context context_;
};

std::unexpected<Error> failure() {
  const std::string_view reason = stbi__g_failure_reason ? stbi__g_failure_reason : "unknown reason";
  const auto says = [reason](std::string_view part) { return reason.find(part) != std::string_view::npos; };
  auto code = ErrorCode::corrupt;
  if (says("not supported") || says("nsupported") || says("not in RGB") || says("supports only") || says("not 8 or 16"))
    code = ErrorCode::unsupported;
  if (says("too large") || says("Out of memory") || says("Very large")) code = ErrorCode::too_large;
  return fail(code, "the picture cannot be decoded (" + std::string(reason) + ")");
}

Expected<StbPixels> taken(const Feed& feed, stbi_uc* rgba, int width, int height) {
  std::shared_ptr<const std::uint8_t[]> owner(
      rgba, [](const std::uint8_t* pixels) { stbi_image_free(const_cast<std::uint8_t*>(pixels)); });
  if (!rgba && failure().error().code != ErrorCode::corrupt) return failure();
  if (!feed.whole())
    return fail(ErrorCode::corrupt, "the file is truncated or damaged: its data ends before the picture does");
  if (!rgba) return failure();
  return StbPixels{width, height, std::move(owner)};
}

}  // namespace

Expected<StbSize> stb_size(std::span<const std::uint8_t> bytes) {
  Feed feed(bytes);
  StbSize size{};
  int channels;
  if (!stbi__info_main(feed.context(), &size.width, &size.height, &channels)) {
    if (!feed.whole()) return fail(ErrorCode::corrupt, "the file is truncated: it ends inside its header");
    return failure();
  }
  return size;
}

Expected<StbPixels> stb_decode(std::span<const std::uint8_t> bytes, std::size_t largest_buffer) {
  buffer_limit = largest_buffer;
  Feed feed(bytes);
  int width = 0, height = 0, channels;
  auto* rgba = stbi__load_and_postprocess_8bit(feed.context(), &width, &height, &channels, 4);
  return taken(feed, rgba, width, height);
}

}  // namespace picfind
