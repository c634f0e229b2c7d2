// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/cloud/contact.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// The score of rays along which nothing was touched: S = exp(-depth / scale), with the depth the mean over rays of how
/// far up its ray a sample is touched, 0 if it is not. Unlike ContactMatch, to which such a touch is worth 1 wherever
/// it is, it orders what is in the way, and calls nothing impossible.
/// An outcome with NaN, or of another number of fingers, has the score NaN, which the tuner refuses.
template <int Capacity = 8>
class Untouched {
 public:
  using Outcome = Contacts<Capacity>;

  /// `fingers`: those of the Contact whose outcomes are scored; `scale`: the depth at which S is 1/e. Errors: a scale
  /// that is not above 0.
  explicit Untouched(const Fingers<Capacity>& fingers, float scale = 0.1f) : fingers_(fingers), scale_(scale) {
    require(scale > 0 && numeric::is_finite(scale), "Untouched: wanted a scale above 0, got ", scale);
  }

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
