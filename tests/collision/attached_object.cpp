// SPDX-License-Identifier: Apache-2.0
#include "mace/collision/attached_object.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "mace/collision/exact_check.hpp"
#include "mace/core/philox.hpp"
#include "support/bodies.hpp"
#include "support/errors.hpp"

namespace mace {
namespace {

using V = Vec<3, double>;

Polytope cube(double half) {
  return detail::box_corners({2 * half, 2 * half, 2 * half});
}

/// A slide along x, whose frame has its z there. On it a palm of 0.1 m, whose own frame is 0.2 m beyond the slide's
/// origin and turned back to the world's axes; the end effector is another 0.3 m away. A post stands at the origin.
ArmDescription gripper() {
  ArmDescription arm;
  arm.chain.base_name = "floor";
  arm.chain.tip_name = "grip";
  const Pose<double> along_x{{0, 1, 0}, {0, 0, 1}, {1, 0, 0}, {}};
  const Pose<double> back = along_x.inverse();
  arm.chain.joints.push_back({{JointKind::prismatic, along_x, -5, 5}, "slide"});
  const auto ahead = [&](double x) { return Pose<double>{back.x, back.y, back.z, back * V{x, 0, 0}}; };
  arm.chain.tip = ahead(0.5);
  Polytope palm = cube(0.05);
  for (auto& point : palm) point = ahead(0.2) * point;
  arm.links = {{"post", -1, {cube(0.05)}, {{{0, 0, 0}, {0, 0, 0}, 0.1}}},
               {"palm", 0, {palm}, {{ahead(0.2).position, ahead(0.2).position, 0.1}}, ahead(0.2)}};
  return arm;
}

/// What is attached to the gripper, beside a wall at x = 2.
double room_before_wall(const AttachedObject& object, double q = 0) {
  Scene wall;
  wall.half_spaces = {{{{-1, 0, 0}, -2}}};
  ArmDescription arm = with_attached(gripper(), object);
  arm.pairs.clear();
  return ExactCheck(arm, wall).clearance(std::vector{q});
}

std::string refusal(const AttachedObject& object) {
  return test::error_of([&] { with_attached(gripper(), object); });
}

TEST_CASE("an attached object is a link in the frame of what holds it") {
  const Cylinder<double> lying{{{0, 0, 1}, {0, 1, 0}, {-1, 0, 0}, {0.3, 0, 0}}, 0.05, 0.25};
  const ArmDescription arm = with_attached(gripper(), {"palm", "can", {lying}});
  REQUIRE(arm.links.size() == 3);
  CHECK(arm.links[2].name == "can");
  CHECK(arm.links[2].joint == 0);
  CHECK(arm.pairs == std::vector<std::pair<int, int>>{{0, 2}});  // not with the palm, which moves with it
  CHECK(std::abs(room_before_wall({"palm", "can", {lying}}) - (2 - 0.2 - 0.3 - 0.25)) < 1e-8);
  CHECK(std::abs(room_before_wall({"palm", "can", {lying}}, 0.5) - (2 - 0.5 - 0.2 - 0.3 - 0.25)) < 1e-8);
  CHECK(std::abs(room_before_wall({"grip", "can", {lying}}) - (2 - 0.5 - 0.3 - 0.25)) < 1e-8);
  CHECK(std::abs(room_before_wall({"floor", "can", {lying}}) - (2 - 0.3 - 0.25)) < 1e-8);
  CHECK(std::abs(room_before_wall({"post", "can", {lying}}, 1) - (2 - 1 - 0.25)) < 1e-8);  // the palm is nearer
}

TEST_CASE("every shape of an attached object has the room that it takes, and hardly more") {
  Random random({41, Stream::user}, 0);
  for (int i = 0; i < 20; ++i) {
    const Pose<double> pose = test::pose_in(random, 0.1);
    const double r = 0.05 + 0.1 * double(random.uniform()), half = 0.02 + 0.2 * double(random.uniform());
    const V toward = {1, 0, 0}, ahead = {0.8, 0, 0};
    const Pose<double> at{pose.x, pose.y, pose.z, pose.position + ahead};
    const V axis = half * at.z;
    const double along = std::abs(dot(toward, at.z)), across = std::sqrt(1 - along * along);
    Polytope points;
    double farthest = -10;
    for (int k = 0; k < 12; ++k) {
      points.push_back(at * V{test::uniform(random, 0.2), test::uniform(random, 0.2), test::uniform(random, 0.2)});
      farthest = std::max(farthest, points.back()[0]);
    }
    struct Row {
      AttachedShape shape;
      double reach, excess;
    };
    const double box = r * std::abs(at.x[0]) + half * std::abs(at.y[0]) + 0.1 * std::abs(at.z[0]);
    for (const Row& row :
         {Row{OrientedBox<double>{at, {r, half, 0.1}}, at.position[0] + box, 1e-8},
          Row{Sphere<double>{at.position, r}, at.position[0] + r, 0.02 * r},
          Row{Capsule<double>{at.position - axis, at.position + axis, r}, at.position[0] + half * along + r, 0.02 * r},
          Row{Cylinder<double>{at, r, half}, at.position[0] + half * along + r * across, 0.0023 * r},
          Row{ConvexHull{points}, farthest, 1e-8}}) {
      CAPTURE(row.shape.index());
      const double room = room_before_wall({"palm", "it", {row.shape}}), exact = 2 - 0.2 - row.reach;
      CHECK(room <= exact + 1e-8);
      CHECK(room >= exact - row.excess - 1e-8);
      // The bounding capsules hold the shape, too.
      const ArmDescription arm = with_attached(gripper(), {"palm", "it", {row.shape}});
      double reach = -10;
      for (const auto& capsule : arm.links[2].capsules)
        reach = std::max({reach, capsule.a[2] + capsule.radius, capsule.b[2] + capsule.radius});
      CHECK(reach >= 0.2 + row.reach - 1e-9);
      CHECK(reach <= 0.2 + row.reach + 0.15);
    }
  }
}

TEST_CASE("an object of several shapes is one link, and a capsule without a length is a ball") {
  const ArmDescription arm =
      with_attached(gripper(), {"palm",
                                "mug",
                                {Cylinder<double>{{}, 0.05, 0.06}, OrientedBox<double>{{}, {0.1, 0.01, 0.03}},
                                 Capsule<double>{{0, 0, 0.1}, {0, 0, 0.1}, 0.02}}});
  REQUIRE(arm.links.size() == 3);
  CHECK(arm.links[2].hulls.size() == 3);
  CHECK(arm.links[2].hulls[1].size() == 8);
  CHECK(arm.links[2].capsules.size() >= 3);
  CHECK(std::abs(room_before_wall({"palm", "it", {Capsule<double>{{0.5, 0, 0}, {0.5, 0, 0}, 0.1}}}) - 1.2) < 0.0021);
}

TEST_CASE("an attached object meets the links that do not move with it, but those that it may touch") {
  const OrientedBox<double> bar{{.position = {-0.2, 0, 0}}, {0.1, 0.02, 0.02}};  // reaches into the post at q = 0
  const auto free = [&](const std::vector<std::string>& may_touch) {
    return ExactCheck(with_attached(gripper(), {"palm", "bar", {bar}, may_touch}), {}).is_free(std::vector{0.0});
  };
  CHECK_FALSE(free({}));
  CHECK_FALSE(free({"palm"}));
  CHECK(free({"post"}));
  const ArmDescription two = with_attached(with_attached(gripper(), {"palm", "bar", {bar}}), {"bar", "tip", {bar}});
  CHECK(two.pairs == std::vector<std::pair<int, int>>{{0, 2}, {0, 3}});
}

TEST_CASE("an object that makes no sense is refused") {
  const Sphere<double> ball{{0, 0, 0}, 0.1};
  CHECK(refusal({"palm", "ball", {ball}}) == "");
  CHECK(refusal({"hand", "ball", {ball}}) ==
        "with_attached: object 'ball': wanted a link of post, palm, the base 'floor' or the end effector 'grip', "
        "got 'hand'");
  CHECK(refusal({"palm", "", {ball}}) == "with_attached: object '': wanted a name of its own");
  CHECK(refusal({"palm", "post", {ball}}) == "with_attached: object 'post': wanted a name of its own");
  CHECK(refusal({"palm", "ball", {}}) == "with_attached: object 'ball': wanted shapes, got none");
  CHECK(refusal({"palm", "ball", {ball}, {"thumb"}}) ==
        "with_attached: object 'ball': wanted links that it may touch of post, palm, got 'thumb'");
  CHECK(refusal({"palm", "can", {ball, Cylinder<double>{{}, 0, 1}}}) ==
        "with_attached: object 'can': cylinder 0: wanted a radius and half a length above 0, got 0 and 1");
  CHECK(refusal({"palm", "dust", {ConvexHull{}}}) == "with_attached: object 'dust': hull 0: wanted points, got none");
  CHECK(refusal({"palm", "ball", {Sphere<double>{{2e4, 0, 0}, 0.1}}}) ==
        "with_attached: link 'ball': wanted finite vertices within 10 km");
}

}  // namespace
}  // namespace mace
