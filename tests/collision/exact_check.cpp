// SPDX-License-Identifier: Apache-2.0
#include "mace/collision/exact_check.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "mace/core/philox.hpp"
#include "mace/robot/named_scenes.hpp"
#include "reference/panda_hulls.hpp"
#include "support/bodies.hpp"
#include "support/errors.hpp"

using namespace mace;

namespace {

using V = Vec<3, double>;

constexpr double infinity = std::numeric_limits<double>::infinity();
const double pi = std::acos(-1.0);

Polytope cuboid(const V& low, const V& high) {
  Polytope points;
  for (int i = 0; i < 8; ++i)
    points.push_back({i & 1 ? high[0] : low[0], i & 2 ? high[1] : low[1], i & 4 ? high[2] : low[2]});
  return points;
}

/// A block on the floor that stays; on it, 0.5 m up, a hinge about z that turns a beam of 1 m along x; at its end a
/// slide along y that moves a cube of 0.2 m, whose middle is there at 0.
ArmDescription crane() {
  ArmDescription arm;
  arm.chain.base_name = "floor";
  const Pose<double> along_y{{0, 0, 1}, {1, 0, 0}, {0, 1, 0}, {1.1, 0, 0}};
  arm.chain.joints.push_back({{JointKind::revolute, {.position = {0, 0, 0.5}}, -3, 3}, "hinge"});
  arm.chain.joints.push_back({{JointKind::prismatic, along_y, -5, 5}, "slide"});
  arm.links = {{"block", -1, {cuboid({-0.1, -0.1, -0.1}, {0.1, 0.1, 0.3})}, {}},
               {"beam", 0, {cuboid({0, -0.1, -0.1}, {0.5, 0.1, 0.1}), cuboid({0.5, -0.1, -0.1}, {1, 0.1, 0.1})}, {}},
               {"cube", 1, {cuboid({-0.1, -0.1, -0.1}, {0.1, 0.1, 0.1})}, {}}};
  return arm;
}

void check_clearance(const ArmDescription& arm, const Scene& scene, const std::vector<double>& q, double wanted) {
  const ExactCheck check(arm, scene);
  const double clearance = check.clearance(q);
  CAPTURE(clearance);
  CAPTURE(wanted);
  CHECK((clearance == wanted || std::abs(clearance - wanted) < 1e-8));  // infinity, too
  CHECK(check.is_free(q) == (wanted > 0));
}

/// What an arm is refused with.
std::string refusal(const ArmDescription& arm, const Scene& scene = {}) {
  return test::error_of([&] { ExactCheck(arm, scene); });
}

/// Rows of a table whose signs and distances in one column differ from a check's. Its clearance is never more than
/// there is; the reference, where bodies are apart, may be 2e-5 m more, as far as FCL and Bullet both stop too early.
struct Disagreement {
  int free = 0, signs = 0, decisions = 0, too_far = 0, too_near = 0;
};

Disagreement disagreement(const ExactCheck& check, const reference::Values& values, std::size_t column) {
  Disagreement found;
  for (const auto& row : values.rows) {
    const std::span<const double> q(row.data(), 7);
    const double wanted = row[column], clearance = check.clearance(q);
    const bool free = check.is_free(q);
    found.decisions += free != (clearance > 0);
    found.free += free;
    found.signs += free != (wanted > 0);
    found.too_far += clearance > wanted + 1e-9;  // the reference is rounded to that
    found.too_near += wanted > 0 && clearance < wanted - 2e-5;
  }
  return found;
}

}  // namespace

TEST_CASE("exact check: an arm by hand against boxes and spheres and capsules") {
  const ArmDescription arm = crane();
  Scene scene;
  check_clearance(arm, scene, {0, 0}, infinity);
  scene.boxes = {{{{.position = {2, 0, 0.5}}, {0.3, 0.3, 0.3}}}};  // 0.5 m beyond the cube
  check_clearance(arm, scene, {0, 0}, 0.5);
  check_clearance(arm, scene, {0, 0.8}, std::hypot(0.5, 0.4));
  // The beam goes along y, and the cube is moved back along x.
  check_clearance(arm, scene, {pi / 2, 0}, 1.6);
  check_clearance(arm, scene, {pi / 2, -1.55}, std::hypot(0.05, 0.7));
  scene.boxes.push_back({{{.position = {1.4, 0, 0.5}}, {0.3, 0.3, 0.3}}});
  CHECK_FALSE(ExactCheck(arm, scene).is_free(std::vector{0.0, 0.0}));
  CHECK(ExactCheck(arm, scene).clearance(std::vector{0.0, 0.0}) <= -0.1);

  Scene round;
  round.spheres = {{{{0.5, 0, 1}, 0.1}}};
  check_clearance(arm, round, {0, 0}, 0.3);
  round.capsules = {{{{-1, 0.5, 0.5}, {3, 0.5, 0.5}, 0.15}}};
  check_clearance(arm, round, {0, 0}, 0.25);
  check_clearance(arm, round, {0, 0.15}, 0.1);
  CHECK_FALSE(ExactCheck(arm, round).is_free(std::vector{0.0, 0.26}));  // far from both ends of the capsule
}

TEST_CASE("exact check: a link that is in two pieces collides with either") {
  for (const double x : {0.2, 0.8}) {
    Scene scene;
    scene.spheres = {{{{x, 0, 0.7}, 0.05}}};
    check_clearance(crane(), scene, {0, 0}, 0.05);
    scene.spheres[0].center[2] = 0.6;
    CHECK_FALSE(ExactCheck(crane(), scene).is_free(std::vector{0.0, 0.0}));
  }
}

TEST_CASE("exact check: what is fixed to the base may stand in the ground, and meets everything else") {
  Scene scene;
  scene.ground = 0;  // the block reaches 0.1 m into it
  check_clearance(crane(), scene, {0, 0}, 0.4);
  scene.ground = 0.6;
  check_clearance(crane(), scene, {0, 0}, -0.2);
  scene.ground.reset();
  scene.boxes = {{{{.position = {-0.5, 0, 0}}, {0.3, 0.1, 0.1}}}};
  check_clearance(crane(), scene, {0, 0}, 0.1);
}

TEST_CASE("exact check: pairs of links") {
  ArmDescription arm = crane();
  arm.pairs = {{0, 1}};
  check_clearance(arm, {}, {1, 0}, 0.1);
  arm.pairs = {{2, 1}};
  check_clearance(arm, {}, {2, 0.7}, 0.5);
  CHECK_FALSE(ExactCheck(arm, {}).is_free(std::vector{2.0, 0.0}));  // the cube touches the beam's end
}

TEST_CASE("exact check: the base moves the arm, and nothing changes when everything moves") {
  ArmDescription arm = crane();
  arm.pairs = {{0, 2}, {1, 2}};
  Scene scene;
  scene.boxes = {{{{.position = {2, 0, 0.5}}, {0.3, 0.3, 0.3}}}};
  scene.capsules = {{{{0, 0, 1}, {1, 1, 2}, 0.1}}};
  scene.spheres = {{{{-1, 1, 0.5}, 0.3}}};
  scene.base.position = {0.2, 0, 0};
  check_clearance(arm, scene, {0, 0.5}, 0.3);

  Random random(RandomKey{.seed = 1}, 0);
  for (int trial = 0; trial < 50; ++trial) {
    const Pose<double> by = test::pose_in(random, 2);
    Scene moved = scene;
    moved.base = by * scene.base;
    moved.boxes[0].pose = by * scene.boxes[0].pose;
    moved.spheres[0].center = by * scene.spheres[0].center;
    moved.capsules[0] = {{by * scene.capsules[0].a, by * scene.capsules[0].b, 0.1}};
    const std::vector<double> q{test::uniform(random, 3), test::uniform(random, 2)};
    const double before = ExactCheck(arm, scene).clearance(q), after = ExactCheck(arm, moved).clearance(q);
    CHECK((before > 0) == (after > 0));
    if (before > 0) CHECK(std::abs(after - before) < 1e-8);
  }
}

TEST_CASE("exact check: what is no number is not free") {
  Scene scene;
  scene.ground = -1;
  const ExactCheck check(crane(), scene);
  const double nan = std::nan("");
  for (const auto& q :
       {std::vector{nan, 0.0}, std::vector{0.0, nan}, std::vector{infinity, 0.0}, std::vector{0.0, 1e9}}) {
    CHECK_FALSE(check.is_free(q));
    CHECK(check.clearance(q) == -infinity);
  }
}

TEST_CASE("exact check: what makes no sense is refused") {
  const ArmDescription good = crane();
  CHECK(refusal(good) == "");
  ArmDescription arm = good;
  arm.chain.joints.clear();
  CHECK(refusal(arm) == "ExactCheck: wanted a chain of 1 to 16 joints, got 0");
  arm.chain.joints.assign(17, good.chain.joints[0]);
  CHECK(refusal(arm) == "ExactCheck: wanted a chain of 1 to 16 joints, got 17");
  arm = good;
  arm.chain.joints[1].origin.x[0] = std::nan("");
  CHECK(
      refusal(arm).starts_with("ExactCheck: joint '" + good.chain.joints[1].name + "': wanted an origin within 10 km"));
  arm = good;
  arm.links.clear();
  CHECK(refusal(arm) == "ExactCheck: wanted an arm with links, got none");
  for (const int joint : {-2, 2}) {
    arm = good;
    arm.links[1].joint = joint;
    CHECK(refusal(arm) == "ExactCheck: link 'beam': wanted a joint from -1 to 1, got " + std::to_string(joint));
  }
  arm = good;
  arm.links[1].hulls.clear();
  CHECK(refusal(arm) == "ExactCheck: link 'beam': wanted hulls, got none");
  arm = good;
  arm.links[1].hulls[1].clear();
  CHECK(refusal(arm) == "ExactCheck: link 'beam': wanted hulls with vertices, got one without");
  for (const double bad : {infinity, std::nan(""), 2e4}) {
    arm = good;
    arm.links[2].hulls[0][3][1] = bad;
    CHECK(refusal(arm) == "ExactCheck: link 'cube': wanted finite vertices within 10 km");
  }
  for (const auto& pair : {std::pair{0, 3}, std::pair{-1, 1}, std::pair{2, 2}}) {
    arm = good;
    arm.pairs = {pair};
    CHECK(refusal(arm).starts_with("ExactCheck: wanted pairs of two different links of 3, got "));
  }
  Scene scene;
  scene.spheres = {{{{0, 0, 0}, -1}}};
  CHECK(refusal(good, scene) == "ExactCheck: sphere 0: wanted sizes of at least 0, got -1");
  scene.spheres = {{{{0, 0, 2e4}, 1}}};
  CHECK(refusal(good, scene) == "ExactCheck: wanted everything within 10 km, got a sphere that reaches 20001 m");
  CHECK_THROWS_WITH_AS(ExactCheck(good, {}).is_free(std::vector{1.0}), "ExactCheck: wanted a q of 2 joints, got 1",
                       Error);
  CHECK_THROWS_WITH_AS(ExactCheck(good, {}).clearance(std::vector(3, 1.0)), "ExactCheck: wanted a q of 2 joints, got 3",
                       Error);
}

TEST_CASE("exact check: signs and distances agree with FCL's for the Panda's hulls") {
  const ArmDescription with_pairs = reference::panda_hulls();
  ArmDescription alone = with_pairs, with_all = with_pairs;
  alone.pairs.clear();
  with_all.pairs = reference::panda_pairs_but_adjacent();
  const auto in = [](const char* name) {
    Scene scene = named_scene(name);
    scene.ground.reset();  // which has a column of its own
    return scene;
  };
  Scene ground, nothing;
  ground.ground = 0;
  struct Column {
    const char* name;
    ExactCheck check;
  };
  const Column columns[] = {{"self", {with_all, nothing}}, {"self_moveit", {with_pairs, nothing}},
                            {"wall", {alone, in("wall")}}, {"window", {alone, in("window")}},
                            {"box", {alone, in("box")}},   {"ground", {alone, ground}}};
  for (const std::string file : {"panda/distances_uniform.csv", "panda/distances_near.csv"}) {
    const auto values = reference::read_values(file);
    REQUIRE(values.rows.size() == 200);
    for (const Column& column : columns) {
      CAPTURE(file);
      CAPTURE(column.name);
      const Disagreement found = disagreement(column.check, values, values.column(column.name));
      CHECK(found.free > 100);
      CHECK(found.free < 200);
      CHECK(found.signs == 0);
      CHECK(found.decisions == 0);
      CHECK(found.too_far == 0);
      CHECK(found.too_near == 0);
    }
  }
}
