// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>

#include "mace/core/numeric.hpp"

/// Branch-free functions for formulas over `Real`, which is a scalar (float or double, on the host or a device) or a
/// vector of floats (Lanes, backend/cpu/lanes.hpp, which overloads them). Formulas call them unqualified. Comparisons
/// with NaN are false.
namespace mace {

/// Returns `yes` where the condition holds, else `no`.
template <std::floating_point Real>
MACE_HD Real choose(bool condition, Real yes, Real no) {
  return condition ? yes : no;
}

/// Minimum of a and b; b if either is NaN.
template <std::floating_point Real>
MACE_HD Real least(Real a, Real b) {
  return a < b ? a : b;
}

/// Maximum of a and b; b if either is NaN.
template <std::floating_point Real>
MACE_HD Real greatest(Real a, Real b) {
  return a > b ? a : b;
}

/// Absolute value.
template <std::floating_point Real>
MACE_HD Real magnitude(Real x) {
  return x < 0 ? -x : x;
}

/// Square root; NaN below 0.
template <std::floating_point Real>
MACE_HD Real square_root(Real x) {
  return numeric::sqrt(x);
}

/// Sine and cosine of x radians.
template <std::floating_point Real>
MACE_HD void sine_and_cosine(Real x, Real& sine, Real& cosine) {
  numeric::sincos(x, sine, cosine);
}

/// Returns x and keeps the compiler from fusing the product that computes x with a later addition, for formulas that
/// must give the same bits with every instruction set of the host. Has no effect on a device.
template <std::floating_point Real>
MACE_HD Real rounded(Real x) {
#if defined(__GNUC__) && !defined(__clang__) && !defined(__CUDACC__)
  return __builtin_assoc_barrier(x);
#else
  return x;  // clang fuses within one expression only, and this function ends it
#endif
}

/// Returns whether the condition holds in at least one lane, so that formulas can skip work that no lane needs. A
/// scalar has one lane.
MACE_HD inline bool any(bool condition) {
  return condition;
}

}  // namespace mace
