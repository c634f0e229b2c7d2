// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include "mace/core/config.hpp"

/// Elementary functions that set no errno, so that loops over them vectorise, and that are the same polynomials on host
/// and device, so that both draw the same numbers. The float versions are within 2 ulp where they say nothing else
/// (polynomials after Cephes, S. Moshier); the double versions are the standard library's.
namespace mace::numeric {

inline constexpr float infinity = std::numeric_limits<float>::infinity();
inline constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// True for every value but NaN and the infinities. (std::isfinite is not to be had on every device.)
MACE_HD inline bool is_finite(float x) {
  return (std::bit_cast<std::uint32_t>(x) & 0x7f800000u) != 0x7f800000u;
}
MACE_HD inline bool is_nan(float x) {
  return x != x;
}

/// Rounds to the nearest integer, ties to even, for |x| < 2^22.
MACE_HD inline float round_small(float x) {
  const float shift = 12582912.0f;  // 1.5 * 2^23: the sum has no fraction bits left
  return (x + shift) - shift;
}

/// Square root; NaN below zero; of a denormal, within 1e-20. Inverse root by bit estimate and Newton steps, the last one on the root itself.
MACE_HD inline float sqrt(float x) {
  float r = std::bit_cast<float>(0x5f375a86u - (std::bit_cast<std::uint32_t>(x) >> 1));
  const float half = 0.5f * x;
  r = r * (1.5f - half * r * r);
  r = r * (1.5f - half * r * r);
  r = r * (1.5f - half * r * r);
  float y = x * r;
  y = y + 0.5f * r * (x - y * y);
  y = x == infinity ? x : y;
  y = x == 0.0f ? x : y;
  return x < 0.0f ? not_a_number : y;
}
MACE_HD inline double sqrt(double x) {
  return std::sqrt(x);
}

/// e^x; 0 below -87.3 (no denormals), infinity above 88.7.
MACE_HD inline float exp(float x) {
  const float bounded = x < -87.4f ? -87.4f : (x > 88.8f ? 88.8f : x);
  const float n = round_small(bounded * 1.44269504f);
  float r = bounded - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  // Two factors, since 2^128 is no float while e^88.7 is one.
  const auto whole = static_cast<std::int32_t>(n);
  const std::int32_t first = whole >> 1;
  const float scale = std::bit_cast<float>(static_cast<std::uint32_t>(first + 127) << 23);
  const float rest = std::bit_cast<float>(static_cast<std::uint32_t>(whole - first + 127) << 23);
  float y = p * scale * rest;
  y = x < -87.33f ? 0.0f : y;
  y = x > 88.7228f ? infinity : y;
  return x != x ? x : y;
}
MACE_HD inline double exp(double x) {
  return std::exp(x);
}

/// Natural logarithm; -infinity at 0, NaN below.
MACE_HD inline float log(float x) {
  const bool tiny = x < 1.17549435e-38f;
  const float scaled = tiny ? x * 8388608.0f : x;
  const auto bits = std::bit_cast<std::uint32_t>(scaled);
  const auto exponent = static_cast<std::int32_t>(bits >> 23) - 126;
  float e = static_cast<float>(exponent) - (tiny ? 23.0f : 0.0f);
  float m = std::bit_cast<float>((bits & 0x007fffffu) | 0x3f000000u);  // in [0.5, 1)
  const bool low = m < 0.707106781f;
  e = low ? e - 1.0f : e;
  m = (low ? m + m : m) - 1.0f;
  const float z = m * m;
  float p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  float y = p * m * z - 2.12194440e-4f * e - 0.5f * z;
  y = m + y + 0.693359375f * e;
  y = x == infinity ? x : y;
  y = x == 0.0f ? -infinity : y;
  return x < 0.0f || x != x ? not_a_number : y;
}
MACE_HD inline double log(double x) {
  return std::log(x);
}

/// Sine and cosine of x radians, |x| <= 8192 (absolute error 1e-7 up to 100, growing with |x|).
MACE_HD inline void sincos(float x, float& sine, float& cosine) {
  const float n = round_small(x * 0.636619772f);
  const auto quadrant = static_cast<std::int32_t>(n);
  float r = x - n * 1.5703125f;  // pi/2 in three parts (Cody and Waite)
  r = r - n * 4.837512969970703125e-4f;
  r = r - n * 7.54978995489188216e-8f;
  const float z = r * r;
  const float s = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * r + r;
  const float c =
      ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z - 0.5f * z + 1.0f;
  const bool swapped = (quadrant & 1) != 0;
  sine = swapped ? c : s;
  cosine = swapped ? s : c;
  sine = (quadrant & 2) != 0 ? -sine : sine;
  cosine = ((quadrant + 1) & 2) != 0 ? -cosine : cosine;
}
MACE_HD inline void sincos(double x, double& sine, double& cosine) {
  sine = std::sin(x);
  cosine = std::cos(x);
}

}  // namespace mace::numeric
