#include "huffman_decoder.h"
#include "jpeg_internals.h"
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

#include <jerror.h>

namespace picfind {
namespace {

/// Codes are looked up by this many bits; few are longer.
constexpr int window_bits = 10;
constexpr int longest_code = 16;
constexpr int windows_per_refill = 5;

/// Zigzag order to position in a block. A damaged run may go past the end: libjpeg lets it overwrite the last one.
constexpr std::array<std::uint8_t, DCTSIZE2 + 15> natural_order = [] {
  std::array<std::uint8_t, DCTSIZE2 + 15> order{};
  order.fill(DCTSIZE2 - 1);
  std::size_t next = 0;
  for (int diagonal = 0; diagonal < 2 * DCTSIZE - 1; diagonal++)
    for (int i = 0; i <= diagonal; i++) {
      const int row = diagonal % 2 == 0 ? diagonal - i : i, column = diagonal - row;
      if (row < DCTSIZE && column < DCTSIZE) order[next++] = std::uint8_t(row * DCTSIZE + column);
    }
  return order;
}();

/// The longest an MCU can be: as many blocks as libjpeg allows, all of them of the longest codes and numbers.
constexpr std::size_t longest_mcu = std::size_t{D_MAX_BLOCKS_IN_MCU} * DCTSIZE2 * (longest_code + 15) / 8;

/// The entropy-coded bytes up to the next marker without their stuffing, some at a time.
class EntropyBytes {
public:
  explicit EntropyBytes(j_decompress_ptr info) : info_(info) {}

  void clear() {
    begin_ = end_ = 0;
    complete_ = false;
  }

  /// Where the bytes of the next MCU are. After the last ones come zeros.
  const std::uint8_t* next_mcu() {
    if (end_ - begin_ < longest_mcu && !complete_) refill();
    return buffer_.data() + begin_;
  }
  /// Leaves out the bytes before `next`.
  void advance_to(const std::uint8_t* next) { begin_ = std::size_t(next - buffer_.data()); }
  bool has(std::size_t bytes) const { return begin_ + bytes <= end_; }

private:
  static constexpr std::size_t capacity = 16384;
  static constexpr std::size_t step = sizeof(std::uint64_t);
  /// Enough for an MCU and what is read ahead.
  static constexpr std::size_t zeros = longest_mcu + 2 * step;

  void refill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    auto& source = *info_->src;
    while (end_ < capacity && info_->unread_marker == 0) {
      std::uint64_t bytes;
      if (source.bytes_in_buffer >= step && (std::memcpy(&bytes, source.next_input_byte, step), !has_ff(bytes))) {
        std::memcpy(buffer_.data() + end_, &bytes, step);
        source.next_input_byte += step;
        source.bytes_in_buffer -= step;
        end_ += step;
      } else {
        for (std::size_t i = 0; i < step && info_->unread_marker == 0; i++)
          append_next();
      }
    }
    complete_ = info_->unread_marker != 0;
    if (complete_) std::memset(buffer_.data() + end_, 0, zeros);
  }

  void append_next() {
    auto byte = read();
    if (byte == 0xff) {
      // Any number of 0xff and then 0 stand for one 0xff.
      do
        byte = read();
      while (byte == 0xff);
      info_->unread_marker = byte;
      if (byte != 0) return;
      byte = 0xff;
    }
    buffer_[end_++] = byte;
  }

  std::uint8_t read() {
    if (info_->src->bytes_in_buffer == 0) ERREXIT(info_, JERR_INPUT_EOF);
    info_->src->bytes_in_buffer--;
    return *info_->src->next_input_byte++;
  }

  static bool has_ff(std::uint64_t bytes) {
    return (bytes & ~(bytes + 0x0101010101010101u) & 0x8080808080808080u) != 0;
  }

  j_decompress_ptr info_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  /// Whether the next marker is reached.
  bool complete_ = false;
  std::array<std::uint8_t, capacity + step + zeros> buffer_;
};

/// Bits from an MCU's bytes, first bit first.
class Bits {
public:
  static constexpr int refilled = 56;

  /// Goes on in bytes that begin with the first one not taken.
  void resume(const std::uint8_t* bytes) {
    next_ = bytes;
    bits_ = std::uint64_t{*next_++} << (56 + consumed_);
    count_ = 8 - consumed_;
  }
  /// The first byte of which not all bits are taken.
  const std::uint8_t* pause() {
    const auto* byte = next_ - (count_ + 7) / 8;
    consumed_ = -count_ & 7;
    return byte;
  }
  /// Whether that byte is taken in part.
  bool inside_byte() const { return consumed_ != 0; }
  void clear() { consumed_ = 0; }

  /// Makes at least `refilled` bits available.
  void refill() {
    std::uint64_t bytes;
    std::memcpy(&bytes, next_, sizeof bytes);
    if constexpr (std::endian::native == std::endian::little) bytes = __builtin_bswap64(bytes);
    bits_ |= bytes >> count_;
    next_ += (63 - count_) >> 3;
    count_ |= refilled;
  }
  std::uint32_t peek(int count) const { return std::uint32_t(bits_ >> (64 - count)); }
  void drop(int count) {
    bits_ <<= count;
    count_ -= count;
  }
  std::uint32_t take(int count) {
    const auto value = peek(count);
    drop(count);
    return value;
  }

private:
  const std::uint8_t* next_ = nullptr;
  /// The next bit is the highest.
  std::uint64_t bits_ = 0;
  int count_ = 0;
  /// Of the byte at which reading paused.
  int consumed_ = 0;
};

/// A number of `size` bits as JPEG writes it: those that begin with 0 are negative.
int extend(std::uint32_t bits, int size) {
  return size == 0 || bits >> (size - 1) != 0 ? int(bits) : int(bits) - (1 << size) + 1;
}

/// A symbol: how many zeros come first, and of how many bits the number after them is.
struct Symbol {
  int run;
  int size;
};

/// What a window begins with: a symbol and its number, 0 if it has none. Without a length: more bits than the window
/// has.
struct Coefficient {
  std::int16_t value;
  std::uint8_t run;
  std::uint8_t length;

  bool ends_block() const { return value == 0 && run == 0 && length != 0; }
};

/// All whole symbols that a window begins with, for blocks whose numbers nobody reads. Without a length: none.
struct Skip {
  /// Coefficients passed, not counting an end of block.
  std::uint8_t coefficients;
  std::uint8_t length;
  bool ends;
};

struct Table {
  std::array<Coefficient, 1 << window_bits> coefficients;
  std::array<Skip, 1 << window_bits> skips;
  /// By length: the first 16 bits after the last code of that length, and what to add to a code to get its symbol.
  std::array<std::uint32_t, longest_code + 1> ends;
  std::array<int, longest_code + 1> offsets;
  std::array<std::uint8_t, 256> symbols;

  /// The length of the code that 16 bits begin with, `longest_code` + 1 for none; at least `length`.
  int length_of(std::uint32_t bits, int length = 1) const {
    while (length <= longest_code && bits >= ends[std::size_t(length)])
      length++;
    return length;
  }
  Symbol symbol(std::uint32_t bits, int length) const {
    const int code = int(bits >> (longest_code - length));
    const int symbol = symbols[std::size_t(code + offsets[std::size_t(length)]) & 255];
    return {symbol >> 4, symbol & 15};
  }

  /// table: one that libjpeg has checked.
  void build(const JHUFF_TBL& table) {
    std::copy_n(table.huffval, symbols.size(), symbols.begin());
    std::uint32_t code = 0;
    int index = 0;
    for (std::size_t length = 1; length <= longest_code; length++, code <<= 1) {
      offsets[length] = index - int(code);
      code += table.bits[length];
      index += table.bits[length];
      ends[length] = code << (std::size_t{longest_code} - length);
    }
    int length = 1;
    for (std::uint32_t window = 0; window < coefficients.size(); window++) {
      const auto bits = window << (longest_code - window_bits);
      length = length_of(bits, length);
      coefficients[window] = first_coefficient(window, length);
    }
  }
  /// After `build`, where numbers are to be skipped.
  void build_skips() {
    for (std::uint32_t window = 0; window < skips.size(); window++)
      skips[window] = whole_symbols(window);
  }

private:
  Coefficient first_coefficient(std::uint32_t window, int length) const {
    if (length > window_bits) return {};
    const auto [run, size] = symbol(window << (longest_code - window_bits), length);
    if (length + size > window_bits) return {};
    const auto number = (window >> (window_bits - length - size)) & ((1u << size) - 1);
    return {std::int16_t(extend(number, size)), std::uint8_t(run), std::uint8_t(length + size)};
  }

  Skip whole_symbols(std::uint32_t window) const {
    int passed = 0, used = 0;
    while (used < window_bits) {
      const auto bits = (window << (longest_code - window_bits + used)) & 0xffff;
      const int length = length_of(bits);
      if (used + length > window_bits) break;
      const auto [run, size] = symbol(bits, length);
      used += length + size;
      if (size == 0 && run != 15) return {std::uint8_t(passed), std::uint8_t(used), true};
      passed += run + 1;
    }
    return {std::uint8_t(passed), std::uint8_t(used), false};
  }
};

/// The last coefficient in zigzag order that the inverse DCT to size × size reads. Those to 2 and to 4 read high
/// frequencies too.
int last_read(int size) {
  if (size == 1) return 0;
  if (size == 2 || size == 4 || size >= DCTSIZE) return DCTSIZE2 - 1;
  const auto corner = std::ranges::find(natural_order, (size - 1) * (DCTSIZE + 1));
  return int(corner - natural_order.begin());
}

class HuffmanDecoder : public jpeg_entropy_decoder {
public:
  explicit HuffmanDecoder(j_decompress_ptr info) : jpeg_entropy_decoder(*info->entropy), info_(info), bytes_(info) {
    decode_mcu = [](j_decompress_ptr owner, JBLOCKROW* blocks) -> boolean {
      static_cast<HuffmanDecoder*>(owner->entropy)->decode(blocks);
      return TRUE;
    };
    for (int i = 0; i < info->comps_in_scan; i++) {
      const auto& component = *info->cur_comp_info[i];
      last_read_[std::size_t(i)] = last_read(component.DCT_scaled_size);
      dc_tables_[std::size_t(i)] = table(info->dc_huff_tbl_ptrs[component.dc_tbl_no]);
      ac_tables_[std::size_t(i)] = table(info->ac_huff_tbl_ptrs[component.ac_tbl_no]);
      if (last_read_[std::size_t(i)] < DCTSIZE2 - 1) ac_tables_[std::size_t(i)]->build_skips();
    }
    restart();
  }

private:
  /// Shared by components that use the same codes.
  Table* table(const JHUFF_TBL* codes) {
    const auto known = std::find(sources_.begin(), sources_.begin() + built_, codes);
    const auto index = std::size_t(known - sources_.begin());
    if (known == sources_.begin() + built_) {
      sources_[index] = codes;
      void* memory = info_->mem->alloc_small(reinterpret_cast<j_common_ptr>(info_), JPOOL_IMAGE, sizeof(Table));
      tables_[index] = new (memory) Table;
      tables_[index]->build(*codes);
      built_++;
    }
    return tables_[index];
  }

  void restart() {
    bytes_.clear();
    bits_.clear();
    previous_dc_.fill(0);
    until_restart_ = info_->restart_interval;
  }

  void decode(JBLOCKROW* blocks) {
    if (info_->restart_interval != 0 && until_restart_-- == 0) {
      info_->marker->read_restart_marker(info_);
      restart();
      until_restart_--;
    }
    auto bits = bits_;  // a local copy is kept in registers
    bits.resume(bytes_.next_mcu());
    for (int i = 0; i < info_->blocks_in_MCU; i++) {
      const auto component = std::size_t(info_->MCU_membership[i]);
      auto* block = *blocks[i];
      previous_dc_[component] += std::uint32_t(difference(bits, *dc_tables_[component]));
      block[0] = JCOEF(previous_dc_[component]);
      const int last = last_read_[component];
      const int next = read_block(bits, *ac_tables_[component], block, last);
      if (next < DCTSIZE2) skip_block(bits, *ac_tables_[component], next);
    }
    bytes_.advance_to(bits.pause());
    bits_ = bits;
    if (!bytes_.has(bits.inside_byte() ? 1 : 0)) WARNMS(info_, JWRN_HIT_MARKER);
  }

  // All of what follows is inlined into `decode`, so that `bits` has no address and stays in registers.

  [[gnu::always_inline]] Symbol symbol(Bits& bits, const Table& table) {
    bits.refill();
    const auto window = bits.peek(longest_code);
    const int length = table.length_of(window);
    if (length > longest_code) {
      WARNMS(info_, JWRN_HUFF_BAD_CODE);
      return {0, 0};
    }
    bits.drop(length);
    return table.symbol(window, length);
  }

  [[gnu::always_inline]] static int number(Bits& bits, int size) {
    return size == 0 ? 0 : extend(bits.take(size), size);
  }

  [[gnu::always_inline]] int difference(Bits& bits, const Table& table) {
    bits.refill();
    const auto known = table.coefficients[bits.peek(window_bits)];
    if (known.length == 0) return number(bits, symbol(bits, table).size);
    bits.drop(known.length);
    return known.value;
  }

  /// Reads a block's other coefficients up to `last`; gives the next one's number, `DCTSIZE2` or more when none is
  /// left.
  [[gnu::always_inline]] int read_block(Bits& bits, const Table& table, JCOEF* block, int last) {
    int next = 1;
    while (next <= last) {
      bits.refill();
      for (int i = 0; i < windows_per_refill && next <= last; i++) {
        const auto known = table.coefficients[bits.peek(window_bits)];
        if (known.value == 0) [[unlikely]] {
          if (known.ends_block()) {
            bits.drop(known.length);
            return DCTSIZE2;
          }
          next = read_rare(bits, table, block, next);
          break;
        }
        bits.drop(known.length);
        next += known.run;
        block[natural_order[std::size_t(next)]] = known.value;
        next++;
      }
    }
    return next;
  }

  /// A run of zeros without a number, or what is longer than a window.
  [[gnu::always_inline]] int read_rare(Bits& bits, const Table& table, JCOEF* block, int next) {
    const auto [run, size] = symbol(bits, table);
    if (size == 0) return run == 15 ? next + 16 : DCTSIZE2;
    next += run;
    block[natural_order[std::size_t(next)]] = JCOEF(number(bits, size));
    return next + 1;
  }

  /// Passes a block's coefficients from `next` on.
  [[gnu::always_inline]] void skip_block(Bits& bits, const Table& table, int next) {
    while (next < DCTSIZE2) {
      bits.refill();
      const auto known = table.skips[bits.peek(window_bits)];
      // Symbols behind the block's last coefficient are the next block's.
      if (known.length != 0 && next + known.coefficients < DCTSIZE2) {
        bits.drop(known.length);
        if (known.ends) return;
        next += known.coefficients;
      } else {
        const auto [run, size] = symbol(bits, table);
        bits.drop(size);
        if (size == 0 && run != 15) return;
        next += run + 1;
      }
    }
  }

  j_decompress_ptr info_;
  EntropyBytes bytes_;
  Bits bits_;
  /// Unsigned, for a damaged file can make it overflow.
  std::array<std::uint32_t, MAX_COMPS_IN_SCAN> previous_dc_{};
  std::array<int, MAX_COMPS_IN_SCAN> last_read_{};
  std::array<Table*, MAX_COMPS_IN_SCAN> dc_tables_{};
  std::array<Table*, MAX_COMPS_IN_SCAN> ac_tables_{};
  unsigned until_restart_ = 0;
  std::array<const JHUFF_TBL*, std::size_t{2} * NUM_HUFF_TBLS> sources_{};
  std::array<Table*, std::size_t{2} * NUM_HUFF_TBLS> tables_{};
  int built_ = 0;
};

}  // namespace

void use_own_huffman_decoder(jpeg_decompress_struct& info) {
  if (info.progressive_mode || info.arith_code || info.inputctl->has_multiple_scans) return;
  // Freed with the picture, even if a call ends by a jump.
  void* memory = info.mem->alloc_small(reinterpret_cast<j_common_ptr>(&info), JPOOL_IMAGE, sizeof(HuffmanDecoder));
  info.entropy = new (memory) HuffmanDecoder(&info);
}

}  // namespace picfind
