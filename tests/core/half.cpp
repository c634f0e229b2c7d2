// SPDX-License-Identifier: Apache-2.0
#include "mace/core/half.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "mace/core/numeric.hpp"

namespace {

/// A 16-bit format of `mantissa_bits`, by its definition: the oracle for the bit arithmetic.
double value_of(std::uint16_t bits, int mantissa_bits) {
  const int exponent_bits = 15 - mantissa_bits;
  const int exponent = (bits >> mantissa_bits) & ((1 << exponent_bits) - 1);
  const int mantissa = bits & ((1 << mantissa_bits) - 1);
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == (1 << exponent_bits) - 1) return mantissa == 0 ? sign * HUGE_VAL : NAN;
  if (exponent == 0) return sign * std::ldexp(mantissa, 1 - bias - mantissa_bits);
  return sign * std::ldexp(mantissa + (1 << mantissa_bits), exponent - bias - mantissa_bits);
}

/// Checks all 65536 bit patterns: the value, the way back, and the rounding of what lies between it and the next
/// larger magnitude: below the middle down, above it up, the middle itself to the even one.
template <class ToFloat, class FromFloat>
void check_format(int mantissa_bits, ToFloat to_float, FromFloat from_float) {
  int wrong = 0;
  const auto expect = [&](bool holds) { wrong += holds ? 0 : 1; };
  for (std::uint32_t i = 0; i < 65536; ++i) {
    const auto bits = static_cast<std::uint16_t>(i);
    const float value = to_float(bits);
    const double expected = value_of(bits, mantissa_bits);
    if (std::isnan(expected)) {
      expect(std::isnan(value) && std::isnan(to_float(from_float(value))));
      expect(std::signbit(value) == ((bits & 0x8000) != 0) && ((from_float(value) ^ bits) & 0x8000) == 0);
      continue;
    }
    expect(static_cast<double>(value) == expected && std::signbit(value) == std::signbit(expected));
    expect(from_float(value) == bits);
    if (std::isinf(expected)) continue;
    const auto next = static_cast<std::uint16_t>(bits + 1);
    // Past the largest number the step is as wide as the one before it.
    const double step = std::isinf(value_of(next, mantissa_bits))
                            ? expected - value_of(static_cast<std::uint16_t>(bits - 1), mantissa_bits)
                            : value_of(next, mantissa_bits) - expected;
    const auto middle = static_cast<float>(expected + step / 2);
    expect(from_float(std::nextafter(middle, 0.0f)) == bits);
    expect(from_float(middle) == ((bits & 1) == 0 ? bits : next));
    expect(from_float(std::nextafter(middle, std::copysign(mace::numeric::infinity, middle))) == next);
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("half: all 65536 bit patterns and the roundings between them") {
  check_format(10, mace::half_to_float, mace::float_to_half);
}

TEST_CASE("bfloat16: all 65536 bit patterns and the roundings between them") {
  check_format(7, mace::bfloat16_to_float, mace::float_to_bfloat16);
}

TEST_CASE("half: known values") {
  CHECK(mace::float_to_half(1.0f) == 0x3c00);
  CHECK(mace::float_to_half(-2.0f) == 0xc000);
  CHECK(mace::float_to_half(65504.0f) == 0x7bff);
  CHECK(mace::float_to_half(65519.0f) == 0x7bff);
  CHECK(mace::float_to_half(65520.0f) == 0x7c00);
  CHECK(mace::float_to_half(3.4e38f) == 0x7c00);
  CHECK(mace::float_to_half(-mace::numeric::infinity) == 0xfc00);
  CHECK(mace::float_to_half(0x1p-25f) == 0);
  CHECK(mace::float_to_half(0x1.8p-25f) == 1);
  CHECK(mace::float_to_half(std::numeric_limits<float>::denorm_min()) == 0);
  CHECK(mace::half_to_float(1) == 0x1p-24f);
  CHECK(std::isnan(mace::half_to_float(mace::float_to_half(std::bit_cast<float>(0x7f800001u)))));
}

TEST_CASE("bfloat16: known values") {
  CHECK(mace::float_to_bfloat16(1.0f) == 0x3f80);
  CHECK(mace::float_to_bfloat16(-mace::numeric::infinity) == 0xff80);
  CHECK(mace::float_to_bfloat16(std::numeric_limits<float>::max()) == 0x7f80);
  CHECK(std::isnan(mace::bfloat16_to_float(mace::float_to_bfloat16(std::bit_cast<float>(0x7f800001u)))));
}
