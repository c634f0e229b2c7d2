// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/cloud/contact.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// The score of the grasping task (paper, 4.1): S = max(1 - error, 0), with the error the mean over fingers of the
/// distance between the contact and the observed one. Where only one of the two touches, that finger's term is 1; where
/// neither does, 0. An outcome with NaN, or of another number of fingers, has the score NaN, which the tuner refuses.
///
/// Contacts are bounded, so S is near 1 for any two objects of the same kind: look at `error` too.
template <int Capacity = 8>
class ContactMatch {
 public:
  using Outcome = Contacts<Capacity>;

  /// Errors: an observation without a finger, or of more than Capacity, or with NaN or infinity.
  explicit ContactMatch(const Contacts<Capacity>& observed) : observed_(observed) {
    require(observed.count >= 1 && observed.count <= Capacity, "ContactMatch: wanted 1 to ", Capacity,
            " contacts, got ", observed.count);
    for (std::int32_t f = 0; f < observed.count; ++f)
      for (const float x : observed.point[f].v)
        require(numeric::is_finite(x), "ContactMatch: contact ", f, ": wanted finite coordinates, got ", x);
  }

  /// 1 - S, where S is above 0: the mean contact error, a length.
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

  MACE_HD float operator()(const Outcome& outcome) const {
    const float score = 1 - error(outcome);
    return score < 0 ? -numeric::infinity : numeric::log(score);
  }

 private:
  Contacts<Capacity> observed_;
};

}  // namespace mace
