#include "stb_decode.h"
#include "exact_jpeg.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

// The only translation unit with stb_image's code. It goes below the public interface, because that cannot tell a
// picture that was decoded whole from one whose data ended early. For wasm it is compiled with -msse2 -msimd128
// -DSTBI__X64_TARGET: stb_image's SSE2 code through Emscripten's emulation is twice as fast as its plain code.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
#define STBI_ONLY_JPEG
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
///
/// A scan's data may end early while the file goes on. stb_image then reads zeros for the rest, in silence, once it has
/// seen the next marker. So the marker is held back: at the end of a scan come zero bytes, of which a decoder that
/// needs none looks ahead at most four. When a scan is done and its marker was not seen, stb_image asks whether the
/// file has ended: then the file goes on with the marker.
class Feed {
public:
  Feed(std::span<const std::uint8_t> bytes, std::span<const std::size_t> scan_ends)
      : bytes_(bytes), scan_ends_(scan_ends) {
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

  /// Everything that was asked for was there, and every scan was decoded to its end.
  bool whole() const { return !ran_out_ && scans_done_ == scan_ends_.size(); }

private:
  std::size_t stop() const { return scans_done_ < scan_ends_.size() ? scan_ends_[scans_done_] : bytes_.size(); }

  int read(char* data, std::size_t size) {
    const auto count = std::min(size, stop() - at_);
    if (count > 0) {
      std::memcpy(data, bytes_.data() + at_, count);
      at_ += count;
      return int(count);
    }
    constexpr int decoder_lookahead = 4;
    if (stop() < bytes_.size() && zeros_ < decoder_lookahead) {
      zeros_++;
      *data = 0;
      return 1;
    }
    ran_out_ = true;
    return 0;
  }

  void skip(std::size_t size) {
    if (size > stop() - at_) ran_out_ = true;
    at_ += std::min(size, stop() - at_);
  }

  int at_end() {
    const bool buffer_empty = context_.img_buffer >= context_.img_buffer_end;
    if (!ran_out_ && buffer_empty && at_ == stop() && scans_done_ < scan_ends_.size()) {
      scans_done_++;
      zeros_ = 0;
    }
    return ran_out_ || at_ == bytes_.size();
  }

  std::span<const std::uint8_t> bytes_;
  std::span<const std::size_t> scan_ends_;
  std::size_t at_ = 0;
  std::size_t scans_done_ = 0;
  int zeros_ = 0;
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
  Feed feed(bytes, {});
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
  Feed feed(bytes, {});
  int width = 0, height = 0, channels;
  auto* rgba = stbi__load_and_postprocess_8bit(feed.context(), &width, &height, &channels, 4);
  return taken(feed, rgba, width, height);
}

Expected<StbPixels> stb_decode_jpeg(std::span<const std::uint8_t> bytes, std::span<const std::size_t> scan_ends,
                                    bool four_inks) {
  Feed feed(bytes, scan_ends);
  int width = 0, height = 0, channels;
  const std::unique_ptr<stbi__jpeg, void (*)(void*)> jpeg(static_cast<stbi__jpeg*>(std::calloc(1, sizeof(stbi__jpeg))),
                                                          std::free);
  if (!jpeg) return fail(ErrorCode::too_large, "there is not enough memory to decode the picture");
  jpeg->s = feed.context();
  stbi__setup_jpeg(jpeg.get());
  if (four_inks) {
    jpeg->idct_block_kernel = exact_inverse_dct;
    jpeg->YCbCr_to_RGB_kernel = exact_ycc_to_rgb;
  }
  auto* rgba = load_jpeg_image(jpeg.get(), &width, &height, &channels, 4);
  return taken(feed, rgba, width, height);
}

}  // namespace picfind
