#include "format.h"
#include <algorithm>
#include <string_view>

namespace picfind {
namespace {

struct Signature {
  std::size_t offset;
  std::string_view bytes;
  std::string_view type;
};

using namespace std::string_view_literals;

constexpr Signature signatures[] = {
    {0, "\xff\xd8\xff"sv, "image/jpeg"},
    {0, "\x89PNG\r\n\x1a\n"sv, "image/png"},
    {0, "GIF87a"sv, "image/gif"},
    {0, "GIF89a"sv, "image/gif"},
    {0, "8BPS"sv, "image/vnd.adobe.photoshop"},
    {8, "WEBPVP8"sv, "image/webp"},
    // Canon's CR2 is a TIFF with its own mark behind the header.
    {8, "CR\x02"sv, "image/x-canon-cr2"},
    {4, "ftypcrx "sv, "image/x-canon-cr3"},
    {0, "FUJIFILMCCD-RAW"sv, "image/x-fuji-raf"},
    {0, "IIRO"sv, "image/x-olympus-orf"},
    {0, "IIU\0"sv, "image/x-panasonic-rw2"},
    {0, "II*\0"sv, "image/tiff"},
    {0, "MM\0*"sv, "image/tiff"},
    {0, "\xff\x0a"sv, "image/jxl"},
    {0, "\0\0\0\x0cJXL \r\n\x87\n"sv, "image/jxl"},
    {0, "\0\0\0\x0cjP  \r\n\x87\n"sv, "image/jp2"},
    {0, "\0\0\1\0"sv, "image/x-icon"},
};

bool has(std::string_view text, std::size_t offset, std::string_view part) {
  return text.size() >= offset && text.substr(offset).starts_with(part);
}

/// AVIF and HEIF name themselves among the brands of their first box, `ftyp`: the major one first, then the compatible
/// ones.
std::string_view brand_type(std::string_view text) {
  if (!has(text, 4, "ftyp"sv)) return {};
  const auto box = text.substr(0, std::min<std::size_t>(std::uint8_t(text[3]), text.size()));
  for (std::size_t at = 8; at + 4 <= box.size(); at += at == 8 ? 8 : 4) {
    const auto brand = box.substr(at, 4);
    if (brand == "avif"sv || brand == "avis"sv) return "image/avif";
    if (brand == "heic"sv || brand == "heix"sv || brand == "heim"sv || brand == "heis"sv) return "image/heic";
  }
  return has(box, 8, "mif1"sv) ? "image/heif" : ""sv;
}

/// PNM: `P1` … `P6` and white space.
std::string_view netpbm_type(std::string_view text) {
  if (text.size() < 3 || text[0] != 'P' || " \t\r\n#"sv.find(text[2]) == std::string_view::npos) return {};
  switch (text[1]) {
  case '1':
  case '4':
    return "image/x-portable-bitmap";
  case '2':
  case '5':
    return "image/x-portable-graymap";
  case '3':
  case '6':
    return "image/x-portable-pixmap";
  default:
    return {};
  }
}

/// `BM` alone would claim many a text: the second header has one of few known lengths.
bool is_bmp(std::string_view text) {
  if (!text.starts_with("BM"sv) || text.size() < 18 || text[15] != 0 || text[16] != 0 || text[17] != 0) return false;
  const auto header_bytes = std::uint8_t(text[14]);
  return header_bytes == 12 || header_bytes == 40 || header_bytes == 52 || header_bytes == 56 || header_bytes == 64 ||
         header_bytes == 108 || header_bytes == 124;
}

/// An `<svg` among the first 1024 bytes of something that begins as XML does.
bool is_svg(std::string_view text) {
  auto head = text.substr(0, 1024);
  if (head.starts_with("\xef\xbb\xbf"sv)) head.remove_prefix(3);
  const auto start = head.find_first_not_of(" \t\r\n"sv);
  return start != std::string_view::npos && head[start] == '<' && head.find("<svg"sv) != std::string_view::npos &&
         head.find("<html"sv) == std::string_view::npos;
}

}  // namespace

std::string sniff(std::span<const std::uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const auto& signature : signatures)
    if (has(text, signature.offset, signature.bytes)) return std::string(signature.type);
  if (const auto type = brand_type(text); !type.empty()) return std::string(type);
  if (const auto type = netpbm_type(text); !type.empty()) return std::string(type);
  if (is_bmp(text)) return "image/bmp";
  if (is_svg(text)) return "image/svg+xml";
  return {};
}

}  // namespace picfind
