// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/backend/block.hpp"
#include "mace/cloud/cloud.hpp"
#include "mace/cloud/contact.hpp"

namespace mace {

namespace detail {

/// Block i finds the contacts of cloud i. Its threads divide the points among themselves, so each is read once.
template <int Points, int Capacity>
struct ContactBlocks {
  static constexpr int threads = 256;
  Fingers<Capacity> fingers;
  const Cloud<Points>* clouds;
  Contacts<Capacity>* out;

  struct Deepest {
    float along;
    std::int32_t point;  ///< -1: none
  };
  static std::size_t shared_bytes() { return threads * sizeof(Deepest); }

  template <ThreadBlock Block>
  MACE_HD void operator()(Block& block, Index i, void* shared) const {
    const float* const xyz = clouds[i].xyz;
    auto* const candidates = static_cast<Deepest*>(shared);
    Deepest mine[Capacity];
    for (Deepest& finger : mine) finger = {-numeric::infinity, -1};
    bool finite = true;
    for (int p = block.thread(); p < Points; p += block.threads()) {
      const Vec<3> point{xyz[3 * p], xyz[3 * p + 1], xyz[3 * p + 2]};
      for (int axis = 0; axis < 3; ++axis) finite = finite && numeric::is_finite(point[axis]);
      for (int f = 0; f < fingers.count; ++f) {
        float along, off;
        place_on(fingers.ray[f], point, along, off);
        if (off <= fingers.radius * fingers.radius && along > mine[f].along) mine[f] = {along, p};
      }
    }
    Contacts<Capacity> contacts{};
    contacts.count = fingers.count;
    for (int f = 0; f < fingers.count; ++f) {
      candidates[block.thread()] = mine[f];
      combine_block(block, candidates, deeper);
      const Deepest deepest = candidates[0];
      detail::set_contact(fingers, f, xyz, deepest.point, deepest.along, contacts);
      block.sync();  // all have read it
    }
    candidates[block.thread()] = {0, finite ? 0 : 1};
    combine_block(block, candidates, [](Deepest a, Deepest b) { return Deepest{0, a.point | b.point}; });
    if (candidates[0].point != 0) detail::spoil(contacts);
    if (block.thread() == 0) out[i] = contacts;
  }

 private:
  /// The candidate farther along the ray, or the lower number on ties.
  MACE_HD static Deepest deeper(const Deepest& a, const Deepest& b) {
    if (b.point < 0 || a.along > b.along) return a;
    if (a.point < 0 || b.along > a.along) return b;
    return a.point < b.point ? a : b;
  }
};

}  // namespace detail

}  // namespace mace
