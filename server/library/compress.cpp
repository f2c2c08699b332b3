#include "library/compress.h"

#include <algorithm>
#include <zlib.h>

namespace picfind::server {
namespace {

constexpr int gzip_window_bits = 15 + 16;
constexpr int level = 6;
/// What is tried before all of a large file is compressed.
constexpr std::size_t sample_bytes = 32U << 10U;

Bytes gzip(ByteView bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, gzip_window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  Bytes out(deflateBound(&stream, bytes.size()));
  stream.next_in = const_cast<uint8_t*>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(whole ? stream.total_out : 0);
  deflateEnd(&stream);
  return out;
}

bool pays(std::size_t compressed, std::size_t plain) { return compressed > 0 && compressed * 4 < plain * 3; }

}  // namespace

std::optional<Bytes> gzip_where_it_pays(ByteView bytes) {
  const ByteView sample = bytes.first(std::min(bytes.size(), sample_bytes));
  Bytes compressed = gzip(sample);
  if (!pays(compressed.size(), sample.size())) return std::nullopt;
  if (sample.size() < bytes.size()) compressed = gzip(bytes);
  if (!pays(compressed.size(), bytes.size())) return std::nullopt;
  return compressed;
}

}  // namespace picfind::server
