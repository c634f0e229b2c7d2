// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "mace/collision/arm.hpp"
#include "mace/collision/distance.hpp"

namespace mace {

/// A capsule and a ball around it, in the frame that they move with.
struct ArmCapsule {
  Capsule<float> capsule;
  Sphere<float> around;
};

/// A link's capsules, and a ball around them all.
struct ArmBody {
  std::int32_t frame;  ///< 0: the base's; i + 1: joint i's
  std::int32_t first, last;
  Sphere<float> around;
};

/// A box around which an arm works: how to get from the base's frame into its own, and half of each edge.
struct ArmBox {
  Pose<float> inverse;
  Vec<3> half;
};

/// Two bodies that are checked against each other.
struct ArmPair {
  std::int32_t left, right;
};

/// Kinematics and clearance of one configuration, or of a vector of them: what `Arm` runs. It holds spans of the arm's
/// memory, and so may be copied to a device, but not outlive the arm.
template <int Joints>
struct ArmFormula {
  using Sample = Vec<Joints>;
  using Outcome = ArmOutcome<float>;

  SerialChain<Joints> chain;
  Pose<float> base;
  std::span<const ArmBody> bodies;
  std::span<const ArmCapsule> capsules;
  // What stands around, in the base's frame.
  std::span<const ArmBox> boxes;
  std::span<const Capsule<float>> obstacles;
  Ground<float> ground;
  std::span<const ArmPair> pairs;
  /// The clearance of what does not move, or not against each other.
  float fixed;
  /// More than what a computed distance can be wrong by, meters.
  float rounding;

  MACE_HD Outcome operator()(const Sample& q) const { return outcome(q); }

  /// For `Real` = float one configuration, for Lanes one a lane.
  template <class Real>
  [[gnu::always_inline]] MACE_HD ArmOutcome<Real> outcome(const Vec<Joints, Real>& q) const {
    Pose<Real> frame[Joints + 1];
    const Real spoilt = place(q, frame);
    ArmOutcome<Real> result{base.as<Real>() * (frame[Joints] * chain.tip.template as<Real>()), fixed};
    for (const ArmBody& body : bodies)
      if (body.frame > 0) approach_scene(frame[body.frame], body, result.clearance);
    for (const ArmPair& pair : pairs)
      approach_each_other(frame, bodies.data()[pair.left], bodies.data()[pair.right], result.clearance);
    result.clearance = result.clearance + spoilt;
    for (int i = 0; i < 3; ++i) result.end_effector.position[i] += spoilt;
    return result;
  }

 private:
  /// The frames at q. Returns zero, or NaN for a q that is NaN or too large to have a sine.
  template <class Real>
  [[gnu::always_inline]] MACE_HD Real place(const Vec<Joints, Real>& q, Pose<Real>* frame) const {
    Real spoilt = 0;
    for (int i = 0; i < Joints; ++i) {
      const auto usable = magnitude(q[i]) <= Real(8192);
      const Real at = choose(usable, q[i], Real(0));
      spoilt = choose(usable, spoilt, Real(numeric::not_a_number));
      const Pose<Real> before = frame[i] * chain.joint[i].origin.template as<Real>();
      Real sine = 0, cosine = 1;
      if (chain.joint[i].kind == JointKind::revolute) sine_and_cosine(at, sine, cosine);
      frame[i + 1] = before.screwed(sine, cosine, chain.joint[i].kind == JointKind::revolute ? Real(0) : at);
    }
    return spoilt;
  }

  template <class Real>
  [[gnu::always_inline]] MACE_HD static Capsule<Real> placed(const Pose<Real>& frame, const Capsule<float>& capsule) {
    const Capsule<Real> there = capsule.as<Real>();
    return {frame * there.a, frame * there.b, there.radius};
  }

  /// Whether something may be closer than all before: not if in no lane its ball, whose center is at the end of
  /// `apart`, is nearer. Rounding is left so much room that nothing is passed over that would have changed the
  /// clearance.
  template <class Real>
  [[gnu::always_inline]] MACE_HD bool matters(const Vec<3, Real>& apart, float radius, const Real& clearance) const {
    const Real reach = greatest(clearance + Real(radius + rounding), Real(0));
    return any(dot(apart, apart) <= reach * reach);
  }

  template <class Real>
  [[gnu::always_inline]] MACE_HD static Vec<3, Real> beyond(const Vec<3, Real>& p, const Vec<3, Real>& half) {
    Vec<3, Real> e;
    for (int i = 0; i < 3; ++i) e[i] = detail::beyond(p[i], half[i]);
    return e;
  }

  template <class Real>
  [[gnu::always_inline]] MACE_HD void approach_scene(const Pose<Real>& frame, const ArmBody& body,
                                                     Real& clearance) const {
    const Vec<3, Real> center = frame * body.around.center.template as<Real>();
    for (const ArmBox& box : boxes) {
      const Pose<Real> to_box = box.inverse.template as<Real>();
      const Vec<3, Real> half = box.half.template as<Real>();
      if (!matters(beyond(to_box * center, half), body.around.radius, clearance)) continue;
      const Pose<Real> from_body = to_box * frame;
      for (int i = body.first; i < body.last; ++i) {
        const auto& [capsule, around] = capsules.data()[i];
        if (matters(beyond(from_body * around.center.template as<Real>(), half), around.radius, clearance))
          clearance = least(signed_distance(placed(from_body, capsule), half), clearance);
      }
    }
    for (const Capsule<float>& obstacle : obstacles)
      for (int i = body.first; i < body.last; ++i)
        clearance = least(signed_distance(placed(frame, capsules.data()[i].capsule), obstacle.as<Real>()), clearance);
    const Ground<Real> below{ground.up.as<Real>(), ground.height};
    if (any(dot(below.up, center) - below.height - Real(body.around.radius + rounding) <= clearance))
      for (int i = body.first; i < body.last; ++i)
        clearance = least(signed_distance(placed(frame, capsules.data()[i].capsule), below), clearance);
  }

  template <class Real>
  [[gnu::always_inline]] MACE_HD void approach_each_other(const Pose<Real>* frame, const ArmBody& left,
                                                          const ArmBody& right, Real& clearance) const {
    const Vec<3, Real> left_center = frame[left.frame] * left.around.center.template as<Real>();
    const Vec<3, Real> right_center = frame[right.frame] * right.around.center.template as<Real>();
    if (!matters(left_center - right_center, left.around.radius + right.around.radius, clearance)) return;
    const Pose<Real> from_left = frame[right.frame].inverse() * frame[left.frame];
    for (int i = left.first; i < left.last; ++i) {
      const Vec<3, Real> center = from_left * capsules.data()[i].around.center.template as<Real>();
      const auto near = [&](const Sphere<float>& around) {
        return matters(center - around.center.template as<Real>(), capsules.data()[i].around.radius + around.radius,
                       clearance);
      };
      if (!near(right.around)) continue;
      const Capsule<Real> there = placed(from_left, capsules.data()[i].capsule);
      for (int j = right.first; j < right.last; ++j)
        if (near(capsules.data()[j].around))
          clearance = least(signed_distance(there, capsules.data()[j].capsule.template as<Real>()), clearance);
    }
  }
};

}  // namespace mace
