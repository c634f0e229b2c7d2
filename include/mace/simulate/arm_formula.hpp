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
  std::int32_t frame;                        ///< frame of the link: 0 for the base, i + 1 for joint i
  std::int32_t first, last;                  ///< range of the link's capsules
  Sphere<float> around;                      ///< bounding sphere, in the link's frame
  std::int32_t first_contact, last_contact;  ///< range of the link's allowed contacts
};

/// A capsule of the scene, or a sphere, in the base's frame.
struct ArmObstacle {
  Capsule<float> capsule;
  Vec<3> share;  ///< edge b - a over its squared length; zero for a sphere
};

/// A box of the scene.
struct ArmBox {
  Pose<float> inverse;  ///< pose of the base in the box's frame
  Vec<3> half;          ///< half of each edge, meters
};

/// A cylinder or a convex hull of the scene. It lies in a box and in a capsule, and is at least as far as each of them.
struct ArmSolid {
  ArmBox box;              ///< bounding box
  Capsule<float> capsule;  ///< bounding capsule, in the frame of the box
};

/// The tables of the scene's obstacles.
enum class ArmTable : std::int32_t { boxes, obstacles, solids, half_spaces };

/// An obstacle that a link may touch.
struct ArmContact {
  ArmTable table;
  std::int32_t index;
};

/// A self-collision pair of links.
struct ArmPair {
  std::int32_t left, right;  ///< indices of the links
};

namespace detail {

/// What a traversal of an arm's pairs finds: the least signed distance.
template <class Real>
struct LeastDistance {
  Real clearance;

  /// True if two bodies may be closer than the clearance so far, in any lane. `apart` is the vector between a point of
  /// each; no other point is farther from these than `room` in all.
  [[gnu::always_inline]] MACE_HD bool matters(const Vec<3, Real>& apart, float room) const {
    const Real reach = greatest(clearance + Real(room), Real(0));
    return any(dot(apart, apart) <= reach * reach);
  }
  template <class Other>
  [[gnu::always_inline]] MACE_HD void meet(const Capsule<Real>& capsule, const Other& other) {
    clearance = least(signed_distance(capsule, other), clearance);
  }
  /// A capsule meets the intersection of two bodies.
  template <class One, class Other>
  [[gnu::always_inline]] MACE_HD void meet_both(const Capsule<Real>& capsule, const One& one, const Other& other) {
    clearance = least(greatest(signed_distance(capsule, one), signed_distance(capsule, other)), clearance);
  }
  [[gnu::always_inline]] MACE_HD bool ended() const { return false; }
};

/// What a traversal of an arm's pairs finds: whether any overlap. It ends once some do in every lane.
template <class Real>
struct AnyOverlap {
  Real clearance;  ///< zero, or minus infinity where two bodies overlap

  [[gnu::always_inline]] MACE_HD bool matters(const Vec<3, Real>& apart, float room) const {
    const Real reach = greatest(clearance + Real(room), Real(0));
    return any(dot(apart, apart) < reach * reach);
  }
  template <class Other>
  [[gnu::always_inline]] MACE_HD void meet(const Capsule<Real>& capsule, const Other& other) {
    clearance = choose(overlap(capsule, other), Real(-numeric::infinity), clearance);
  }
  template <class One, class Other>
  [[gnu::always_inline]] MACE_HD void meet_both(const Capsule<Real>& capsule, const One& one, const Other& other) {
    const Real with_other = choose(overlap(capsule, other), Real(-numeric::infinity), clearance);
    clearance = choose(overlap(capsule, one), with_other, clearance);
  }
  [[gnu::always_inline]] MACE_HD bool ended() const { return !any(Real(-1) < clearance); }
};

}  // namespace detail

/// Kinematics and clearance of one configuration, or of a vector of them; `Arm` runs it. It holds spans of the arm's
/// memory, so it may be copied to a device but must not outlive the arm.
template <int Joints>
struct ArmFormula {
  using Sample = Vec<Joints>;
  using Outcome = ArmOutcome<float>;

  SerialChain<Joints> chain;                   ///< kinematic chain
  Pose<float> base;                            ///< pose of the base in the world's frame
  std::span<const ArmBody> bodies;             ///< links
  std::span<const ArmCapsule> capsules;        ///< bounding capsules of all links
  std::span<const ArmBox> boxes;               ///< boxes of the scene
  std::span<const ArmObstacle> obstacles;      ///< spheres and capsules of the scene
  std::span<const ArmSolid> solids;            ///< cylinders and hulls of the scene
  std::span<const Ground<float>> half_spaces;  ///< the scene's ground and half-spaces, in the base's frame
  std::span<const ArmContact> contacts;        ///< what the links may touch
  std::span<const ArmPair> pairs;              ///< self-collision pairs
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
    detail::LeastDistance<Real> search{fixed};
    traverse(frame, search);
    result.clearance = search.clearance + spoilt;
    for (int i = 0; i < 3; ++i) result.end_effector.position[i] += spoilt;
    return result;
  }

  /// Whether one configuration is free of collision, or one per lane: zero where the clearance is not negative,
  /// otherwise a negative number or NaN.
  template <class Real>
  [[gnu::always_inline]] MACE_HD Real decision(const Vec<Joints, Real>& q) const {
    Pose<Real> frame[Joints + 1];
    const Real spoilt = place(q, frame);
    detail::AnyOverlap<Real> search{fixed < 0 ? -numeric::infinity : 0.0f};
    traverse(frame, search);
    return search.clearance + spoilt;
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

  /// Compares all pairs that matter; the last links, which are the most likely to collide, first.
  template <class Real, class Search>
  [[gnu::always_inline]] MACE_HD void traverse(const Pose<Real>* frame, Search& search) const {
    for (std::size_t i = bodies.size(); i-- > 0 && !search.ended();) {
      const ArmBody& body = bodies.data()[i];
      if (body.frame > 0) approach_scene(frame[body.frame], body, search);
    }
    for (std::size_t i = 0; i < pairs.size() && !search.ended(); ++i) {
      const ArmPair& pair = pairs.data()[i];
      approach_each_other(frame, bodies.data()[pair.left], bodies.data()[pair.right], search);
    }
  }

  // The bounds leave room for rounding, so that no body that would change the result is passed over.
  template <class Real, class Search>
  [[gnu::always_inline]] MACE_HD void approach_scene(const Pose<Real>& frame, const ArmBody& body,
                                                     Search& search) const {
    const Vec<3, Real> center = frame * body.around.center.template as<Real>();
    const float room = body.around.radius + rounding;
    for (std::size_t k = 0; k < boxes.size(); ++k)
      approach_box(frame, center, body, boxes.data()[k], nullptr, {ArmTable::boxes, static_cast<std::int32_t>(k)},
                   search);
    for (std::size_t k = 0; k < solids.size(); ++k)
      approach_box(frame, center, body, solids.data()[k].box, &solids.data()[k].capsule,
                   {ArmTable::solids, static_cast<std::int32_t>(k)}, search);
    for (std::size_t k = 0; k < obstacles.size(); ++k) {
      const ArmObstacle& obstacle = obstacles.data()[k];
      const Capsule<Real> other = obstacle.capsule.as<Real>();
      const Vec<3, Real> edge = other.b - other.a, share = obstacle.share.as<Real>();
      const auto beyond = [&](const Vec<3, Real>& point) {
        const Vec<3, Real> offset = point - other.a;
        return offset - detail::share(dot(share, offset)) * edge;
      };
      if (!search.matters(beyond(center), room + obstacle.capsule.radius) ||
          may_touch(body, {ArmTable::obstacles, static_cast<std::int32_t>(k)}))
        continue;
      for (int i = body.first; i < body.last; ++i) {
        const auto& [capsule, around] = capsules.data()[i];
        if (search.matters(beyond(frame * around.center.template as<Real>()),
                           around.radius + rounding + obstacle.capsule.radius))
          search.meet(placed(frame, capsule), other);
      }
    }
    for (std::size_t k = 0; k < half_spaces.size(); ++k) {
      const Ground<Real> below{half_spaces.data()[k].up.template as<Real>(), half_spaces.data()[k].height};
      if (any(dot(below.up, center) - below.height - Real(room) <= search.clearance) &&
          !may_touch(body, {ArmTable::half_spaces, static_cast<std::int32_t>(k)}))
        for (int i = body.first; i < body.last; ++i) search.meet(placed(frame, capsules.data()[i].capsule), below);
    }
  }

  /// Compares a link with a box, or with what lies both in the box and in the capsule `within`.
  template <class Real, class Search>
  [[gnu::always_inline]] MACE_HD void approach_box(const Pose<Real>& frame, const Vec<3, Real>& center,
                                                   const ArmBody& body, const ArmBox& box, const Capsule<float>* within,
                                                   const ArmContact& contact, Search& search) const {
    const Pose<Real> to_box = box.inverse.template as<Real>();
    const Vec<3, Real> half = box.half.template as<Real>();
    if (!search.matters(detail::beyond(to_box * center, half), body.around.radius + rounding) ||
        may_touch(body, contact))
      return;
    const Pose<Real> from_body = to_box * frame;
    for (int i = body.first; i < body.last; ++i) {
      const auto& [capsule, around] = capsules.data()[i];
      if (!search.matters(detail::beyond(from_body * around.center.template as<Real>(), half),
                          around.radius + rounding))
        continue;
      if (within == nullptr)
        search.meet(placed(from_body, capsule), half);
      else
        search.meet_both(placed(from_body, capsule), half, within->template as<Real>());
    }
  }

  MACE_HD bool may_touch(const ArmBody& body, const ArmContact& contact) const {
    for (int i = body.first_contact; i < body.last_contact; ++i)
      if (contacts.data()[i].table == contact.table && contacts.data()[i].index == contact.index) return true;
    return false;
  }

  template <class Real, class Search>
  [[gnu::always_inline]] MACE_HD void approach_each_other(const Pose<Real>* frame, const ArmBody& left,
                                                          const ArmBody& right, Search& search) const {
    const Vec<3, Real> left_center = frame[left.frame] * left.around.center.template as<Real>();
    const Vec<3, Real> right_center = frame[right.frame] * right.around.center.template as<Real>();
    if (!search.matters(left_center - right_center, left.around.radius + right.around.radius + rounding)) return;
    const Pose<Real> from_left = frame[right.frame].inverse() * frame[left.frame];
    for (int i = left.first; i < left.last; ++i) {
      const Vec<3, Real> center = from_left * capsules.data()[i].around.center.template as<Real>();
      const auto near = [&](const Sphere<float>& around) {
        return search.matters(center - around.center.template as<Real>(),
                              capsules.data()[i].around.radius + around.radius + rounding);
      };
      if (!near(right.around)) continue;
      const Capsule<Real> there = placed(from_left, capsules.data()[i].capsule);
      for (int j = right.first; j < right.last; ++j)
        if (near(capsules.data()[j].around)) search.meet(there, capsules.data()[j].capsule.template as<Real>());
    }
  }
};

}  // namespace mace
