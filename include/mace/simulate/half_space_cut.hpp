// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>

#include "mace/cloud/cloud.hpp"
#include "mace/core/buffer.hpp"

namespace mace {

/// Host version: out[i] = the points of clouds[i] that are in the half space, in order. half_space_cut.cuh has the
/// device version.
/// @param exec    the executor
/// @param kept    the plane of the cut
/// @param clouds  clouds [N]
/// @param out     receives the partial clouds [N]
template <class Exec, int Points>
requires(std::same_as<typename Exec::Space, HostSpace>) void cut_clouds(Exec& exec, const CutPlane& kept,
                                                                        std::span<const Cloud<Points>> clouds,
                                                                        std::span<PartialCloud<Points>> out) {
  exec.for_each_sample(static_cast<Index>(clouds.size()), [&](Index i) {
    const Cloud<Points>& cloud = clouds[static_cast<std::size_t>(i)];
    PartialCloud<Points>& part = out[static_cast<std::size_t>(i)];
    std::int32_t count = 0;
    for (int p = 0; p < Points; ++p) {
      const float* point = cloud.xyz + 3 * p;
      for (int axis = 0; axis < 3; ++axis) part.xyz[3 * count + axis] = point[axis];
      count += kept.contains(point) ? 1 : 0;
    }
    part.count = count;
  });
}

/// Simulator of the completion task (paper, App. C): it keeps the points of a cloud that are in a half space.
template <int Points>
struct HalfSpaceCut {
  using Sample = Cloud<Points>;
  using Outcome = PartialCloud<Points>;
  static constexpr bool capturable = true;

  CutPlane kept;  ///< the plane that bounds the half space of the kept points

  /// A cut that keeps every point, for observations whose cut is unknown.
  static HalfSpaceCut none() { return {{{0, 0, 0}, 0}}; }

  /// Cuts all clouds; see mace::simulate for the arguments.
  template <class Exec>
  void simulate(Exec& exec, std::span<const Sample> samples, std::span<Outcome> outcomes) const {
    cut_clouds(exec, kept, samples, outcomes);
  }
};

}  // namespace mace
