// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "mace/cloud/cloud.hpp"
#include "mace/cloud/contact.hpp"
#include "support/clouds.hpp"

namespace mace::test {

/// The paper's five fingers: to the diagonals of the xy plane, and along x.
inline std::vector<Vec<3>> five_directions() {
  const float h = 0.70710678f;
  return {{h, h, 0}, {h, -h, 0}, {-h, h, 0}, {-h, -h, 0}, {1, 0, 0}};
}

/// Clouds of points uniform in [-0.5, 0.5]^3.
template <int Points>
std::vector<Cloud<Points>> random_clouds(std::size_t count) {
  std::vector<Cloud<Points>> clouds(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto xyz = random_points(Points, static_cast<std::uint32_t>(i));
    std::copy(xyz.begin(), xyz.end(), clouds[i].xyz);
  }
  return clouds;
}

/// Contacts at `points`, all touched.
template <int Capacity = 8>
Contacts<Capacity> contacts_at(const std::vector<Vec<3>>& points) {
  Contacts<Capacity> contacts{};
  contacts.count = static_cast<std::int32_t>(points.size());
  for (std::size_t f = 0; f < points.size(); ++f) contacts.point[f] = points[f], contacts.touched[f] = true;
  return contacts;
}

/// The same, but finger f touches nothing.
template <int Capacity>
Contacts<Capacity> without(Contacts<Capacity> contacts, int f) {
  contacts.point[f] = {0, 0, 0};
  contacts.touched[f] = false;
  return contacts;
}

template <int Capacity>
bool same_contacts(const Contacts<Capacity>& a, const Contacts<Capacity>& b) {
  bool same = a.count == b.count;
  for (int f = 0; f < Capacity; ++f) {
    same &= a.touched[f] == b.touched[f];
    for (int i = 0; i < 3; ++i) same &= a.point[f][i] == b.point[f][i];
  }
  return same;
}

}  // namespace mace::test
