// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include "mace/core/config.hpp"

/// Elementary functions. They set no errno, so loops over them vectorize, and use the same polynomials on the host and
/// a device, so both generate the same random numbers. Unless stated otherwise the float versions are within 2 ulp
/// (polynomials after Cephes, S. Moshier); the double versions call the standard library.
namespace mace::numeric {

inline constexpr float infinity = std::numeric_limits<float>::infinity();
inline constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

/// Returns whether x is neither NaN nor infinite. (std::isfinite is not available on every device.)
MACE_HD inline bool is_finite(float x) {
  return (std::bit_cast<std::uint32_t>(x) & 0x7f800000u) != 0x7f800000u;
}
MACE_HD inline bool is_nan(float x) {
  return x != x;
}

/// Returns `yes` if the condition holds, else `no`, by masking bits. For a conditional expression GCC may branch to
/// evaluate only one side, and the loop around it would not vectorize.
MACE_HD inline float blend(bool condition, float yes, float no) {
  const std::uint32_t mask = 0u - static_cast<std::uint32_t>(condition);
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(yes) & mask) | (std::bit_cast<std::uint32_t>(no) & ~mask));
}

/// Rounds to the nearest integer, ties to even, for |x| < 2^22.
MACE_HD inline float round_small(float x) {
  const float shift = 12582912.0f;  // 1.5 * 2^23: the sum has no fraction bits left
  return (x + shift) - shift;
}

/// Square root of a finite x >= 0 (NaN for infinity); the absolute error for denormals is at most 1e-20. The inverse
/// root is estimated from the bits and refined by Newton steps; the last step refines the root.
MACE_HD inline float positive_sqrt(float x) {
  float r = std::bit_cast<float>(0x5f375a86u - (std::bit_cast<std::uint32_t>(x) >> 1));
  const float half = 0.5f * x;
  r = r * (1.5f - half * r * r);
  r = r * (1.5f - half * r * r);
  const float y = x * r;
  return y + 0.5f * r * (x - y * y);
}
MACE_HD inline double positive_sqrt(double x) {
  return std::sqrt(x);
}

/// Square root; NaN below 0.
MACE_HD inline float sqrt(float x) {
  const float other = blend(x < 0.0f, not_a_number, x);
  return blend(std::bit_cast<std::uint32_t>(x) < 0x7f800000u, positive_sqrt(x), other);
}
MACE_HD inline double sqrt(double x) {
  return std::sqrt(x);
}

/// Exponential function; 0 below -87.3 (no denormals), infinity above 88.7.
MACE_HD inline float exp(float x) {
  const float below = blend(x < 88.8f, x, 88.8f);
  const float bounded = blend(x > -87.4f, below, -87.4f);  // NaN too, which must not be converted to an integer
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
  // Two factors, since 2^128 overflows a float while e^88.7 does not.
  const auto whole = static_cast<std::int32_t>(n);
  const std::int32_t first = whole >> 1;
  const float scale = std::bit_cast<float>(static_cast<std::uint32_t>(first + 127) << 23);
  const float rest = std::bit_cast<float>(static_cast<std::uint32_t>(whole - first + 127) << 23);
  float y = p * scale * rest;
  y = blend(x < -87.33f, 0.0f, y);
  y = blend(x > 88.7228f, infinity, y);
  return blend(is_nan(x), x, y);
}
MACE_HD inline double exp(double x) {
  return std::exp(x);
}

/// Natural logarithm; -infinity at 0, NaN below 0.
MACE_HD inline float log(float x) {
  const float lift = blend(x < 1.17549435e-38f, 8388608.0f, 1.0f);
  const auto bits = std::bit_cast<std::uint32_t>(x * lift);
  const auto lifted = static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(lift) >> 23);
  float e = static_cast<float>(static_cast<std::int32_t>(bits >> 23) - lifted + 1);
  float m = std::bit_cast<float>((bits & 0x007fffffu) | 0x3f000000u);  // in [0.5, 1)
  const bool low = m < 0.707106781f;
  e -= blend(low, 1.0f, 0.0f);
  m = m + blend(low, m, 0.0f) - 1.0f;
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
  y = blend(x == infinity, x, y);
  y = blend(x == 0.0f, -infinity, y);
  return blend(x >= 0.0f, y, not_a_number);
}
MACE_HD inline double log(double x) {
  return std::log(x);
}

/// Sine and cosine of x radians for |x| <= 8192. The absolute error is 1e-7 up to |x| = 100 and grows with |x|.
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
/// Sine and cosine of x radians for |x| <= 1e5, to 2e-16, without a branch, so that loops over it vectorize.
/// (Polynomials of fdlibm, Sun Microsystems, 1993.)
MACE_HD inline void sincos_bounded(double x, double& sine, double& cosine) {
  const double shift = 6755399441055744.0;  // 1.5 * 2^52: the last bits of the sum are the nearest integer
  const double shifted = x * 0.63661977236758134308 + shift, n = shifted - shift;
  const auto quadrant = std::bit_cast<std::uint64_t>(shifted);
  double r = x - n * 1.57079632673412561417;  // pi/2 in two parts; the first product is exact
  r = r - n * 6.07710050650619224932e-11;
  const double z = r * r;
  double s = 1.58969099521155010221e-10;
  s = s * z - 2.50507602534068634195e-8;
  s = s * z + 2.75573137070700676789e-6;
  s = s * z - 1.98412698298579493134e-4;
  s = s * z + 8.33333333332248946124e-3;
  s = s * z - 1.66666666666666324348e-1;
  s = s * z * r + r;
  double c = -1.13596475577881948265e-11;
  c = c * z + 2.08757232129817482790e-9;
  c = c * z - 2.75573143513906633035e-7;
  c = c * z + 2.48015872894767294178e-5;
  c = c * z - 1.38888888888741095749e-3;
  c = c * z + 4.16666666666666019037e-2;
  c = c * z * z + (1.0 - 0.5 * z);
  const std::uint64_t odd = 0 - (quadrant & 1),
                      both = std::bit_cast<std::uint64_t>(s) ^ std::bit_cast<std::uint64_t>(c);
  sine = std::bit_cast<double>((std::bit_cast<std::uint64_t>(s) ^ (both & odd)) ^ ((quadrant & 2) << 62));
  cosine = std::bit_cast<double>((std::bit_cast<std::uint64_t>(c) ^ (both & odd)) ^ (((quadrant + 1) & 2) << 62));
}

/// Error function, 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x. Uses an odd polynomial for |x| < 1 and a
/// polynomial for log(1 - erf) beyond (both minimax fits; error below 1e-8 before rounding).
MACE_HD inline float erf(float x) {
  const float distance = x < 0.0f ? -x : x;
  const float z = x * x;
  float p = 7.854024979e-5f;
  p = p * z - 8.010247217e-4f;
  p = p * z + 5.188334446e-3f;
  p = p * z - 2.685381604e-2f;
  p = p * z + 1.128358527e-1f;
  p = p * z - 3.761262584e-1f;
  p = p * z + 1.283791660e-1f;
  const float near = x + x * p;
  const float t = blend(distance > 4.0f, 4.0f, distance);
  float q = -2.168681304e-5f;
  q = q * t + 4.413358912e-4f;
  q = q * t - 4.204559186e-3f;
  q = q * t + 2.520824863e-2f;
  q = q * t - 1.084185630e-1f;
  q = q * t - 6.332199081e-1f;
  q = q * t - 1.129578416f;
  q = q * t + 1.880381714e-4f;
  const float rest = 1.0f - exp(q);
  const float y = blend(distance < 1.0f, near, blend(x < 0.0f, -rest, rest));
  return blend(is_nan(x), x, y);
}
MACE_HD inline double erf(double x) {
  return std::erf(x);
}

/// Inverse error function, to a relative error of 6e-7; +-infinity at +-1, NaN beyond. (M. Giles, "Approximating the
/// erfinv function", GPU Computing Gems 2, 2012.)
MACE_HD inline float inverse_erf(float y) {
  const float w = -log((1.0f - y) * (1.0f + y));
  const float a = w - 2.5f;
  float p = 2.81022636e-08f;
  p = p * a + 3.43273939e-07f;
  p = p * a - 3.5233877e-06f;
  p = p * a - 4.39150654e-06f;
  p = p * a + 0.00021858087f;
  p = p * a - 0.00125372503f;
  p = p * a - 0.00417768164f;
  p = p * a + 0.246640727f;
  p = p * a + 1.50140941f;
  const float b = sqrt(blend(w < 5.0f, 5.0f, w)) - 3.0f;
  float q = -0.000200214257f;
  q = q * b + 0.000100950558f;
  q = q * b + 0.00134934322f;
  q = q * b - 0.00367342844f;
  q = q * b + 0.00573950773f;
  q = q * b - 0.0076224613f;
  q = q * b + 0.00943887047f;
  q = q * b + 1.00167406f;
  q = q * b + 2.83297682f;
  const float x = blend(w < 5.0f, p, q) * y;
  return blend(is_nan(w), w, blend(w == infinity, y * infinity, x));
}
/// Inverse error function in double precision, to a relative error of 1e-14: an initial guess and three Halley steps.
MACE_HD inline double inverse_erf(double y) {
  const double a = y < 0 ? -y : y, rest = 1.0 - a;
  // Near 1, erfc(x) is about e^(-x^2) / (x sqrt(pi)), with x sqrt(pi) between 6 and 11.
  double x = rest > 1e-6 ? static_cast<double>(inverse_erf(static_cast<float>(a))) : std::sqrt(-std::log(8.0 * rest));
  for (int step = 0; step < 3; ++step) {
    const double off = a < 0.5 ? std::erf(x) - a : rest - std::erfc(x);
    const double newton = off * 0.88622692545275801 * std::exp(x * x);
    x -= newton / (1.0 + x * newton);
  }
  x = rest == 0 ? static_cast<double>(infinity) : x;
  return y < 0 ? -x : x;
}

}  // namespace mace::numeric
