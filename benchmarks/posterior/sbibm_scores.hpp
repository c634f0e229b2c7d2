// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "mace/core/philox.hpp"
#include "mace/core/vec.hpp"

/// How parameters of a task of sbibm are judged: by its likelihood, or by simulated data.
namespace mace::benchmarks {

/// The parameters themselves, for a likelihood to judge.
template <class Task>
struct Parameters {
  using Sample = typename Task::Theta;
  using Outcome = typename Task::Theta;
  MACE_HD Outcome operator()(const Sample& theta) const { return theta; }
};
template <class Task>
struct TaskLikelihood {
  using Outcome = typename Task::Theta;
  typename Task::X seen;
  float operator()(const Outcome& theta) const { return Task::log_likelihood(seen, theta); }
};

/// For Tuner, whose scores are at most 1: the likelihood over an upper bound of it.
template <class Task>
struct AtMostOne {
  using Outcome = typename Task::Theta;
  TaskLikelihood<Task> likelihood;
  float highest;
  float operator()(const Outcome& theta) const { return std::min(likelihood(theta) - highest, 0.0f); }
};

/// What would be seen, as the task's distance takes it: the simulator as a black box.
template <class Task>
struct BlackBox {
  using Sample = typename Task::Theta;
  using Outcome = typename Task::Features;
  Outcome operator()(const Sample& theta, Random& random) const { return Task::features(Task::draw(theta, random)); }
};
/// How near that is to what was seen, under a Gaussian of the width `tolerance`.
template <class Task>
struct NearTo {
  using Outcome = typename Task::Features;
  Outcome seen;
  float tolerance;
  float operator()(const Outcome& x) const {
    const float off = norm(x - seen) / tolerance;
    return -0.5f * off * off;
  }
};

}  // namespace mace::benchmarks
