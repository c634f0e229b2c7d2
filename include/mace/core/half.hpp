// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

#include "mace/core/config.hpp"

namespace mace {

namespace detail {

/// Computes `bits / 2^shift`, rounded to nearest, ties to even. A carry out of the mantissa increments the exponent,
/// which is the correct rounding of IEEE bits (and gives infinity beyond the largest number).
MACE_HD inline std::uint32_t shift_to_even(std::uint32_t bits, std::uint32_t shift) {
  const std::uint32_t below_half = (1u << (shift - 1)) - 1;
  return (bits + below_half + ((bits >> shift) & 1u)) >> shift;
}

}  // namespace detail

/// Converts the bits of an IEEE 754 binary16 (1 sign, 5 exponent, 10 mantissa bits) to float, exactly.
MACE_HD inline float half_to_float(std::uint16_t half) {
  const std::uint32_t sign = (half & 0x8000u) << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1fu;
  const std::uint32_t mantissa = half & 0x3ffu;
  std::uint32_t magnitude = ((exponent + 112) << 23) | (mantissa << 13);  // 112 = 127 - 15, the two biases
  if (exponent == 31) magnitude = 0x7f800000u | (mantissa << 13);
  if (exponent == 0) magnitude = std::bit_cast<std::uint32_t>(static_cast<float>(mantissa) * 0x1p-24f);
  return std::bit_cast<float>(sign | magnitude);
}

/// Rounds to the nearest binary16, ties to even: infinity from 65520 on, subnormals preserved, NaN to a quiet NaN.
MACE_HD inline std::uint16_t float_to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  const std::uint32_t exponent = magnitude >> 23;
  std::uint32_t half = 0;  // values below 2^-25 round to zero
  if (magnitude > 0x7f800000u) {
    half = 0x7e00u | ((magnitude >> 13) & 0x3ffu);
  } else if (exponent >= 143) {  // 2^16 and more
    half = 0x7c00u;
  } else if (exponent >= 113) {  // a normal half: 2^-14 and more
    half = detail::shift_to_even(magnitude - (112u << 23), 13);
  } else if (exponent >= 102) {  // a subnormal half, counted in units of 2^-24
    half = detail::shift_to_even((magnitude & 0x7fffffu) | 0x800000u, 126 - exponent);
  }
  return static_cast<std::uint16_t>(((bits >> 16) & 0x8000u) | half);
}

/// Converts the bits of a bfloat16 (the upper half of a float) to float, exactly.
MACE_HD inline float bfloat16_to_float(std::uint16_t bfloat16) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bfloat16) << 16);
}

/// Rounds to the nearest bfloat16, ties to even: infinity beyond the largest, subnormals preserved, NaN to a quiet NaN.
MACE_HD inline std::uint16_t float_to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
  return static_cast<std::uint16_t>(is_nan ? (bits >> 16) | 0x40u : detail::shift_to_even(bits, 16));
}

}  // namespace mace
