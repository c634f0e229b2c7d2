// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mace/cloud/contact.hpp"
#include "mace/core/number_text.hpp"
#include "mace/model/vae.hpp"

/// The fingers of the grasping task, and how what they feel becomes the condition of a conditional VAE.
namespace mace::examples {

inline constexpr int grasp_fingers = 5;
inline constexpr int grasp_features = 4 * grasp_fingers;
inline constexpr float finger_radius = 0.04f;  ///< fingers are 0.08 wide (paper, App. A)

/// Along the four diagonals of the xy plane, then along +x, or along -x where that is to be out of distribution.
inline std::vector<Ray> grasp_rays(bool in_distribution) {
  const float d = 0.70710678f;
  return {{{d, d, 0}}, {{d, -d, 0}}, {{-d, d, 0}}, {{-d, -d, 0}}, {{in_distribution ? 1.0f : -1.0f, 0, 0}}};
}

/// The fingers as a prior's file notes them: three numbers each.
inline std::string fingers_text(const std::vector<Ray>& rays) {
  std::string text;
  for (const Ray& ray : rays)
    for (const float x : ray.direction.v)
      text.append(text.empty() ? "" : " ").append(mace::detail::fixed_text(static_cast<double>(x), 4));
  return text;
}

/// Writes grasp_features numbers: of each finger its contact point, and 1 or 0 for whether it touches anything.
template <int Capacity>
void write_condition(const Contacts<Capacity>& contacts, float* features) {
  static_assert(Capacity >= grasp_fingers);
  for (int f = 0; f < grasp_fingers; ++f) {
    for (int i = 0; i < 3; ++i) features[4 * f + i] = contacts.point[f][i];
    features[4 * f + 3] = contacts.touched[f] ? 1.0f : 0.0f;
  }
}

}  // namespace mace::examples
