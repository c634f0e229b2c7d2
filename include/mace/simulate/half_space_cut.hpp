// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/geometry/cloud.hpp"

namespace mace {

/// The simulator of the completion task (paper, App. C): of a whole cloud, the points in a half space stay.
template <int Points>
struct HalfSpaceCut {
  using Sample = Cloud<Points>;
  using Outcome = PartialCloud<Points>;

  HalfSpace kept;

  /// A cut that keeps every point, for observations whose cut is not known.
  static HalfSpaceCut none() { return {{{0, 0, 0}, 0}}; }

  template <class Exec>
  void simulate(Exec& exec, std::span<const Sample> samples, std::span<Outcome> outcomes) const {
    const HalfSpace half = kept;
    const Sample* const in = samples.data();
    Outcome* const out = outcomes.data();
    exec.for_each_sample(static_cast<Index>(samples.size()), [=] MACE_HD(Index i) {
      std::int32_t count = 0;
      for (int p = 0; p < Points; ++p) {
        const float* point = in[i].xyz + 3 * p;
        for (int axis = 0; axis < 3; ++axis) out[i].xyz[3 * count + axis] = point[axis];
        count += half.contains(point) ? 1 : 0;
      }
      out[i].count = count;
    });
  }
};

}  // namespace mace
