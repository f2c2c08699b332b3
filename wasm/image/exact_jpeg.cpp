#include "exact_jpeg.h"
#include <algorithm>

namespace picfind {
namespace {

constexpr int fraction_bits = 13, extra_bits = 2;

constexpr std::int64_t fixed(double factor) { return std::int64_t(factor * (1 << fraction_bits) + 0.5); }

/// One dimension of the transform: eight values, `step` apart, to eight sums of `fraction_bits` more bits.
template <class T> void inverse_dct_line(const T* in, int step, std::int64_t (&out)[8]) {
  const auto at = [in, step](int i) { return std::int64_t{in[i * step]}; };

  const auto turn = (at(2) + at(6)) * fixed(0.541196100);
  const auto even2 = turn - at(6) * fixed(1.847759065), even3 = turn + at(2) * fixed(0.765366865);
  const auto sum = (at(0) + at(4)) << fraction_bits, difference = (at(0) - at(4)) << fraction_bits;
  const std::int64_t even[4] = {sum + even3, difference + even2, difference - even2, sum - even3};

  const auto all = (at(7) + at(3) + at(5) + at(1)) * fixed(1.175875602);
  const auto a = (at(7) + at(1)) * -fixed(0.899976223), b = (at(5) + at(3)) * -fixed(2.562915447);
  const auto c = all - (at(7) + at(3)) * fixed(1.961570560), d = all - (at(5) + at(1)) * fixed(0.390180644);
  const std::int64_t odd[4] = {at(1) * fixed(1.501321110) + a + d, at(3) * fixed(3.072711026) + b + c,
                               at(5) * fixed(2.053119869) + b + d, at(7) * fixed(0.298631336) + a + c};

  for (int i = 0; i < 4; i++) {
    out[i] = even[i] + odd[i];
    out[7 - i] = even[i] - odd[i];
  }
}

std::int64_t shifted(std::int64_t value, int bits) { return (value + (std::int64_t{1} << (bits - 1))) >> bits; }

}  // namespace

void exact_inverse_dct(std::uint8_t* out, int stride, std::int16_t* coefficients) {
  std::int64_t columns[64], line[8];
  for (int x = 0; x < 8; x++) {
    inverse_dct_line(coefficients + x, 8, line);
    for (int y = 0; y < 8; y++)
      columns[y * 8 + x] = shifted(line[y], fraction_bits - extra_bits);
  }
  for (int y = 0; y < 8; y++) {
    inverse_dct_line(columns + y * 8, 1, line);
    for (int x = 0; x < 8; x++)
      out[y * stride + x] =
          std::uint8_t(std::clamp<std::int64_t>(shifted(line[x], fraction_bits + extra_bits + 3) + 128, 0, 255));
  }
}

void exact_ycc_to_rgb(std::uint8_t* out, const std::uint8_t* y, const std::uint8_t* cb, const std::uint8_t* cr,
                      int count, int step) {
  constexpr auto fixed16 = [](double factor) { return int(factor * 65536 + 0.5); };
  constexpr int half = 1 << 15;
  for (int i = 0; i < count; i++, out += step) {
    const int luma = y[i], blue = cb[i] - 128, red = cr[i] - 128;
    out[0] = std::uint8_t(std::clamp(luma + ((fixed16(1.402) * red + half) >> 16), 0, 255));
    out[1] = std::uint8_t(
        std::clamp(luma + ((-fixed16(0.344136286) * blue - fixed16(0.714136286) * red + half) >> 16), 0, 255));
    out[2] = std::uint8_t(std::clamp(luma + ((fixed16(1.772) * blue + half) >> 16), 0, 255));
    out[3] = 255;
  }
}

}  // namespace picfind
