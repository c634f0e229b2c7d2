// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "mace/collision/allowed_contacts.hpp"
#include "mace/collision/capsule_fit.hpp"
#include "mace/collision/scene.hpp"
#include "mace/core/buffer.hpp"
#include "mace/simulate/arm_formula.hpp"
#include "mace/simulate/concept.hpp"

namespace mace {

namespace detail {

/// Largest float that is at most x.
inline float float_below(double x) {
  const auto nearest = static_cast<float>(x);
  return static_cast<double>(nearest) > x ? std::nextafter(nearest, -numeric::infinity) : nearest;
}

/// Arm and scene as flat tables in host memory, which become the spans of an ArmFormula after the upload.
struct ArmTables {
  std::vector<ArmBody> bodies;
  std::vector<ArmCapsule> capsules;
  std::vector<ArmBox> boxes;
  std::vector<ArmObstacle> obstacles;
  std::vector<ArmSolid> solids;
  std::vector<Ground<float>> half_spaces;
  std::vector<ArmContact> contacts;
  std::vector<ArmPair> pairs;
  double fixed = std::numeric_limits<double>::infinity();
  double rounding = 0;

  ArmTables(const ArmDescription& arm, const Scene& scene) {
    arm.checked("Arm");
    scene.checked("Arm");
    std::vector<std::string> names;
    for (const ArmLink& link : arm.links) names.push_back(link.name);
    allowed.assign(scene, names, "Arm");
    const double reach = reach_of(arm);
    rounding = unit * static_cast<double>(arm.chain.joints.size()) * reach;
    for (const auto& cylinder : scene.cylinders) enclosing.push_back(around(cylinder));
    for (const auto& hull : scene.hulls) enclosing.push_back(around(hull));
    for (std::size_t i = 0; i < arm.links.size(); ++i) add(arm.links[i], i, scene);
    place(scene, reach);
    for (std::size_t i = 0; i < arm.links.size(); ++i)
      if (arm.links[i].joint < 0) approach(arm.links[i], i, scene);
    for (const auto& [left, right] : arm.pairs) add(arm, left, right);
  }

 private:
  /// Twice the float epsilon: the rounding error that each joint may add to a computed position, relative to the arm's
  /// length.
  static constexpr double unit = 2 * static_cast<double>(std::numeric_limits<float>::epsilon());

  /// What a cylinder or a hull lies in: a box in the world, and a capsule in the frame of the box.
  struct Enclosing {
    OrientedBox<double> box;
    Capsule<double> capsule;
  };
  AllowedContacts allowed;
  std::vector<Enclosing> enclosing;  // of the cylinders, then of the hulls

  static Enclosing around(const Cylinder<double>& cylinder) {
    const double r = cylinder.radius, h = cylinder.half_length;
    return {{cylinder.pose, {r, r, h}}, {{0, 0, -h}, {0, 0, h}, r}};
  }
  /// The box along the principal axes, and a capsule along the longest one.
  static Enclosing around(const ConvexHull& hull) {
    Pose<double> at = principal_axes(hull.points);
    const Vec<3, double> axes[] = {at.x, at.y, at.z};
    Vec<3, double> half;
    int longest = 0;
    for (int i = 0; i < 3; ++i) {
      const auto [low, high] = range_along(axes[i], hull.points);
      half[i] = 0.5 * (high - low) + certain_gap;
      at.position = at.position + (0.5 * (low + high) - dot(axes[i], at.position)) * axes[i];
      if (half[i] > half[longest]) longest = i;
    }
    const Pose<double> to_box = at.inverse();
    const Capsule<double> capsule = capsule_along(at, axes[longest], hull.points, 0);
    return {{at, half}, {to_box * capsule.a, to_box * capsule.b, capsule.radius}};
  }

  /// Calls visit(contact, pair) for all obstacles of the scene, with their place in the tables.
  template <class Visit>
  static void for_each_contact(const Scene& scene, std::size_t link, const Visit& visit) {
    std::int32_t next[4] = {};
    const auto each = [&](BodyKind kind, ArmTable table, std::size_t count) {
      for (std::size_t i = 0; i < count; ++i)
        visit(ArmContact{table, next[static_cast<int>(table)]++}, CheckedPair{link, kind, i});
    };
    each(BodyKind::box, ArmTable::boxes, scene.boxes.size());
    each(BodyKind::sphere, ArmTable::obstacles, scene.spheres.size());
    each(BodyKind::capsule, ArmTable::obstacles, scene.capsules.size());
    each(BodyKind::cylinder, ArmTable::solids, scene.cylinders.size());
    each(BodyKind::hull, ArmTable::solids, scene.hulls.size());
    each(BodyKind::ground, ArmTable::half_spaces, scene.ground ? 1 : 0);
    each(BodyKind::half_space, ArmTable::half_spaces, scene.half_spaces.size());
  }

  /// Upper bound of the distance of the arm's points from its base, meters.
  static double reach_of(const ArmDescription& arm) {
    double reach = norm(arm.chain.tip.position), beyond = 0;
    for (const ChainDescription::Joint& joint : arm.chain.joints) {
      reach += norm(joint.origin.position);
      if (joint.kind == JointKind::prismatic) reach += std::max(std::abs(joint.lower), std::abs(joint.upper));
    }
    for (const ArmLink& link : arm.links)
      for (const Capsule<double>& c : link.capsules)
        beyond = std::max({beyond, norm(c.a) + c.radius, norm(c.b) + c.radius});
    return reach + beyond;
  }

  void add(const ArmLink& link, std::size_t index, const Scene& scene) {
    require(!link.capsules.empty(), "Arm: link '", link.name,
            "': wanted at least one capsule that covers it, got none");
    Vec<3, double> low = link.capsules[0].a, high = low;
    for (const Capsule<double>& c : link.capsules)
      for (int i = 0; i < 3; ++i) {
        low[i] = std::min({low[i], c.a[i], c.b[i]});
        high[i] = std::max({high[i], c.a[i], c.b[i]});
      }
    const auto ball = [&](const Vec<3, double>& center, double radius) {
      return Sphere<float>{center.as<float>(), static_cast<float>(radius + 2 * rounding)};
    };
    const Vec<3, double> center = 0.5 * (low + high);
    const auto first = static_cast<std::int32_t>(capsules.size());
    double radius = 0;
    for (const Capsule<double>& c : link.capsules) {
      radius = std::max({radius, norm(c.a - center) + c.radius, norm(c.b - center) + c.radius});
      capsules.push_back({Capsule<double>{c.a, c.b, c.radius + rounding}.as<float>(),
                          ball(0.5 * (c.a + c.b), 0.5 * norm(c.b - c.a) + c.radius)});
    }
    const auto first_contact = static_cast<std::int32_t>(contacts.size());
    if (!allowed.empty())
      for_each_contact(scene, index, [&](const ArmContact& contact, const CheckedPair& pair) {
        if (allowed.has(pair)) contacts.push_back(contact);
      });
    bodies.push_back({link.joint + 1, first, static_cast<std::int32_t>(capsules.size()), ball(center, radius),
                      first_contact, static_cast<std::int32_t>(contacts.size())});
  }

  /// Transforms the scene to the base's frame. Every obstacle is enlarged by its own rounding error in float.
  void place(const Scene& scene, double reach) {
    const Pose<double> to_base = scene.base.inverse();
    const auto lost = [&](double size) { return 4 * unit * (size + reach); };
    const auto placed = [&](const OrientedBox<double>& box, double margin) {
      const Pose<double> pose = to_base * box.pose;
      return ArmBox{pose.inverse().as<float>(),
                    (box.half + Vec<3, double>{margin, margin, margin}).template as<float>()};
    };
    const auto margin_of = [&](const OrientedBox<double>& box) {
      return lost(norm(to_base * box.pose.position) + norm(box.half));
    };
    for (const OrientedBox<double>& box : scene.boxes) boxes.push_back(placed(box, margin_of(box)));
    for (const auto& [box, capsule] : enclosing) {
      const double margin = margin_of(box) + lost(norm(capsule.a) + norm(capsule.b) + capsule.radius);
      solids.push_back(
          {placed(box, margin), Capsule<double>{capsule.a, capsule.b, capsule.radius + margin}.as<float>()});
    }
    const auto add_capsule = [&](const Vec<3, double>& a, const Vec<3, double>& b, double radius) {
      const Vec<3, double> from = to_base * a, to = to_base * b;
      const auto edge = to - from;
      const double square = dot(edge, edge);
      const Capsule<double> obstacle{from, to, radius + lost(norm(from) + norm(to) + radius)};
      obstacles.push_back({obstacle.as<float>(), ((square > 0 ? 1 / square : 0) * edge).as<float>()});
    };
    for (const Sphere<double>& s : scene.spheres) add_capsule(s.center, s.center, s.radius);
    for (const Capsule<double>& c : scene.capsules) add_capsule(c.a, c.b, c.radius);
    const auto add_half_space = [&](const Vec<3, double>& normal, double world_height) {
      const double height = world_height - dot(normal, scene.base.position);
      half_spaces.push_back({to_base.rotate(normal).as<float>(), static_cast<float>(height + lost(std::abs(height)))});
    };
    if (scene.ground) add_half_space({0, 0, 1}, *scene.ground);
    for (const HalfSpace& each : scene.half_spaces) {
      const double scale = 1 / norm(each.normal);
      add_half_space(scale * each.normal, scale * each.height);
    }
  }

  /// Includes the distance between a fixed link and the scene, without the ground, in `fixed`.
  void approach(const ArmLink& link, std::size_t index, const Scene& scene) {
    for (const Capsule<double>& c : link.capsules) {
      const Capsule<double> there{scene.base * c.a, scene.base * c.b, c.radius};
      const auto distance = [&](const CheckedPair& pair) {
        switch (pair.kind) {
          case BodyKind::box:
            return signed_distance(there, OrientedBox<double>(scene.boxes[pair.other]));
          case BodyKind::sphere:
            return signed_distance(there, Sphere<double>(scene.spheres[pair.other]));
          case BodyKind::capsule:
            return signed_distance(there, Capsule<double>(scene.capsules[pair.other]));
          case BodyKind::cylinder:
            return distance_to(enclosing[pair.other], there);
          case BodyKind::hull:
            return distance_to(enclosing[scene.cylinders.size() + pair.other], there);
          case BodyKind::half_space: {
            const HalfSpace& solid = scene.half_spaces[pair.other];
            const double scale = 1 / norm(solid.normal);
            return signed_distance(there, Ground<double>{scale * solid.normal, scale * solid.height});
          }
          case BodyKind::ground:
          case BodyKind::link:
            break;
        }
        return std::numeric_limits<double>::infinity();
      };
      for_each_contact(scene, index, [&](const ArmContact&, const CheckedPair& pair) {
        if (!allowed.has(pair)) fixed = std::min(fixed, distance(pair));
      });
    }
  }

  static double distance_to(const Enclosing& solid, const Capsule<double>& capsule) {
    const Pose<double> to_box = solid.box.pose.inverse();
    const Capsule<double> there{to_box * capsule.a, to_box * capsule.b, capsule.radius};
    return std::max(signed_distance(there, solid.box.half), signed_distance(there, solid.capsule));
  }

  /// Adds a self-collision pair. The distance of two links that move together is constant.
  void add(const ArmDescription& arm, int left, int right) {
    const auto first = static_cast<std::size_t>(left), second = static_cast<std::size_t>(right);
    if (allowed.has({first, BodyKind::link, second})) return;
    const ArmLink &l = arm.links[first], &r = arm.links[second];
    if (l.joint != r.joint) return pairs.push_back({left, right});
    for (const Capsule<double>& a : l.capsules)
      for (const Capsule<double>& b : r.capsules) fixed = std::min(fixed, signed_distance(a, b));
  }
};

}  // namespace detail

/// Device version: one thread per configuration. simulate/arm_cpu.hpp has the host version.
/// @param exec      the executor
/// @param formula   formula of the arm
/// @param samples   configurations [N]
/// @param outcomes  receives the outcomes [N]
template <class Exec, int Joints>
requires(!std::same_as<typename Exec::Space, HostSpace>) void arm_outcomes(Exec& exec,
                                                                           const ArmFormula<Joints>& formula,
                                                                           std::span<const Vec<Joints>> samples,
                                                                           std::span<ArmOutcome<float>> outcomes) {
  exec.for_each_sample(static_cast<Index>(samples.size()),
                       detail::SimulateEach<ArmFormula<Joints>>{formula, samples.data(), outcomes.data(), {}});
}

namespace detail {

/// Decides on sample i.
template <int Joints>
struct DecideEach {
  ArmFormula<Joints> formula;
  const Vec<Joints>* samples;
  std::uint8_t* free;

  MACE_HD void operator()(Index i) const { free[i] = formula.decision(samples[i]) >= 0 ? 1 : 0; }
};

}  // namespace detail

/// Device version of the decisions: one thread per configuration. simulate/arm_cpu.hpp has the host version.
/// @param exec     the executor
/// @param formula  formula of the arm
/// @param samples  configurations [N]
/// @param free     receives 1 where a configuration is free, else 0 [N]
template <class Exec, int Joints>
requires(!std::same_as<typename Exec::Space, HostSpace>) void arm_decisions(Exec& exec,
                                                                            const ArmFormula<Joints>& formula,
                                                                            std::span<const Vec<Joints>> samples,
                                                                            std::span<std::uint8_t> free) {
  exec.for_each_sample(static_cast<Index>(samples.size()),
                       detail::DecideEach<Joints>{formula, samples.data(), free.data()});
}

/// Simulator of the reaching task (paper, 4.2): the end effector's pose and the clearance, the least distance of the
/// links' bounding capsules to the scene and between the self-collision pairs. The clearance is infinity if there is
/// nothing to collide with. A cylinder of the scene counts as the intersection of its bounding box and the capsule
/// around its axis, a hull as that of a bounding box and a bounding capsule: the distance is the larger one of the two.
///
/// The clearance is conservative where the capsules enclose the links: a configuration in collision is never called
/// free. For this, every shape is enlarged by the rounding error of floats, a few micrometers for an arm of usual size,
/// and prismatic joints must be within their limits. If an entry of a configuration is NaN or beyond +-8192, the
/// clearance and the end effector's position are NaN.
template <int Joints, class Space = HostSpace>
class Arm {
 public:
  using Sample = Vec<Joints>;
  using Outcome = ArmOutcome<float>;
  static constexpr bool capturable = true;

  /// Builds the tables of an arm and its scene.
  /// @param exec   the executor that will simulate
  /// @param arm    chain, bounding capsules and self-collision pairs
  /// @param scene  obstacles, and the pose of the arm's base
  /// @throws Error if the arm does not have `Joints` joints, a link has no capsules, or ArmDescription::checked,
  ///   Scene::checked or AllowedContacts::assign throws.
  template <class Exec>
  Arm(Exec& exec, const ArmDescription& arm, const Scene& scene = {})
      : Arm(exec, arm.chain.template chain<Joints>(), scene.base, detail::ArmTables(arm, scene)) {
    static_assert(std::same_as<typename Exec::Space, Space>,
                  "mace::Arm: wanted an executor that works in the arm's memory space");
  }

  /// Simulates the arm: outcomes[i] is the pose and clearance at samples[i].
  /// @param exec      the executor
  /// @param samples   configurations [N], radians or meters
  /// @param outcomes  receives the outcomes [N]
  /// @throws Error if the sizes differ.
  template <class Exec>
  void simulate(Exec& exec, std::span<const Sample> samples, std::span<Outcome> outcomes) const {
    require(samples.size() == outcomes.size(), "Arm: wanted as many outcomes as configurations, got ", outcomes.size(),
            " and ", samples.size());
    arm_outcomes(exec, formula_, samples, outcomes);
  }

  /// Decides which configurations are free of collision: free[i] is 1 where the clearance at samples[i] is at least 0,
  /// else 0. This takes a quarter to a half of the time of simulate(). Where the clearance is within its rounding error
  /// of 0, the two may differ; both are conservative.
  /// @param exec     the executor
  /// @param samples  configurations [N], radians or meters
  /// @param free     receives the decisions [N]
  /// @throws Error if the sizes differ.
  template <class Exec>
  void decide(Exec& exec, std::span<const Sample> samples, std::span<std::uint8_t> free) const {
    require(samples.size() == free.size(), "Arm: wanted as many decisions as configurations, got ", free.size(),
            " and ", samples.size());
    arm_decisions(exec, formula_, samples, free);
  }

  /// The simulator of one configuration, to be called where the arm's memory is accessible.
  const ArmFormula<Joints>& formula() const { return formula_; }

  /// Clearance that does not depend on the joints, meters. If it is negative, no configuration is free: the base is in
  /// an obstacle.
  float fixed_clearance() const { return formula_.fixed; }

 private:
  template <class Exec>
  Arm(Exec& exec, const SerialChain<Joints>& chain, const Pose<double>& base, const detail::ArmTables& tables)
      : bodies_(exec.upload(std::span(tables.bodies))),
        capsules_(exec.upload(std::span(tables.capsules))),
        boxes_(exec.upload(std::span(tables.boxes))),
        obstacles_(exec.upload(std::span(tables.obstacles))),
        solids_(exec.upload(std::span(tables.solids))),
        half_spaces_(exec.upload(std::span(tables.half_spaces))),
        contacts_(exec.upload(std::span(tables.contacts))),
        pairs_(exec.upload(std::span(tables.pairs))),
        formula_{chain,
                 base.as<float>(),
                 bodies_.span(),
                 capsules_.span(),
                 boxes_.span(),
                 obstacles_.span(),
                 solids_.span(),
                 half_spaces_.span(),
                 contacts_.span(),
                 pairs_.span(),
                 detail::float_below(tables.fixed),
                 static_cast<float>(4 * tables.rounding)} {}

  Buffer<ArmBody, Space> bodies_;
  Buffer<ArmCapsule, Space> capsules_;
  Buffer<ArmBox, Space> boxes_;
  Buffer<ArmObstacle, Space> obstacles_;
  Buffer<ArmSolid, Space> solids_;
  Buffer<Ground<float>, Space> half_spaces_;
  Buffer<ArmContact, Space> contacts_;
  Buffer<ArmPair, Space> pairs_;
  ArmFormula<Joints> formula_;
};

}  // namespace mace
