// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>

#include "mace/core/numeric.hpp"

/// Choices without branches, for formulas that run on one number (`Real` = float or double, host or device) or on a
/// vector of them at once (`Real` = Lanes, in backend/cpu/lanes.hpp, which has the same functions). Formulas call them
/// unqualified. Where a comparison decides, NaN counts as "no".
namespace mace {

/// `yes` where the condition holds, else `no`.
template <std::floating_point Real>
MACE_HD Real choose(bool condition, Real yes, Real no) {
  return condition ? yes : no;
}

/// The smaller one; b if a is NaN, and b too if b is.
template <std::floating_point Real>
MACE_HD Real least(Real a, Real b) {
  return a < b ? a : b;
}

/// The larger one; b if a is NaN, and b too if b is.
template <std::floating_point Real>
MACE_HD Real greatest(Real a, Real b) {
  return a > b ? a : b;
}

template <std::floating_point Real>
MACE_HD Real magnitude(Real x) {
  return x < 0 ? -x : x;
}

template <std::floating_point Real>
MACE_HD Real square_root(Real x) {
  return numeric::sqrt(x);
}

template <std::floating_point Real>
MACE_HD void sine_and_cosine(Real x, Real& sine, Real& cosine) {
  numeric::sincos(x, sine, cosine);
}

/// x. A product in it is rounded by itself, never fused with what it is added to: for a formula that must give the same
/// bits whatever the host's instructions. (On a device it changes nothing.)
template <std::floating_point Real>
MACE_HD Real rounded(Real x) {
#if defined(__GNUC__) && !defined(__clang__) && !defined(__CUDACC__)
  return __builtin_assoc_barrier(x);
#else
  return x;  // clang fuses within one expression only, and this function ends it
#endif
}

/// Whether a condition holds in any lane: what a shortcut for all of them asks. A number is one lane.
MACE_HD inline bool any(bool condition) {
  return condition;
}

}  // namespace mace
