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
#include "mace/robot/panda_arm.hpp"
#include "reference/panda_hulls.hpp"
#include "support/allocations.hpp"
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
  CHECK(refusal(good, scene) == "ExactCheck: wanted everything within 10 km, got sphere 0 that reaches 20001 m");
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

namespace {

/// A ball on a slide along x: a link whose distance to anything is known.
ArmDescription bead(double radius = 0.1) {
  ArmDescription arm;
  const Pose<double> along_x{{0, 1, 0}, {0, 0, 1}, {1, 0, 0}, {}};
  arm.chain.joints.push_back({{JointKind::prismatic, along_x, -5, 5}, "slide"});
  const Pose<double> back = along_x.inverse();
  Polytope cube = cuboid({-radius, -radius, -radius}, {radius, radius, radius});
  for (auto& corner : cube) corner = back * corner;
  arm.links = {{"bead", 0, {cube}, {}}};
  return arm;
}

/// Least distance between a cube about `center` and the points of a solid, by many of its points.
template <class Inside>
double sampled_distance(const V& center, double half, const V& low, const V& high, const Inside& is_inside) {
  double least = infinity;
  const int steps = 120;
  for (int i = 0; i <= steps; ++i)
    for (int j = 0; j <= steps; ++j)
      for (int k = 0; k <= steps; ++k) {
        V point;
        const int at[] = {i, j, k};
        for (int a = 0; a < 3; ++a) point[a] = low[a] + (high[a] - low[a]) * at[a] / steps;
        if (!is_inside(point)) continue;
        V apart = point - center;
        for (int a = 0; a < 3; ++a) apart[a] -= std::clamp(apart[a], -half, half);
        least = std::min(least, norm(apart));
      }
  return least;
}

}  // namespace

TEST_CASE("exact check: a cylinder's side, end and edge are where they are") {
  Scene scene;
  scene.cylinders = {{{{.position = {2, 0, 0}}, 0.5, 0.3}}};  // upright
  check_clearance(bead(), scene, {0}, 1.4);
  check_clearance(bead(), scene, {1.35}, 0.05);
  scene.cylinders[0].pose.position = {0, 0, 1};
  check_clearance(bead(), scene, {0}, 0.6);                                 // its end
  check_clearance(bead(), scene, {1.2}, std::hypot(0.6, 0.6));              // its edge: not round
  scene.cylinders[0].pose = {{0, 0, 1}, {0, 1, 0}, {-1, 0, 0}, {2, 0, 0}};  // lies along x
  check_clearance(bead(), scene, {0}, 1.6);
  check_clearance(bead(), scene, {4}, 1.6);
  CHECK_FALSE(ExactCheck(bead(), scene).is_free(std::vector{1.61}));
  CHECK(ExactCheck(bead(), scene).is_free(std::vector{1.59}));
}

TEST_CASE("exact check: distances to a turned cylinder agree with those to its points") {
  Random random({31, Stream::user}, 0);
  for (int i = 0; i < 12; ++i) {
    Scene scene;
    scene.cylinders = {
        {{test::pose_in(random, 0.4), 0.05 + 0.3 * double(random.uniform()), 0.05 + 0.3 * double(random.uniform())}}};
    scene.cylinders[0].pose.position[0] += 1;
    const auto& solid = scene.cylinders[0];
    const double reach = std::hypot(solid.radius, solid.half_length);
    const V middle = solid.pose.position, size{reach, reach, reach};
    const double sampled = sampled_distance({0, 0, 0}, 0.1, middle - size, middle + size, [&](const V& point) {
      const V inside = solid.pose.inverse() * point;
      return std::hypot(inside[0], inside[1]) <= solid.radius && std::abs(inside[2]) <= solid.half_length;
    });
    const double clearance = ExactCheck(bead(), scene).clearance(std::vector{0.0});
    CAPTURE(sampled);
    CAPTURE(clearance);
    if (sampled > 0) CHECK(clearance <= sampled);
    CHECK(std::max(clearance, 0.0) >= sampled - 2 * reach / 120 * std::sqrt(3.0));
  }
}

TEST_CASE("exact check: half-spaces are exact, and links that are fixed to the base are checked against them") {
  Scene scene;
  scene.half_spaces = {{{{-1, 0, 0}, -2}, "wall"}};  // x >= 2
  check_clearance(bead(), scene, {0}, 1.9);
  check_clearance(bead(), scene, {1.95}, -0.05);
  scene.half_spaces = {{{{-0.6, 0, -0.8}, -1}}};
  check_clearance(bead(), scene, {0}, 1 - 0.1 * 1.4);
  scene.base.position = {0, 0, 1};
  check_clearance(bead(), scene, {0}, 0.2 - 0.1 * 1.4);
  scene.half_spaces = {{{{0, 0, 1 + 9e-7}, 1.0}}};  // within the tolerance of a unit normal, and taken as one
  scene.base.position = {0, 0, 101};
  const double clearance = ExactCheck(bead(), scene).clearance(std::vector{0.0});
  CHECK(std::abs(clearance - (100.9 - 1 / (1 + 9e-7))) < 2e-9);

  Scene floor;
  floor.half_spaces = {{{{0, 0, 1}, 0}, "floor"}};
  const ExactCheck standing(crane(), floor);
  CHECK_FALSE(standing.is_free(std::vector{0.0, 0.0}));  // the block reaches 0.1 m into it
  REQUIRE(standing.fixed_contact());
  CHECK(standing.names(*standing.fixed_contact()) == std::pair<std::string, std::string>("block", "floor"));
  floor.may_touch = {{"floor", "block"}};
  CHECK(ExactCheck(crane(), floor).is_free(std::vector{0.0, 0.0}));
}

TEST_CASE("exact check: a hull of the world is checked like a box of the same corners") {
  Random random({32, Stream::user}, 0);
  for (int i = 0; i < 50; ++i) {
    Scene boxes, hulls;
    const Pose<double> pose = test::pose_in(random, 1.5);
    const V half{0.05 + 0.2 * double(random.uniform()), 0.05 + 0.2 * double(random.uniform()), 0.1};
    boxes.boxes = {{{pose, half}}};
    Polytope corners = cuboid(-1.0 * half, half);
    corners.push_back({0, 0, 0});  // a point inside changes nothing
    for (auto& corner : corners) corner = pose * corner;
    hulls.hulls = {{{corners}}};
    const std::vector<double> q{test::uniform(random, 3), test::uniform(random, 1)};
    const double by_box = ExactCheck(crane(), boxes).clearance(q), by_hull = ExactCheck(crane(), hulls).clearance(q);
    CHECK((by_box > 0) == (by_hull > 0));
    if (by_box > 0) CHECK(std::abs(by_box - by_hull) < 1e-8);
  }
}

TEST_CASE("exact check: every gap has to exceed the margin") {
  Scene scene;
  scene.half_spaces = {{{{-1, 0, 0}, -2}}};
  scene.spheres = {{{{-2, 0, 0}, 0.5}}};
  const ExactCheck check(bead(), scene, 0.3);
  CHECK(check.margin() == 0.3);
  CHECK(check.is_free(std::vector{1.599999}));
  CHECK_FALSE(check.is_free(std::vector{1.600001}));
  CHECK(check.is_free(std::vector{-1.099999}));
  CHECK_FALSE(check.is_free(std::vector{-1.100001}));
  CHECK(check.clearance(std::vector{1.6}) == doctest::Approx(0.3).epsilon(1e-8));  // the distance itself
  ArmDescription pair = crane();
  pair.pairs = {{0, 2}};
  const std::vector<double> q{0, 0};
  const double apart = ExactCheck(pair, {}).clearance(q);
  CHECK(ExactCheck(pair, {}, apart - 1e-6).is_free(q));
  CHECK_FALSE(ExactCheck(pair, {}, apart + 1e-6).is_free(q));
  for (const double bad : {-0.1, std::nan(""), infinity, 2e4})
    CHECK(test::error_of([&] {
            ExactCheck(bead(), {}, bad);
          }).starts_with("ExactCheck: wanted a margin from 0 to 10 km, got "));
}

TEST_CASE("exact check: a contact is told by the names of its two bodies") {
  ArmDescription arm = crane();
  arm.pairs = {{0, 2}};
  Scene scene;
  scene.boxes = {{{{.position = {9, 0, 0}}, {1, 1, 1}}}, {{{.position = {2, 0, 0.5}}, {0.3, 0.3, 0.3}}, "shelf_top"}};
  scene.cylinders = {{{{.position = {0, 1.2, 0.5}}, 0.1, 1}}};
  scene.ground = -0.2;
  const ExactCheck check(arm, scene);
  const auto names = [&](const CheckedPair& pair) {
    const auto [link, other] = check.names(pair);
    return link + ", " + other;
  };
  const std::vector<double> free{0, 0};
  CHECK_FALSE(check.first_contact(free));
  REQUIRE(check.nearest(free));
  CHECK(check.nearest(free)->pair == CheckedPair{2, BodyKind::box, 1});
  CHECK(names(check.nearest(free)->pair) == "cube, shelf_top");
  CHECK(check.nearest(free)->clearance == check.clearance(free));

  for (double turn = -3; turn <= 3; turn += 0.05)
    for (double out = -2; out <= 2; out += 0.25) {
      const std::vector<double> q{turn, out};
      const auto contact = check.first_contact(q);
      CHECK(contact.has_value() == !check.is_free(q));
      const auto nearest = check.nearest(q);
      REQUIRE(nearest);
      CHECK(nearest->clearance == check.clearance(q));
      if (contact) CHECK(nearest->clearance <= 0);
    }
  REQUIRE(check.first_contact(std::vector{pi / 2, 0.0}));
  CHECK(names(*check.first_contact(std::vector{pi / 2, 0.0})) == "cube, cylinder 0");
  CHECK(test::error_of([&] {
          check.names({7, BodyKind::box, 0});
        }) == "ExactCheck: wanted a pair of this scene, got link 7");
  CHECK(test::error_of([&] {
          check.names({0, BodyKind::box, 2});
        }) == "ExactCheck: wanted a pair of this scene, got box 2");
  CHECK(check.names({1, BodyKind::ground, 0}).second == "ground");
  CHECK(check.names({1, BodyKind::link, 0}).second == "block");
  CHECK(test::contains(test::error_of([&] {
                         check.nearest(std::vector{0.0, std::nan("")});
                       }),
                       "wanted joint values within 10 km, got nan"));
  CHECK_FALSE(ExactCheck(crane(), {}).nearest(free));
}

TEST_CASE("exact check: what the joints do not move can be told from the rest") {
  ArmDescription arm = crane();
  arm.links.push_back({"camera", 1, {cuboid({0.05, -0.1, -0.1}, {0.3, 0.1, 0.1})}, {}});  // 0.05 m within the cube
  CHECK_FALSE(ExactCheck(arm, {}).fixed_contact());
  arm.pairs = {{2, 3}};
  const ExactCheck check(arm, {});
  REQUIRE(check.fixed_contact());
  CHECK(*check.fixed_contact() == CheckedPair{2, BodyKind::link, 3});
  CHECK_FALSE(check.is_free(std::vector{0.3, 0.1}));
  CHECK(check.first_contact(std::vector{0.3, 0.1}) == check.fixed_contact());

  Scene scene;
  scene.spheres = {{{{0, 0.2, 0}, 0.05}}};  // 0.05 m beside the block
  CHECK_FALSE(ExactCheck(crane(), scene).fixed_contact());
  const ExactCheck wide(crane(), scene, 0.06);
  REQUIRE(wide.fixed_contact());
  CHECK(wide.names(*wide.fixed_contact()) == std::pair<std::string, std::string>("block", "sphere 0"));
}

TEST_CASE("exact check: pairs that may touch are not checked") {
  Scene scene;
  scene.boxes = {{{{.position = {1.1, 0, 0.5}}, {0.3, 0.3, 0.3}}, "cup"}};  // around the cube, and into the beam
  const std::vector<double> q{0, 0};
  CHECK_FALSE(ExactCheck(crane(), scene).is_free(q));
  scene.may_touch = {{"cube", "cup"}};
  CHECK_FALSE(ExactCheck(crane(), scene).is_free(q));
  scene.may_touch.push_back({"cup", "beam"});
  CHECK(ExactCheck(crane(), scene).is_free(q));
  scene.boxes.push_back({{{.position = {1.1, 0, 0.5}}, {0.3, 0.3, 0.3}}, "saucer"});  // is not the cup
  CHECK_FALSE(ExactCheck(crane(), scene).is_free(q));

  ArmDescription arm = crane();
  arm.pairs = {{2, 1}};
  CHECK_FALSE(ExactCheck(arm, {}).is_free(q));
  for (const auto& names : {std::pair<std::string, std::string>("beam", "cube"), {"cube", "beam"}}) {
    Scene touching;
    touching.may_touch = {names};
    CHECK(ExactCheck(arm, touching).is_free(q));
  }
  Scene ground;
  ground.ground = 0.45;
  CHECK_FALSE(ExactCheck(crane(), ground).is_free(q));
  ground.may_touch = {{"beam", "ground"}, {"ground", "cube"}};
  CHECK(ExactCheck(crane(), ground).is_free(q));
}

TEST_CASE("exact check: names that stand for nothing, or for two bodies, are refused") {
  Scene scene;
  scene.boxes = {{{{.position = {9, 0, 0}}, {1, 1, 1}}, "cup"}, {{{.position = {9, 0, 0}}, {1, 1, 1}}, "lid"}};
  const auto with = [&](const char* one, const char* other, const ArmDescription& arm = crane()) {
    Scene changed = scene;
    changed.may_touch = {{one, other}};
    return refusal(arm, changed);
  };
  CHECK(with("cube", "cup") == "");
  CHECK(with("cube", "mug") ==
        "ExactCheck: may_touch: got 'mug', wanted a link or an obstacle of beam, block, cube, cup, lid");
  CHECK(with("ground", "cube") ==
        "ExactCheck: may_touch: got 'ground', wanted a link or an obstacle of beam, block, cube, cup, lid");
  CHECK(with("cup", "lid") == "ExactCheck: may_touch: wanted at least one link, got box 'cup' and box 'lid'");
  CHECK(with("cube", "cube") == "ExactCheck: may_touch: wanted two bodies, got 'cube' twice");
  ArmDescription twins = crane();
  twins.links[1].name = "cube";
  CHECK(with("cube", "cup", twins) ==
        "ExactCheck: may_touch: wanted a name of one body, got 'cube' of link 1 and of link 2");
  scene.boxes[1].name = "cup";
  CHECK(with("cube", "cup") == "ExactCheck: wanted different names, got 'cup' of box 0 and of box 1");
}

TEST_CASE("exact check: another scene takes the place of the one before, unless it is refused") {
  Scene first, second;
  first.boxes = {{{{.position = {2, 0, 0.5}}, {0.3, 0.3, 0.3}}}};
  first.half_spaces = {{{{0, 0, 1}, -1}, "floor"}};
  second.spheres = {{{{1, 0, 0.5}, 0.2}}};
  second.base.position = {0, 0, 0.05};
  second.may_touch = {{"beam", "block"}};
  ExactCheck check(crane(), first);
  Random random({33, Stream::user}, 0);
  for (const Scene* scene : {&second, &first, &second}) {
    check.set_scene(*scene);
    const ExactCheck made_for_it(crane(), *scene);
    for (int i = 0; i < 20; ++i) {
      const std::vector<double> q{test::uniform(random, 3), test::uniform(random, 2)};
      CHECK(check.clearance(q) == made_for_it.clearance(q));
    }
  }
  const double before = check.clearance(std::vector{0.4, 0.1});
  Scene bad = first;
  bad.may_touch = {{"cube", "nothing"}};
  CHECK_THROWS_AS(check.set_scene(bad), Error);
  bad = first;
  bad.boxes[0].pose.position[0] = 2e4;
  CHECK_THROWS_AS(check.set_scene(bad), Error);
  CHECK(check.clearance(std::vector{0.4, 0.1}) == before);
  CHECK(check.scene().spheres.size() == 1);
}

TEST_CASE("exact check: a scene that is not larger takes no memory, nor does a check") {
  Scene scene;
  scene.boxes = {{{{.position = {2, 0, 0.5}}, {0.3, 0.3, 0.3}}, "a box with a name that is too long to be in place"}};
  scene.spheres = {{{{1, 3, 0.5}, 0.2}}};
  scene.cylinders = {{{{.position = {0, 2, 0.5}}, 0.1, 1}, "can"}};
  scene.half_spaces = {{{{0, 0, 1}, -1}, "floor"}};
  scene.hulls = {{{cuboid({3, 0, 0}, {4, 1, 1})}, "block of the world"}};
  scene.may_touch = {{"beam", "can"}};
  ExactCheck check(crane(), scene);
  scene.boxes[0].pose.position[0] = 1.5;
  scene.hulls[0].points[0] = {2, 0, 0};
  scene.spheres.clear();
  scene.may_touch = {{"can", "cube"}};
  const std::vector<double> q{0.3, 0.2};
  const long before = test::allocations();
  check.set_scene(scene);
  const double clearance = check.clearance(q);
  const bool is_free = check.is_free(q), met = check.first_contact(q).has_value() || check.nearest(q).has_value();
  const long taken = test::allocations() - before;
  CHECK(taken == 0);
  CHECK(met);
  CHECK(is_free == (clearance > 0));
  CHECK(clearance == ExactCheck(crane(), scene).clearance(q));
}

namespace {

/// The least distance at q by GJK of every hull with everything, without any bounds.
double by_brute_force(const ArmDescription& arm, const Scene& scene, const std::vector<double>& q) {
  const auto frames = arm.chain.frames(scene.base, q);
  const auto at = [&](const ArmLink& link) { return frames[static_cast<std::size_t>(link.joint + 1)]; };
  double least = infinity;
  for (const ArmLink& link : arm.links)
    for (const Polytope& hull : link.hulls) {
      const Placed<Polytope> body{hull, at(link)};
      const V middle = body.at * hull.front();
      const auto meet = [&](const auto& obstacle, const V& near) {
        least = std::min(least, separation(body, obstacle, middle - near).at_least);
      };
      for (const auto& box : scene.boxes) meet(box, box.pose.position);
      for (const auto& sphere : scene.spheres) meet(sphere, sphere.center);
      for (const auto& capsule : scene.capsules) meet(capsule, capsule.a);
      for (const auto& cylinder : scene.cylinders) meet(cylinder, cylinder.pose.position);
      for (const auto& points : scene.hulls) meet(points, points.points.front());
      for (const auto& half_space : scene.half_spaces) least = std::min(least, separation(body, half_space).at_least);
      if (scene.ground && link.joint >= 0)
        least = std::min(least, separation(body, HalfSpace{{0, 0, 1}, *scene.ground}).at_least);
    }
  for (const auto& [i, j] : arm.pairs) {
    const ArmLink &left = arm.links[static_cast<std::size_t>(i)], &right = arm.links[static_cast<std::size_t>(j)];
    for (const Polytope& a : left.hulls)
      for (const Polytope& b : right.hulls)
        least = std::min(least, separation(Placed<Polytope>{a, at(left)}, Placed<Polytope>{b, at(right)},
                                           at(left) * a.front() - at(right) * b.front())
                                    .at_least);
  }
  return least;
}

/// Obstacles of every kind in a cube of twice the size.
Scene random_scene(Random& random, double size) {
  Scene scene;
  const auto length = [&](double most) { return most * static_cast<double>(random.uniform()); };
  for (int i = 0; i < 4; ++i) {
    scene.boxes.push_back({{test::pose_in(random, size), {length(0.3), length(0.3), length(0.3)}}});
    scene.cylinders.push_back({{test::pose_in(random, size), length(0.2), length(0.4)}});
    const V a = test::pose_in(random, size).position;
    scene.capsules.push_back({{a, a + length(0.8) * test::direction_in(random), length(0.1)}});
    scene.spheres.push_back({{test::pose_in(random, size).position, length(0.2)}});
    ConvexHull hull;
    for (int k = 0; k < 6; ++k) hull.points.push_back(a + length(0.3) * test::direction_in(random));
    scene.hulls.push_back({hull});
  }
  scene.half_spaces.push_back({{test::direction_in(random), -0.9 * size}});
  scene.half_spaces.push_back({{{0, -1, 0}, -size}});
  scene.ground = -0.9 * size;
  scene.base = test::pose_in(random, 0.3 * size);
  return scene;
}

/// Compares decisions and clearances at random configurations with brute force; returns how many are free.
int check_random(const ArmDescription& arm, const Scene& scene, double reach, Random& random, int count) {
  const ExactCheck check(arm, scene), wide(arm, scene, 0.05);
  int free = 0;
  for (int i = 0; i < count; ++i) {
    std::vector<double> q;
    for (std::size_t j = 0; j < arm.chain.joints.size(); ++j) q.push_back(test::uniform(random, reach));
    const double wanted = by_brute_force(arm, scene, q), clearance = check.clearance(q);
    const bool is_free = check.is_free(q);
    free += is_free;
    CHECK(is_free == (wanted > certain_gap));
    CHECK(wide.is_free(q) == (wanted > 0.05 + certain_gap));
    if (wanted > 0)
      CHECK(std::abs(clearance - (wanted - certain_gap)) < 1e-8);
    else
      CHECK(clearance <= 0);
  }
  return free;
}

}  // namespace

TEST_CASE("exact check: decisions are those of brute force, with obstacles of every kind") {
  Random random(RandomKey{.seed = 11}, 0);
  ArmDescription arm = crane();
  arm.pairs = {{0, 2}, {2, 1}};
  int cranes = 0, pandas = 0;
  for (int scene = 0; scene < 30; ++scene) {
    cranes += check_random(arm, random_scene(random, 1.5), 2, random, 20);
    pandas += check_random(panda_arm(), random_scene(random, 1), 2.5, random, 20);
  }
  CHECK(cranes > 60);
  CHECK(cranes < 540);
  CHECK(pandas > 60);
  CHECK(pandas < 540);
}

TEST_CASE("exact check: decisions are those of brute force kilometers from the origin") {
  Random random(RandomKey{.seed = 12}, 0);
  int free = 0;
  for (int scene = 0; scene < 20; ++scene) {
    Scene far = random_scene(random, 1);
    const V by{4000, -5000, 3000};
    far.base.position = far.base.position + by;
    for (auto& box : far.boxes) box.pose.position = box.pose.position + by;
    for (auto& cylinder : far.cylinders) cylinder.pose.position = cylinder.pose.position + by;
    for (auto& capsule : far.capsules) capsule.a = capsule.a + by, capsule.b = capsule.b + by;
    for (auto& sphere : far.spheres) sphere.center = sphere.center + by;
    for (auto& hull : far.hulls)
      for (auto& point : hull.points) point = point + by;
    for (auto& half_space : far.half_spaces) half_space.height += dot(half_space.normal, by);
    *far.ground += by[2];
    const ExactCheck check(panda_arm(), far);
    for (int i = 0; i < 20; ++i) {
      std::vector<double> q;
      for (int j = 0; j < 7; ++j) q.push_back(test::uniform(random, 2.5));
      const double wanted = by_brute_force(panda_arm(), far, q);
      if (std::abs(wanted) > 1e-6) CHECK(check.is_free(q) == (wanted > 0));
      free += wanted > 0;
    }
  }
  CHECK(free > 40);
  CHECK(free < 360);
}

TEST_CASE("exact check: of an arm of very many hulls, each collides") {
  // Crumbs along the crane's beam and on its block.
  ArmDescription arm = crane();
  for (int i = 0; i < 300; ++i) {
    const double x = 0.003 * i;
    arm.links[1].hulls.push_back({{x, 0, 0.2}, {x, 0, 0.201}});
    arm.links[0].hulls.push_back({{0.3 + x, 0, 0.69}, {0.3 + x, 0, 0.691}});
  }
  Scene scene;
  for (const int i : {0, 150, 299}) {
    scene.spheres = {{{{0.003 * i, 0, 0.75}, 0.0505}}};
    CHECK_FALSE(ExactCheck(arm, scene).is_free(std::vector{0.0, 0.0}));
    CHECK(ExactCheck(arm, scene).is_free(std::vector{1.5, 0.0}) == (i > 0));
  }
  CHECK(ExactCheck(arm, {}).is_free(std::vector{0.0, 0.0}));
  arm.pairs = {{0, 1}};  // the crumbs are 9 mm below each other
  check_clearance(arm, {}, {0, 0}, 0.009);
  arm.links[0].hulls.back() = {{0.3, 0, 0.6995}, {0.3, 0, 0.7005}};
  CHECK_FALSE(ExactCheck(arm, {}).is_free(std::vector{0.0, 0.0}));
}
