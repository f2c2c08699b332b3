#include "png_structure.h"
#include "picture.h"
#include <array>
#include <string>
#include <string_view>

namespace picfind {
namespace {

/// tables[n][b]: the CRC (polynomial of ISO 3309, as in PNG's annex D) of byte b followed by n zero bytes; eight bytes
/// then cost one step.
constexpr auto crc_tables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; byte++) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++)
      crc = crc & 1 ? 0xedb88320u ^ crc >> 1 : crc >> 1;
    tables[0][byte] = crc;
  }
  for (std::size_t n = 1; n < 8; n++)
    for (std::size_t byte = 0; byte < 256; byte++) {
      const auto before = tables[n - 1][byte];
      tables[n][byte] = before >> 8 ^ tables[0][before & 0xff];
    }
  return tables;
}();

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xffffffffu;
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    const std::uint8_t* b = bytes.data() + i;
    crc = crc_tables[7][(crc ^ b[0]) & 0xff] ^ crc_tables[6][(crc >> 8 ^ b[1]) & 0xff] ^
          crc_tables[5][(crc >> 16 ^ b[2]) & 0xff] ^ crc_tables[4][crc >> 24 ^ b[3]] ^ crc_tables[3][b[4]] ^
          crc_tables[2][b[5]] ^ crc_tables[1][b[6]] ^ crc_tables[0][b[7]];
  }
  for (; i < bytes.size(); i++)
    crc = crc >> 8 ^ crc_tables[0][(crc ^ bytes[i]) & 0xff];
  return ~crc;
}

std::uint32_t big_endian(const std::uint8_t* bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

std::unexpected<Error> corrupt(std::string message) {
  return fail(ErrorCode::corrupt, "the PNG file " + std::move(message));
}

}  // namespace

Expected<void> check_png(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t signature = 8, header = 13, around = 12;  // length, type and CRC are around a chunk's data
  if (bytes.size() < signature + around + header) return corrupt("is truncated inside its header");
  if (big_endian(&bytes[8]) != header || big_endian(&bytes[12]) != 0x49484452u)
    return corrupt("does not begin with IHDR");
  if (auto checked = check_size(big_endian(&bytes[16]), big_endian(&bytes[20])); !checked) return checked;

  for (std::size_t at = signature;;) {
    const auto left = bytes.size() - at;
    const std::size_t length = left < around ? 0 : big_endian(&bytes[at]);
    if (left < around || length > left - around)
      return corrupt("is truncated: it ends at byte " + std::to_string(bytes.size()) + " before IEND");
    const auto data_and_type = bytes.subspan(at + 4, length + 4);
    if (crc32(data_and_type) != big_endian(&bytes[at + 8 + length]))
      return corrupt("is damaged: the checksum of the chunk at byte " + std::to_string(at) + " is wrong");
    if (big_endian(&bytes[at + 4]) == 0x49454e44u) return {};
    at += around + length;
  }
}

}  // namespace picfind
