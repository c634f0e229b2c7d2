// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include "mace/collision/exact_check.hpp"
#include "mace/cpu.hpp"
#include "mace/kinematics/refine.hpp"
#include "mace/posterior/weights.hpp"

/// The exact posterior of the reaching task for arms like the Panda: configurations that are uniform within the
/// limits, given that the tip is at the goal and that nothing collides.
namespace mace::benchmarks {

/// Where f = a + b cos(angle) + c sin(angle) has a value, within the limits of a joint; `f` is asked at three angles.
template <class F>
std::vector<double> angles_where(const ChainJoint<double>& joint, double value, const F& f) {
  constexpr double turn = 2 * std::numbers::pi;
  double a = 0, b = 0, c = 0;
  for (const double angle : {0.0, turn / 3, -turn / 3}) {
    const double at = f(angle) / 3;
    a += at;
    b += 2 * at * std::cos(angle);
    c += 2 * at * std::sin(angle);
  }
  const double size = std::hypot(b, c);
  std::vector<double> angles;
  if (std::abs(value - a) > size) return angles;
  for (const double sign : {-1.0, 1.0}) {
    double angle = std::atan2(c, b) + sign * std::acos((value - a) / size);
    angle -= turn * std::floor((angle - joint.lower) / turn);
    if (angle <= joint.upper) angles.push_back(angle);
  }
  return angles;
}

/// All configurations within the limits whose tip is at the goal (in the base's frame) and whose joints 3, 5, 6 and 7
/// are those of q. The axes of the first three joints meet in the shoulder, the first one is the base's z axis: joint
/// 4 alone decides how far the tip is from the shoulder, then joint 2 how high it is, then joint 1 in which direction.
inline std::vector<Vec<7, double>> at_goal(const SerialChain<7, double>& chain, const Vec<3, double>& goal,
                                           Vec<7, double> q) {
  const Vec<3, double> shoulder = chain.frames({}).joint[1].position;
  const auto tip = [&](int joint, double angle) {
    q[joint] = angle;
    return chain.position(q);
  };
  const auto far = [&](const Vec<3, double>& at) { return dot(at - shoulder, at - shoulder); };
  std::vector<Vec<7, double>> found;
  q[0] = q[1] = 0;
  for (const double q4 : angles_where(chain.joint[3], far(goal), [&](double a) { return far(tip(3, a)); })) {
    q[3] = q4;
    for (const double q2 : angles_where(chain.joint[1], goal[2], [&](double a) { return tip(1, a)[2]; })) {
      const Vec<3, double> now = tip(1, q2);
      q[0] = std::remainder(std::atan2(goal[1], goal[0]) - std::atan2(now[1], now[0]), 2 * std::numbers::pi);
      if (q[0] >= chain.joint[0].lower && q[0] <= chain.joint[0].upper) found.push_back(q);
      q[0] = 0;
    }
  }
  return found;
}

/// The logarithm of how many configurations near q are at the goal, as joints 3, 5, 6 and 7 are uniform: one over how
/// fast the other three move the tip.
inline double log_density_at(const SerialChain<7, double>& chain, const Vec<7, double>& q) {
  const auto moved = chain.jacobian(chain.frames(q));
  const auto column = [&](int j) { return Vec<3, double>{moved.column[j][0], moved.column[j][1], moved.column[j][2]}; };
  return -std::log(std::abs(dot(column(0), cross(column(1), column(3)))));
}

/// Exact solutions with weights.
struct ArmReference {
  std::vector<Vec<7>> q;            ///< free ones
  std::vector<double> log_weights;  ///< of them
  double free_count = 0;            ///< of all at the goal, as a share of their number
  double free_share = 0;            ///< of all at the goal, by weight
  double worst_miss = 0;            ///< of all at the goal, meters
  double largest_share = 0;         ///< of the sum of the weights of all at the goal, the largest one
};

/// The reference, of so many tries.
inline ArmReference arm_reference(Cpu& exec, const SerialChain<7, double>& chain, const ExactCheck& check,
                                  const Vec<3, double>& goal, Index tries) {
  struct Try {
    std::vector<Vec<7, double>> q;
    std::vector<char> free;
  };
  std::vector<Try> all(static_cast<std::size_t>(tries));
  exec.for_each_sample(tries, [&](Index i) {
    Try& at = all[static_cast<std::size_t>(i)];
    at.q = at_goal(chain, goal,
                   uniform_configuration(chain, {exec.seed(), Stream::restart, 0}, static_cast<std::uint32_t>(i)));
    for (const auto& q : at.q) at.free.push_back(check.is_free(std::span<const double>(q.v)) ? 1 : 0);
  });
  ArmReference result;
  std::vector<double> weights;
  for (const Try& at : all)
    for (std::size_t k = 0; k < at.q.size(); ++k) {
      weights.push_back(log_density_at(chain, at.q[k]));
      result.worst_miss = std::max(result.worst_miss, norm(chain.position(at.q[k]) - goal));
      if (at.free[k] == 0) continue;
      result.q.push_back(at.q[k].template as<float>());
      result.log_weights.push_back(weights.back());
    }
  const double sum = weights::log_sum(weights);
  result.free_count = static_cast<double>(result.q.size()) / static_cast<double>(weights.size());
  result.free_share = std::exp(weights::log_sum(result.log_weights) - sum);
  result.largest_share = std::exp(*std::max_element(weights.begin(), weights.end()) - sum);
  return result;
}

}  // namespace mace::benchmarks
