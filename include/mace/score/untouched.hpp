// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/cloud/contact.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// Score of rays along which nothing was touched: S = exp(-depth / scale), where depth is the mean over the rays of the
/// contact's distance from the ray's origin, 0 without contact. Unlike ContactMatch, which charges 1 for any such
/// contact, it orders the obstructions, and no outcome is infeasible. The score is NaN, for which the tuner throws, if
/// the outcome contains NaN or has another number of fingers.
template <int Capacity = 8>
class Untouched {
 public:
  using Outcome = Contacts<Capacity>;

  /// Scores contacts along these fingers.
  /// @param fingers  fingers of the Contact whose outcomes are scored
  /// @param scale    depth at which S is 1/e, a length
  /// @throws Error unless scale is positive and finite.
  explicit Untouched(const Fingers<Capacity>& fingers, float scale = 0.1f) : fingers_(fingers), scale_(scale) {
    require(scale > 0 && numeric::is_finite(scale), "Untouched: wanted a scale above 0, got ", scale);
  }

  /// Returns log S.
  MACE_HD float operator()(const Outcome& outcome) const {
    if (outcome.count != fingers_.count) return numeric::not_a_number;
    float sum = 0;
    for (std::int32_t f = 0; f < fingers_.count; ++f) {
      float along, off;
      place_on(fingers_.ray[f], outcome.point[f], along, off);
      sum += outcome.touched[f] ? along : 0.0f;
    }
    return -sum / (static_cast<float>(fingers_.count) * scale_);
  }

 private:
  Fingers<Capacity> fingers_;
  float scale_;
};

}  // namespace mace
