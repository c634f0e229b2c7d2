// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "mace/collision/arm.hpp"
#include "mace/collision/distance.hpp"

namespace mace {

/// A bounding capsule of a link and its bounding sphere, in the link's frame.
struct ArmCapsule {
  Capsule<float> capsule;  ///< bounding capsule
  Sphere<float> around;    ///< bounding sphere of the capsule
};

/// A link: its bounding capsules and the bounding sphere of all of them.
struct ArmBody {
  std::int32_t frame;        ///< frame of the link: 0 for the base, i + 1 for joint i
  std::int32_t first, last;  ///< range of the link's capsules
  Sphere<float> around;      ///< bounding sphere, in the link's frame
};

/// A box of the scene.
struct ArmBox {
  Pose<float> inverse;  ///< pose of the base in the box's frame
  Vec<3> half;          ///< half of each edge, meters
};

/// A self-collision pair of links.
struct ArmPair {
  std::int32_t left, right;  ///< indices of the links
};

/// Kinematics and clearance of one configuration, or of a vector of them; `Arm` runs it. It holds spans of the arm's
/// memory, so it may be copied to a device but must not outlive the arm.
template <int Joints>
struct ArmFormula {
  using Sample = Vec<Joints>;
  using Outcome = ArmOutcome<float>;

  SerialChain<Joints> chain;                  ///< kinematic chain
  Pose<float> base;                           ///< pose of the base in the world's frame
  std::span<const ArmBody> bodies;            ///< links
  std::span<const ArmCapsule> capsules;       ///< bounding capsules of all links
  std::span<const ArmBox> boxes;              ///< boxes of the scene
  std::span<const Capsule<float>> obstacles;  ///< spheres and capsules of the scene, in the base's frame
  Ground<float> ground;                       ///< ground plane, in the base's frame
  std::span<const ArmPair> pairs;             ///< self-collision pairs
  /// Clearance that does not depend on the joints, meters.
  float fixed;
  /// Upper bound of the rounding error of a distance, meters.
  float rounding;

  /// Outcome of one configuration.
  MACE_HD Outcome operator()(const Sample& q) const { return outcome(q); }

  /// Outcome of one configuration if `Real` is float, of one per lane if it is Lanes.
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
  /// Computes the frames at q. Returns zero, or NaN if q is NaN or too large for the sine.
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

  /// True if a body may be closer than the clearance so far, in any lane. `apart` goes to the center of its bounding
  /// sphere. The bound leaves room for rounding, so that no body that would change the clearance is pruned.
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
