// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

#include "mace/backend/concept.hpp"
#include "mace/backend/cpu/lanes.hpp"
#include "mace/kinematics/refine.hpp"

namespace mace {

/// Result of one descent of descend().
template <int Joints>
struct Descent {
  Vec<Joints> q;  ///< final configuration, within the joint limits as floats
  bool reached;   ///< true if it is at the goal, as far as floats can tell
};

/// Solves a x = b in each lane as the function for doubles does, but by L D L^T, which needs no roots and one division
/// a row.
template <int Rows, int Bytes>
MACE_INLINE Vec<Rows, Lanes<Bytes>> solve_symmetric(Lanes<Bytes> (&a)[Rows][Rows], Vec<Rows, Lanes<Bytes>> b) {
  using Real = Lanes<Bytes>;
  Real inverse[Rows], scaled[Rows];
  for (int i = 0; i < Rows; ++i) {
    Real pivot = a[i][i];
    for (int j = 0; j < i; ++j) {
      scaled[j] = a[i][j];
      for (int k = 0; k < j; ++k) scaled[j] = scaled[j] - scaled[k] * a[j][k];
      a[i][j] = scaled[j] * inverse[j];
      pivot = pivot - scaled[j] * a[i][j];
      b[i] = b[i] - a[i][j] * b[j];
    }
    inverse[i] = Real(1) / greatest(pivot, Real(1e-30f));
  }
  for (int i = Rows - 1; i >= 0; --i) {
    b[i] = b[i] * inverse[i];
    for (int k = i + 1; k < Rows; ++k) b[i] = b[i] - a[k][i] * b[k];
  }
  return b;
}

namespace detail {

/// What all descents of a call have in common.
template <int Joints>
struct DescentTask {
  SerialChain<Joints> chain;
  Target<float> target;
  float distance, turn;  ///< tolerances, meters; that of the orientation is weighted
  float least_damping;   ///< square meters
  float iterations;      ///< iteration limit
};

/// Descents toward one target, as many at a time as a vector has lanes. A lane whose descent has ended takes the next
/// start, so that no lane waits for another.
template <int Rows, int Joints>
struct DescentKernel {
  const DescentTask<Joints>& task;

  template <int Bytes>
  MACE_INLINE void run(const Vec<Joints>* starts, Descent<Joints>* ends, Index count) const {
    using Real = Lanes<Bytes>;
    constexpr int width = Real::count;
    const auto arm = task.chain.template as<Real>();
    const Target<Real> goal(task.target);
    // Of each lane: the start, the best configuration so far with its Jacobian and residual, and the next one to try.
    Index which[width], begun = 0, active = 0;
    std::fill(which, which + width, Index{-1});
    Vec<Joints, Real> q, next;
    Vec<Joints, Vec<Rows, Real>> column;
    Vec<Rows, Real> way;
    Real error, caution, age, milestone, stalled, reached, ended = 1;
    for (;;) {
      float q_rows[Joints][width], next_rows[Joints][width], reached_row[width], ended_row[width];
      for (int j = 0; j < Joints; ++j) {
        q[j].store(q_rows[j]);
        next[j].store(next_rows[j]);
      }
      reached.store(reached_row);
      ended.store(ended_row);
      for (int lane = 0; lane < width; ++lane) {
        if (ended_row[lane] == 0) continue;
        if (which[lane] >= 0) {
          Descent<Joints>& end = ends[which[lane]];
          for (int j = 0; j < Joints; ++j) end.q[j] = q_rows[j][lane];
          end.reached = reached_row[lane] != 0;
          which[lane] = -1;
          --active;
        }
        if (begun == count) continue;
        for (int j = 0; j < Joints; ++j) next_rows[j][lane] = starts[begun][j];
        which[lane] = begun++;
        ++active;
      }
      if (active == 0) return;
      for (int j = 0; j < Joints; ++j) next[j] = Real::load(next_rows[j]);
      next = clamped(arm, next);
      const auto fresh = Real(0) < ended;
      error = choose(fresh, Real(numeric::infinity), error);
      milestone = choose(fresh, Real(numeric::infinity), milestone);
      caution = choose(fresh, Real(first_caution), caution);
      age = choose(fresh, Real(0), age + Real(1));

      Pose<Real> frame;
      Vec<3, Real> axis[Joints], place[Joints];
      for (int j = 0; j < Joints; ++j) {
        frame = arm.joint[j].moved(frame, next[j]);
        axis[j] = frame.z;
        place[j] = frame.position;
      }
      const Pose<Real> tip = frame * arm.tip;
      const Approach<Rows, Real> approach(goal, tip);
      const Vec<3, Real> off{approach.way[0], approach.way[1], approach.way[2]};
      const Real far = dot(off, off), turned = square_of_turn(approach, goal, tip);
      const Real now = least(far + turned, Real(1e30f));  // a first try is always better than infinity
      const auto better = now < error;
      for (int j = 0; j < Joints; ++j) {
        q[j] = choose(better, next[j], q[j]);
        const Vec<Rows, Real> rate = approach.rate(arm.joint[j].velocity(axis[j], tip.position - place[j]));
        for (int r = 0; r < Rows; ++r) column[j][r] = choose(better, rate[r], column[j][r]);
      }
      for (int r = 0; r < Rows; ++r) way[r] = choose(better, approach.way[r], way[r]);
      error = least(now, error);
      caution = caution * choose(better, Real(0.7f), Real(8));

      const auto progress = error < Real(worthwhile) * milestone;
      milestone = choose(progress, error, milestone);
      stalled = choose(progress, Real(0), stalled + Real(1));
      const Real beyond = greatest(far - Real(task.distance * task.distance), turned - Real(task.turn * task.turn));
      reached = choose(Real(0) < beyond, Real(0), Real(1));
      const Real left = least(Real(task.iterations) - age, Real(patience) - stalled);
      ended = choose(Real(0) < left, reached, Real(1));
      next = q + damped_step(arm, column, q, way, caution * error + Real(task.least_damping), 2);
    }
  }

 private:
  // Found by trial, for the most descents of the Panda that reach a position or a pose in a given time: the damping of
  // the first step, as a multiple of the squared error; and how many steps may pass without bringing the squared error
  // to so much of what it was.
  static constexpr float first_caution = 0.2f, worthwhile = 0.9f, patience = 3;

  template <class Real>
  MACE_INLINE static Real square_of_turn(const Approach<Rows, Real>& approach, const Target<Real>& goal,
                                         const Pose<Real>& tip) {
    if constexpr (Rows == 6) {
      if (goal.axis) return approach.way[3] * approach.way[3];
      const Real turn = goal.meters_per_radian * Goal<Real>{goal.pose}.turn(tip);
      return turn * turn;
    }
    return 0;
  }
};

/// An upper bound of the distance from the base to the end effector, meters.
template <int Joints>
double length(const SerialChain<Joints, double>& chain) {
  double sum = norm(chain.tip.position);
  for (const auto& joint : chain.joint) {
    sum += norm(joint.origin.position);
    if (joint.kind == JointKind::prismatic) sum += std::max(std::abs(joint.lower), std::abs(joint.upper));
  }
  return sum;
}

}  // namespace detail

/// Moves many configurations toward a goal as refine() does, in floats and in the lanes of vectors: many times as fast.
/// Each descent ends where the errors are half the tolerances, or as small as floats can tell: 5e-6 of the arm's length,
/// 5e-6 radians. From there refine() certifies it, without a step or with one or two. A descent that no longer comes
/// nearer is given up. It allocates no memory, and what becomes of a start does not depend on the others.
/// @param isa  instruction set
/// @param chain  the kinematic chain
/// @param goal  target region in the base frame; a radian counts as 0.3 m
/// @param starts  initial configurations [N]; NaN and entries beyond a limit are moved to a limit
/// @param ends  receives the results [N]
/// @param options  tolerances and iteration limit
/// @throws Error if GoalRegion::checked() throws, a number of the options is not above 0, or the lengths differ.
template <int Joints>
void descend(Isa isa, const SerialChain<Joints, double>& chain, const GoalRegion<GoalFrame::base>& goal,
             std::span<const Vec<Joints>> starts, std::span<Descent<Joints>> ends, const RefineOptions& options = {}) {
  goal.checked();
  require(options.distance > 0 && options.turn > 0 && options.iterations > 0,
          "descend: wanted tolerances and iterations above 0, got ", options.distance, " m, ", options.turn, " rad, ",
          options.iterations);
  require(starts.size() == ends.size(), "descend: wanted room for ", starts.size(), " results, got ", ends.size());
  constexpr double finest = 5e-6;
  const double length = detail::length(chain), weight = detail::region_meters_per_radian;
  const detail::DescentTask<Joints> task{chain.template as<float>(),
                                         detail::Target<float>(detail::Target<double>(goal, weight)),
                                         static_cast<float>(std::max(0.5 * options.distance, finest * length)),
                                         static_cast<float>(weight * std::max(0.5 * options.turn, finest)),
                                         static_cast<float>(1e-6 * length * length),  // above the rounding of J J^T
                                         static_cast<float>(options.iterations)};
  const auto count = static_cast<Index>(starts.size());
  if (goal.orientation == Orientation::free)
    dispatch(isa, detail::DescentKernel<3, Joints>{task}, starts.data(), ends.data(), count);
  else
    dispatch(isa, detail::DescentKernel<6, Joints>{task}, starts.data(), ends.data(), count);
}

}  // namespace mace
