// SPDX-License-Identifier: Apache-2.0
#include "mace/robot/panda_arm.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "mace/collision/attached_object.hpp"
#include "mace/collision/exact_check.hpp"
#include "mace/collision/extreme_points.hpp"
#include "mace/collision/gjk.hpp"
#include "mace/core/philox.hpp"
#include "mace/io/obj.hpp"
#include "mace/robot/named_scenes.hpp"
#include "reference/panda_hulls.hpp"
#include "support/errors.hpp"

using namespace mace;

namespace {

using Point = Vec<3, double>;

/// How far some points of a body, corners, edges and facets among them, are outside of all capsules at most.
double uncovered(const Polytope& body, const std::vector<Capsule<double>>& capsules) {
  Random random({1, Stream::evaluation, 0}, 0);
  double most = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < 5000; ++i) {
    Point sum{};
    double weights = 0;
    for (std::uint32_t k = 0, points = 1 + random.word() % 4; k < points; ++k) {
      const double weight = 1e-6 + double(random.uniform());
      sum = sum + weight * body[random.word() % body.size()];
      weights += weight;
    }
    const Point point = (1 / weights) * sum;
    double least = std::numeric_limits<double>::infinity();
    for (const auto& c : capsules) {
      const Point axis = c.b - c.a;
      const double share = std::clamp(dot(point - c.a, axis) / dot(axis, axis), 0.0, 1.0);
      least = std::min(least, norm(point - c.a - share * axis) - c.radius);
    }
    most = std::max(most, least);
  }
  return most;
}

/// The greatest distance of a polytope's points from a body, which is that of a vertex.
double excess(const Polytope& polytope, const Polytope& body) {
  double most = 0;
  for (const auto& vertex : polytope)
    most = std::max(most, separation(Sphere<double>{vertex, 0}, body, vertex - body[0]).at_most);
  return most;
}

}  // namespace

TEST_CASE("Panda's shapes: its links, joints and pairs") {
  const ArmDescription& arm = panda_arm();
  CHECK(&panda_arm() == &arm);
  REQUIRE(arm.links.size() == 11);
  CHECK(arm.links[0].joint == -1);
  for (int i = 0; i < 11; ++i) {
    const ArmLink& link = arm.links[static_cast<std::size_t>(i)];
    if (i < 8) CHECK(link.name == "panda_link" + std::to_string(i));
    CHECK(link.joint == std::min(i - 1, 6));
    CHECK(link.hulls.size() == 1);
    CHECK(link.capsules.size() == (i < 9 ? 4 : 1));
  }
  CHECK(arm.links[8].name == "panda_hand");
  CHECK(arm.pairs.size() == 23);
  CHECK(arm.chain.joints[6].name == "panda_joint7");
  CHECK(arm.chain.joints[3].upper == -0.0698);
  CHECK(norm(arm.chain.chain<7, double>().position({}) - Point{0.088, 0, 0.821}) < 1e-9);
}

TEST_CASE("Panda's shapes: capsules hold the polytopes but for the 2 mm that these are larger than the hulls") {
  for (const ArmLink& link : panda_arm().links) {
    CHECK(uncovered(link.hulls[0], link.capsules) < 0.002);
    CHECK(extreme_points(link.hulls[0]).size() == link.hulls[0].size());
  }
}

TEST_CASE("Panda's shapes: fingers mirror each other") {
  const Polytope &left = panda_arm().links[9].hulls[0], &right = panda_arm().links[10].hulls[0];
  Polytope turned;
  for (const auto& point : left) turned.push_back({-point[0], -point[1], point[2]});
  CHECK(excess(turned, right) < 1e-4);
  CHECK(excess(right, turned) < 1e-4);
}

TEST_CASE("Panda's shapes: an opening moves the fingers apart, along the hand's y axis, and nothing else") {
  const ArmDescription open = panda_arm({.finger_opening = 0.03});
  const Pose<double> hand = panda_arm().links[8].frame;
  for (std::size_t i = 0; i < 11; ++i) {
    const ArmLink &link = open.links[i], &closed = panda_arm().links[i];
    const Point moved = i == 9 ? 0.03 * hand.y : i == 10 ? -0.03 * hand.y : Point{};
    CAPTURE(link.name);
    CHECK(norm(link.frame.position - closed.frame.position - moved) < 1e-15);
    for (std::size_t k = 0; k < link.hulls[0].size(); ++k)
      CHECK(norm(link.hulls[0][k] - closed.hulls[0][k] - moved) < 1e-15);
    for (std::size_t k = 0; k < link.capsules.size(); ++k) {
      CHECK(norm(link.capsules[k].a - closed.capsules[k].a - moved) < 1e-15);
      CHECK(norm(link.capsules[k].b - closed.capsules[k].b - moved) < 1e-15);
    }
  }
  CHECK(separation(open.links[9].hulls[0], open.links[10].hulls[0], hand.y).at_least ==
        doctest::Approx(0.06).epsilon(0.01));
}

TEST_CASE("Panda's shapes: each link is where its frame says, and holds objects there") {
  const ArmDescription& arm = panda_arm();
  for (std::size_t i = 0; i < 8; ++i) CHECK(norm(arm.links[i].frame.position) == 0);
  const Pose<double>& hand = arm.links[8].frame;
  CHECK(norm(hand.inverse() * arm.chain.tip.position - Point{0, 0, 0.105}) < 1e-9);  // between the fingertips
  CHECK(norm(hand.x - arm.chain.tip.x) < 1e-9);
  for (const std::size_t finger : {std::size_t{9}, std::size_t{10}}) {
    double least = 1, most = -1;  // across, in the finger's own frame: the pads touch at 0
    for (const auto& point : arm.links[finger].hulls[0]) {
      const double across = (arm.links[finger].frame.inverse() * point)[1];
      least = std::min(least, across), most = std::max(most, across);
    }
    CHECK(std::abs(least) < 0.002);
    CHECK(most > 0.02);
  }
  // A can in the hand, upright between the fingers, meets a wall where its side is.
  const Cylinder<double> can{{.position = {0, 0, 0.105}}, 0.03, 0.06};
  ArmDescription with_can = with_attached(panda_arm({.finger_opening = 0.035}), {"panda_hand", "can", {can}, {}});
  CHECK(with_can.links.back().joint == 6);
  CHECK(with_can.pairs.size() == arm.pairs.size() + 7);
  with_can.pairs.clear();
  const std::vector<double> q{0, 0, 0, -1.5, 0, 1.5, 0.785};
  const auto frames = arm.chain.frames({}, q);
  const Pose<double> grip = frames.back() * arm.chain.tip;
  Scene scene;  // a ball in line with the can's middle, 0.1 m from its side
  scene.spheres = {{{grip.position + 0.15 * grip.x, 0.02}, "ball"}};
  const ExactCheck check(with_can, scene);
  const auto nearest = check.nearest(q);
  REQUIRE(nearest);
  CHECK(check.names(nearest->pair).first == "can");
  CHECK(std::abs(nearest->clearance - 0.1) < 0.03 * 0.0023);
}

TEST_CASE("Panda's shapes: hulls and covers hold the real hulls, hulls closely") {
  const ArmDescription real = reference::panda_hulls();
  for (std::size_t i = 0; i < 11; ++i) {
    const ArmLink& link = panda_arm().links[i];
    CAPTURE(link.name);
    CHECK(link.name == real.links[i].name);
    CHECK(link.joint == real.links[i].joint);
    Polytope whole;
    for (const Polytope& hull : real.links[i].hulls) whole.insert(whole.end(), hull.begin(), hull.end());
    CHECK(excess(whole, link.hulls[0]) < 1e-9);
    CHECK(uncovered(whole, link.capsules) <= 0);
    CHECK(excess(link.hulls[0], whole) < 0.002 + 1e-9);
  }
}

TEST_CASE("Panda's shapes: fingers hold PyBullet's, too, and closely") {
  const double h = 0.70710678118654752440;
  for (const double side : {1.0, -1.0}) {  // the right finger is the left one, turned by pi
    const ArmLink& link = panda_arm().links[side > 0 ? 9 : 10];
    const Pose<double> place{{side * h, -side * h, 0}, {side * h, side * h, 0}, {0, 0, 1}, {0, 0, 0.107 + 0.0584}};
    Polytope finger;
    for (const Polytope& piece : read_obj(reference::path("panda/meshes/collision/finger_pybullet.obj")))
      for (const auto& point : piece) finger.push_back(place * point);
    CHECK(excess(finger, link.hulls[0]) < 1e-9);
    CHECK(uncovered(finger, link.capsules) <= 0);
    CHECK(excess(link.hulls[0], finger) < 0.003);
  }
}

TEST_CASE("Panda's shapes: opened fingers hold the real ones where these are, and all else stays") {
  const double opening = 0.03;
  const ArmDescription arm = panda_arm({.finger_opening = opening});
  const ArmDescription real = reference::panda_hulls();
  for (std::size_t i = 0; i < 11; ++i) {
    const ArmLink &link = arm.links[i], &closed = panda_arm().links[i];
    CAPTURE(link.name);
    if (i < 9) {
      CHECK(excess(link.hulls[0], closed.hulls[0]) < 1e-9);
      continue;
    }
    // The hand is turned by -pi / 4 about the flange's axis.
    const double side = i == 9 ? 1 : -1, along = side * opening * 0.70710678118654752440;
    Polytope moved;
    for (const Polytope& hull : real.links[i].hulls)
      for (const auto& point : hull) moved.push_back(point + Point{along, along, 0});
    CHECK(excess(moved, link.hulls[0]) < 1e-9);
    CHECK(uncovered(moved, link.capsules) <= 0);
    CHECK(excess(link.hulls[0], moved) < 0.002 + 1e-9);
  }
  CHECK(arm.pairs == panda_arm().pairs);
  CHECK(excess(panda_arm({}).links[9].hulls[0], panda_arm().links[9].hulls[0]) < 1e-9);
  for (const double wrong : {-0.001, 0.041, std::numeric_limits<double>::quiet_NaN()})
    CHECK(test::error_of([&] {
            panda_arm({.finger_opening = wrong});
          }).starts_with("panda_arm: wanted a finger_opening of 0 to 0.04 m, got "));
}

TEST_CASE("Panda's shapes: never free where the real hulls collide, and free wherever these are well apart") {
  for (const std::string file : {"panda/distances_uniform.csv", "panda/distances_near.csv"}) {
    const auto values = reference::read_values(file);
    REQUIRE(values.rows.size() == 200);
    for (const std::string column : {"self_moveit", "wall", "window", "box"}) {
      ArmDescription arm = panda_arm();
      Scene scene;
      if (column != "self_moveit") {
        arm.pairs.clear();
        scene = named_scene(column);
        scene.ground.reset();
      }
      const ExactCheck check(arm, scene);
      // Each of two links is up to 2 mm larger than the hull of its bodies. (A finger's four boxes leave hollows in
      // theirs; no row reaches into these.)
      const double larger = 0.004;
      int wrongly_free = 0, needless = 0, apart = 0;
      for (const auto& row : values.rows) {
        const double distance = row[values.column(column)];
        const bool is_free = check.is_free(std::span(row).first(7));
        wrongly_free += distance < 0 && is_free;
        apart += distance > larger;
        needless += distance > larger && !is_free;
      }
      INFO(file << ", " << column);
      CHECK(apart > 100);
      CHECK(wrongly_free == 0);
      CHECK(needless == 0);
    }
  }
}
