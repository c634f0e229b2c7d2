// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "mace/cloud/cloud.hpp"
#include "mace/cloud/contact.hpp"

namespace mace {

/// Simulator of the grasping task (paper, 4.1): the contacts of fingers that close around an object. A cloud with a
/// point that is not finite has contacts of NaN, for which the tuner throws.
template <int Points, int Capacity = 8>
class Contact {
 public:
  using Sample = Cloud<Points>;
  using Outcome = Contacts<Capacity>;
  static constexpr bool capturable = true;

  /// Finger radius of the paper, for objects whose bounding box has a diagonal of 1.
  static constexpr float paper_radius = 0.04f;

  /// Fingers that close towards the clouds' origin.
  /// @param directions  unit vectors from the origin, one per finger
  /// @param radius      radius of the fingers, a length
  /// @throws Error as make_fingers does.
  explicit Contact(std::span<const Vec<3>> directions, float radius = paper_radius)
      : fingers_(towards_origin(directions, radius)) {}
  /// Fingers that close along arbitrary rays.
  /// @param fingers  rays, one per finger
  /// @param radius   radius of the fingers, a length
  /// @throws Error as make_fingers does.
  explicit Contact(std::span<const Ray> fingers, float radius = paper_radius)
      : fingers_(make_fingers<Capacity>(fingers, radius)) {}

  /// Finds the contacts: outcomes[i] are the contacts of samples[i].
  /// @param exec      the executor
  /// @param samples   clouds [N]
  /// @param outcomes  receives the contacts [N]
  /// @throws Error if the sizes differ.
  template <class Exec>
  void simulate(Exec& exec, std::span<const Sample> samples, std::span<Outcome> outcomes) const {
    require(samples.size() == outcomes.size(), "Contact: wanted as many outcomes as clouds, got ", outcomes.size(),
            " and ", samples.size());
    find_contacts(exec, fingers_, samples, outcomes);
  }

  /// The fingers, for find_contacts of an observed cloud, which may have any number of points.
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
