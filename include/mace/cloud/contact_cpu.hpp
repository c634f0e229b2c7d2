// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <span>

#include "mace/backend/cpu/executor.hpp"
#include "mace/backend/cpu/lanes.hpp"
#include "mace/cloud/cloud.hpp"
#include "mace/cloud/contact.hpp"

namespace mace {

namespace detail {

/// Vectorized find_contacts. Points are processed in blocks that fit in the L1 cache and are transposed once for all
/// fingers.
template <int Capacity>
struct ContactKernel {
  template <int Bytes>
  MACE_INLINE void run(const Fingers<Capacity>* fingers, const float* xyz, Index points,
                       Contacts<Capacity>* contacts) const {
    Lanes<Bytes> farthest[Capacity], deepest[Capacity], spoilt(0.0f);
    for (int f = 0; f < fingers->count; ++f) farthest[f] = Lanes<Bytes>(-numeric::infinity), deepest[f] = -1.0f;
    for (Index first = 0; first < points; first += Block::size) {
      const Block block(xyz, first, points);
      for (Index p = 0; p < Block::size; p += Lanes<Bytes>::count)
        for (int i = 0; i < 3; ++i) {
          const auto x = Lanes<Bytes>::load(block.coordinate[i] + p);
          spoilt += x - x;
        }
      for (int f = 0; f < fingers->count; ++f)
        advance<Bytes>(fingers->ray[f], fingers->radius, block, farthest[f], deepest[f]);
    }
    *contacts = {};
    contacts->count = fingers->count;
    for (int f = 0; f < fingers->count; ++f) finish<Bytes>(*fingers, f, xyz, farthest[f], deepest[f], *contacts);
    if (!all_zero<Bytes>(spoilt)) spoil(*contacts);
  }

 private:
  /// Points first … first + size - 1 by axis, with their numbers. Past the end the last point is repeated with larger
  /// numbers, so that the copies lose ties.
  struct Block {
    static constexpr Index size = 256;
    alignas(64) float coordinate[3][size];
    alignas(64) float number[size];

    MACE_INLINE Block(const float* xyz, Index first, Index points) {
      const Index here = std::min(size, points - first);
      for (Index p = 0; p < here; ++p)
        for (int i = 0; i < 3; ++i) coordinate[i][p] = xyz[3 * (first + p) + i];
      for (Index p = here; p < size; ++p)
        for (int i = 0; i < 3; ++i) coordinate[i][p] = xyz[3 * (points - 1) + i];
      for (Index p = 0; p < size; ++p) number[p] = static_cast<float>(static_cast<std::int32_t>(first + p));
    }
  };

  template <int Bytes>
  MACE_INLINE static void advance(const Ray& ray, float radius, const Block& block, Lanes<Bytes>& farthest,
                                  Lanes<Bytes>& deepest) {
    const Lanes<Bytes> limit = radius * radius;
    Lanes<Bytes> most = farthest, where = deepest;
    for (Index p = 0; p < Block::size; p += Lanes<Bytes>::count) {
      Vec<3, Lanes<Bytes>> point;
      for (int i = 0; i < 3; ++i) point[i] = Lanes<Bytes>::load(block.coordinate[i] + p);
      Lanes<Bytes> along, off;
      place_on(ray, point, along, off);
      const Lanes<Bytes> candidate = choose(off <= limit, along, Lanes<Bytes>(-numeric::infinity));
      where = choose(candidate > most, Lanes<Bytes>::load(block.number + p), where);
      most = greatest(candidate, most);
    }
    farthest = most;
    deepest = where;
  }

  /// Sets the contact of finger f from the best lane, with ties by lower number.
  template <int Bytes>
  MACE_INLINE static void finish(const Fingers<Capacity>& fingers, int f, const float* xyz,
                                 const Lanes<Bytes>& farthest, const Lanes<Bytes>& deepest,
                                 Contacts<Capacity>& contacts) {
    float along[Lanes<Bytes>::count], number[Lanes<Bytes>::count];
    farthest.store(along);
    deepest.store(number);
    int best = 0;
    for (int lane = 1; lane < Lanes<Bytes>::count; ++lane)
      if (along[lane] > along[best] || (along[lane] == along[best] && number[lane] < number[best])) best = lane;
    set_contact(fingers, f, xyz, static_cast<Index>(number[best]), along[best], contacts);
  }

  template <int Bytes>
  MACE_INLINE static bool all_zero(const Lanes<Bytes>& x) {
    float lane[Lanes<Bytes>::count];
    x.store(lane);
    bool zero = true;
    for (const float each : lane) zero &= each == 0.0f;
    return zero;
  }
};

}  // namespace detail

/// Vectorized find_contacts, with the same bits as the reference.
/// @param isa instruction set of the kernel
/// @param fingers the fingers
/// @param xyz x, y, z of one point after the other
/// @param points number of points
/// @throws Error if there are 2^24 points or more.
template <int Capacity>
Contacts<Capacity> find_contacts(Isa isa, const Fingers<Capacity>& fingers, const float* xyz, Index points) {
  require(points < (Index{1} << 24), "find_contacts: wanted fewer than 2^24 points, got ", points);
  Contacts<Capacity> contacts;
  dispatch(isa, detail::ContactKernel<Capacity>{}, &fingers, xyz, points, &contacts);
  return contacts;
}

/// Computes out[i] = the contacts of cloud i.
template <int Points, int Capacity>
void find_contacts(Cpu& exec, const Fingers<Capacity>& fingers, std::span<const Cloud<Points>> clouds,
                   std::span<Contacts<Capacity>> out) {
  exec.for_each_sample(static_cast<Index>(clouds.size()), [&](Index i) {
    const auto at = static_cast<std::size_t>(i);
    out[at] = find_contacts(exec.isa(), fingers, clouds[at].xyz, Points);
  });
}

}  // namespace mace
