#pragma once
#include <bit>
#include <cmath>
#include <cstdint>

namespace picfind::server {

/// IEEE 754 binary16, the nearest, ties to even; what is too large becomes infinity.
inline uint16_t half_of(float number) {
  const auto sign = static_cast<uint16_t>(std::signbit(number) ? 0x8000 : 0);
  const float magnitude = std::abs(number);
  if (std::isnan(number)) return sign | 0x7e00;
  if (magnitude >= 65520.0F) return sign | 0x7c00;
  // Below 2^-14 numbers are multiples of 2^-24.
  if (magnitude < 0x1p-14F)
    return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(magnitude * 0x1p24F)));
  const auto bits = std::bit_cast<uint32_t>(magnitude) - (112U << 23U);
  const uint32_t rounded = bits + 0xfffU + ((bits >> 13U) & 1U);
  return static_cast<uint16_t>(sign | (rounded >> 13U));
}

inline float float_of_half(uint16_t half) {
  const bool is_negative = (half & 0x8000U) != 0;
  const int exponent = (half >> 10U) & 0x1f;
  const auto fraction = static_cast<float>(half & 0x3ffU);
  float magnitude = 0;
  if (exponent == 0)
    magnitude = fraction * 0x1p-24F;
  else if (exponent == 31)
    magnitude = fraction == 0 ? INFINITY : NAN;
  else
    magnitude = std::ldexp(1 + fraction * 0x1p-10F, exponent - 15);
  return is_negative ? -magnitude : magnitude;
}

}  // namespace picfind::server
