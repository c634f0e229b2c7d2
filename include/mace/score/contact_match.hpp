// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/cloud/contact.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// Score of the grasping task (paper, 4.1): S = max(1 - error, 0), where the error is the mean over the fingers of the
/// distance between the predicted and the observed contact. A finger that touches in only one of the two contributes 1,
/// a finger that touches in neither 0. The score is NaN, for which the tuner throws, if the outcome contains NaN or has
/// another number of fingers.
///
/// Contacts are bounded, so S is near 1 for any two objects of the same kind; use `error` to compare them.
template <int Capacity = 8>
class ContactMatch {
 public:
  using Outcome = Contacts<Capacity>;

  /// Takes the observed contacts.
  /// @throws Error unless the observation has 1 to Capacity contacts, with finite coordinates.
  explicit ContactMatch(const Contacts<Capacity>& observed) : observed_(observed) {
    require(observed.count >= 1 && observed.count <= Capacity, "ContactMatch: wanted 1 to ", Capacity,
            " contacts, got ", observed.count);
    for (std::int32_t f = 0; f < observed.count; ++f)
      for (const float x : observed.point[f].v)
        require(numeric::is_finite(x), "ContactMatch: contact ", f, ": wanted finite coordinates, got ", x);
  }

  /// Mean contact error, a length; 1 - S where S is above 0.
  MACE_HD float error(const Outcome& outcome) const {
    if (outcome.count != observed_.count) return numeric::not_a_number;
    float sum = 0;
    for (std::int32_t f = 0; f < observed_.count; ++f) {
      const float apart = norm(outcome.point[f] - observed_.point[f]);
      const bool both = outcome.touched[f] && observed_.touched[f],
                 neither = !outcome.touched[f] && !observed_.touched[f];
      sum += both || numeric::is_nan(apart) ? apart : (neither ? 0.0f : 1.0f);
    }
    return sum / static_cast<float>(observed_.count);
  }

  /// Returns log S.
  MACE_HD float operator()(const Outcome& outcome) const {
    const float score = 1 - error(outcome);
    return score < 0 ? -numeric::infinity : numeric::log(score);
  }

 private:
  Contacts<Capacity> observed_;
};

}  // namespace mace
