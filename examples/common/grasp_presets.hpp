// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/tune/tuner.hpp"

/// The hyper-parameters of the grasping task, which the program and the tables share.
namespace mace::examples {

struct GraspPreset {
  TunerOptions options;
  double rate = 0;    ///< Adam's
  Index best_of = 1;  ///< of so many tuned samples one is kept, the best
};

/// The paper's numbers (App. A); of 2500 steps 78 whole rounds fit in.
inline GraspPreset paper_grasp() {
  return {{.samples = 256, .quantile = 1.0 / 16, .rounds = 78, .steps_per_round = 32, .batches = 2}, 2e-4};
}

/// Ours: a few rounds, then the best of what the tuned model draws. To tune further scores higher too, but leaves
/// samples that are much more alike than those that are chosen.
inline GraspPreset quick_grasp() {
  return {{.samples = 256, .quantile = 1.0 / 16, .rounds = 2, .steps_per_round = 32}, 2e-3, 8};
}

}  // namespace mace::examples
