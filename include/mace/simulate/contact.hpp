// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "mace/cloud/cloud.hpp"
#include "mace/cloud/contact.hpp"

namespace mace {

/// The simulator of the grasping task (paper, 4.1): where fingers that close around an object touch it. A cloud with a
/// point that is not finite has contacts of NaN, whose score the tuner refuses.
template <int Points, int Capacity = 8>
class Contact {
 public:
  using Sample = Cloud<Points>;
  using Outcome = Contacts<Capacity>;
  static constexpr bool capturable = true;

  /// The paper's, where an object's bounding box has a diagonal of 1.
  static constexpr float paper_radius = 0.04f;

  /// Fingers along unit vectors that close towards the clouds' origin. Errors: those of make_fingers.
  explicit Contact(std::span<const Vec<3>> directions, float radius = paper_radius)
      : fingers_(towards_origin(directions, radius)) {}
  /// Fingers that close along rays from anywhere.
  explicit Contact(std::span<const Ray> fingers, float radius = paper_radius)
      : fingers_(make_fingers<Capacity>(fingers, radius)) {}

  /// outcomes[i]: the contacts of samples[i].
  template <class Exec>
  void simulate(Exec& exec, std::span<const Sample> samples, std::span<Outcome> outcomes) const {
    require(samples.size() == outcomes.size(), "Contact: wanted as many outcomes as clouds, got ", outcomes.size(),
            " and ", samples.size());
    find_contacts(exec, fingers_, samples, outcomes);
  }

  /// For find_contacts of one cloud of any number of points: an observed object's.
  const Fingers<Capacity>& fingers() const { return fingers_; }

 private:
  static Fingers<Capacity> towards_origin(std::span<const Vec<3>> directions, float radius) {
    std::vector<Ray> rays;
    for (const Vec<3>& direction : directions) rays.push_back({direction});
    return make_fingers<Capacity>(rays, radius);
  }

  Fingers<Capacity> fingers_;
};

}  // namespace mace
