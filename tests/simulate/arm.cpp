// SPDX-License-Identifier: Apache-2.0
#include "mace/simulate/arm.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "mace/collision/exact_check.hpp"
#include "mace/robot/panda_arm.hpp"
#include "reference/values.hpp"
#include "support/errors.hpp"
#include "support/executor.hpp"
#include "support/machine.hpp"

using namespace mace;

namespace {

template <int Joints>
using ArmHere = Arm<Joints, test::Space>;

static_assert(BatchSimulator<ArmHere<7>, test::Exec> && PlainSimulator<ArmFormula<7>>);

using Outcomes = std::vector<ArmOutcome<float>>;

/// Uniform within the Panda's limits.
std::vector<Vec<7>> configurations(std::size_t count) {
  const auto chain = panda_chain();
  std::vector<Vec<7>> q(count);
  for (std::size_t i = 0; i < count; ++i) {
    Random random({5, Stream::evaluation, 0}, static_cast<std::uint32_t>(i));
    for (int j = 0; j < 7; ++j) q[i][j] = random.uniform(chain.joint[j].lower, chain.joint[j].upper);
  }
  return q;
}

/// Everything at once, around a base that is turned and moved.
Scene full_scene() {
  const double h = 0.70710678118654752440;
  Scene scene;
  scene.boxes = {{{{{h, -h, 0}, {h, h, 0}, {0, 0, 1}, {-0.1, -0.2, 0.2}}, {0.13, 0.1, 0.00125}}},
                 {{{.position = {-0.3, 0.4, 0.6}}, {0.02, 0.3, 0.2}}}};
  scene.spheres = {{{{-0.2, -0.4, 0.8}, 0.1}}};
  scene.capsules = {{{{-1, 0.5, 0.3}, {-0.5, 0.6, 0.9}, 0.05}}};
  scene.ground = -0.05;
  scene.base = {{h, 0, h}, {0, 1, 0}, {-h, 0, h}, {-0.6, 0, 0.3}};
  return scene;
}

/// Cylinders, half-spaces and hulls, two of each, around the same base.
Scene scene_of_solids() {
  const double h = 0.70710678118654752440;
  Scene scene;
  scene.base = full_scene().base;
  scene.cylinders = {{{{.position = {0, 0.3, 0.4}}, 0.1, 0.3}, "can"},
                     {{{{h, -h, 0}, {0, 0, 1}, {-h, -h, 0}, {-0.3, -0.5, 0.6}}, 0.15, 0.2}}};
  scene.half_spaces = {{{{0, 0, 1}, -0.2}}, {{{-0.6, 0.8, 0}, -0.4}, "wall"}};
  Polytope wedge, rod;
  for (int i = 0; i < 6; ++i)
    wedge.push_back({0.2 + 0.1 * (i % 3), -0.1 + 0.2 * (i / 3), 0.3 + (i % 3 == 1 ? 0.25 : 0.0)});
  for (int i = 0; i < 8; ++i)
    rod.push_back({-0.8 + (i & 1 ? 0.04 : 0.0) + (i & 4 ? 0.3 : 0), 0.4 + (i & 2 ? 0.05 : 0.0), i & 4 ? 1.1 : 0.5});
  scene.hulls = {{{wedge}, "wedge"}, {{rod}}};
  return scene;
}

/// The same outcome by the plain rule in double: every capsule against everything.
ArmOutcome<double> by_hand(const ArmDescription& arm, const Scene& scene, const Vec<7>& q) {
  const auto at = arm.chain.chain<7, double>().frames(q.as<double>());
  const auto there = [&](const ArmLink& link, const Capsule<double>& c) {
    const Pose<double> frame = scene.base * (link.joint < 0 ? Pose<double>{} : at.joint[link.joint]);
    return Capsule<double>{frame * c.a, frame * c.b, c.radius};
  };
  double clearance = std::numeric_limits<double>::infinity();
  const auto meets = [&](double distance) { clearance = std::min(clearance, distance); };
  for (const ArmLink& link : arm.links)
    for (const auto& c : link.capsules) {
      for (const auto& box : scene.boxes) meets(signed_distance(there(link, c), box));
      for (const auto& sphere : scene.spheres) meets(signed_distance(there(link, c), sphere));
      for (const auto& capsule : scene.capsules) meets(signed_distance(there(link, c), capsule));
      for (const auto& cylinder : scene.cylinders) {
        const double r = cylinder.radius, half = cylinder.half_length;
        const Vec<3, double> end = half * cylinder.pose.z;
        const Capsule<double> about{cylinder.pose.position - end, cylinder.pose.position + end, r};
        meets(std::max(signed_distance(there(link, c), OrientedBox<double>{cylinder.pose, {r, r, half}}),
                       signed_distance(there(link, c), about)));
      }
      for (const auto& each : scene.half_spaces)
        meets(signed_distance(there(link, c), Ground<double>{each.normal, each.height}));
      for (const auto& hull : scene.hulls)  // the distance itself; there is no rule for what encloses a hull
        meets(separation(there(link, c), hull, there(link, c).a - hull.points[0]).at_least);
      if (scene.ground && link.joint >= 0)
        meets(signed_distance(there(link, c), Ground<double>{{0, 0, 1}, *scene.ground}));
    }
  for (const auto& [i, j] : arm.pairs) {
    const ArmLink &left = arm.links[static_cast<std::size_t>(i)], &right = arm.links[static_cast<std::size_t>(j)];
    for (const auto& a : left.capsules)
      for (const auto& b : right.capsules) meets(signed_distance(there(left, a), there(right, b)));
  }
  return {scene.base * at.tip, clearance};
}

template <int Joints>
Outcomes run(test::Exec& exec, const ArmHere<Joints>& arm, const std::vector<Vec<Joints>>& q) {
  const auto samples = exec.upload(q);
  return test::filled<ArmOutcome<float>>(exec, q.size(), [&](std::span<ArmOutcome<float>> outcomes) {
    arm.simulate(exec, std::span<const Vec<Joints>>(samples.span()), outcomes);
  });
}

template <int Joints>
std::vector<std::uint8_t> decide(test::Exec& exec, const ArmHere<Joints>& arm, const std::vector<Vec<Joints>>& q) {
  const auto samples = exec.upload(q);
  return test::filled<std::uint8_t>(exec, q.size(), [&](std::span<std::uint8_t> free) {
    arm.decide(exec, std::span<const Vec<Joints>>(samples.span()), free);
  });
}

/// One configuration by itself: on the host by the formula, which a device runs anyway.
template <int Joints>
ArmOutcome<float> run_alone(test::Exec& exec, const ArmHere<Joints>& arm, const Vec<Joints>& q) {
  if constexpr (test::on_device)
    return run(exec, arm, std::vector{q})[0];
  else
    return arm.formula()(q);
}

void compare(const ArmDescription& arm, const Scene& scene, const std::vector<Vec<7>>& q) {
  auto exec = test::executor();
  const Outcomes outcomes = run(exec, ArmHere<7>(exec, arm, scene), q);
  for (std::size_t i = 0; i < q.size(); ++i) {
    CAPTURE(i);
    const auto wanted = by_hand(arm, scene, q[i]);
    CHECK(norm(outcomes[i].end_effector.position.as<double>() - wanted.end_effector.position) < 2e-6);
    CHECK(norm(outcomes[i].end_effector.x.as<double>() - wanted.end_effector.x) < 2e-6);
    CHECK(norm(outcomes[i].end_effector.z.as<double>() - wanted.end_effector.z) < 2e-6);
    const double lower_by = wanted.clearance - static_cast<double>(outcomes[i].clearance);
    CHECK(lower_by >= 0);  // never freer than it is
    CHECK(lower_by < 2e-5);
  }
}

/// A cart on a rail along x, and a bumper at its end: one sliding joint.
ArmDescription cart() {
  ArmDescription arm;
  arm.chain = {
      "rail", "cart", {{{JointKind::prismatic, {{0, 0, -1}, {0, 1, 0}, {1, 0, 0}, {0, 0, 0}}, -1, 1}, "slide"}}, {}};
  arm.links = {{"bumper", -1, {}, {{{2, 0, 0}, {2, 0, 0}, 0.25}}}, {"cart", 0, {}, {{{0, 0, 0}, {0, 0, 0.5}, 0.5}}}};
  arm.pairs = {{0, 1}};
  return arm;
}

float clearance(const ArmDescription& arm, const Scene& scene, float q) {
  auto exec = test::executor();
  return run(exec, ArmHere<1>(exec, arm, scene), {{q}})[0].clearance;
}

/// The Panda's capsules for self-collision, as its maker gives them (franka_description, without their safety
/// distance), and the pairs that are checked with them.
ArmDescription coarse_panda() {
  const std::vector<std::vector<Capsule<double>>> covers = {
      {{{-0.09, 0, 0.06}, {-0.06, 0, 0.06}, 0.06}},
      {{{0, 0, -0.333}, {0, 0, -0.05}, 0.06}},
      {{{0, 0, -0.06}, {0, 0, 0.06}, 0.06}},
      {{{0, 0, -0.22}, {0, 0, -0.07}, 0.06}},
      {{{0, 0, -0.06}, {0, 0, 0.06}, 0.06}},
      {{{0, 0, -0.31}, {0, 0, -0.21}, 0.06}, {{0, 0.08, -0.2}, {0, 0.08, -0.06}, 0.025}},
      {{{0, 0, -0.07}, {0, 0, 0.01}, 0.05}},
      {{{0, 0, -0.06}, {0, 0, 0.08}, 0.04}, {{0.03889, 0.03889, 0.082}, {0.04596, 0.04596, 0.082}, 0.03}},
      {{{0, -0.05, 0.04}, {0, 0.05, 0.04}, 0.04}, {{0, -0.05, 0.10}, {0, 0.05, 0.10}, 0.02}}};
  ArmDescription arm{panda_description(), {}, {}};
  for (int i = 0; i < 9; ++i)
    arm.links.push_back({"link" + std::to_string(i), std::min(i - 1, 6), {}, covers[static_cast<std::size_t>(i)]});
  const double h = 0.70710678118654752440;  // the hand stands on the flange, turned
  const Pose<double> hand{{h, -h, 0}, {h, h, 0}, {0, 0, 1}, {0, 0, 0.107}};
  for (auto& c : arm.links[8].capsules) c = {hand * c.a, hand * c.b, c.radius};
  arm.pairs = {{0, 5}, {0, 6}, {0, 7}, {1, 5}, {1, 6}, {1, 7}, {2, 5},
               {2, 6}, {2, 7}, {3, 7}, {8, 0}, {8, 1}, {8, 2}, {8, 3}};
  return arm;
}

}  // namespace

TEST_CASE("outcomes are those of every capsule against everything") {
  compare(panda_arm(), full_scene(), configurations(400));
  compare(panda_arm(), {}, configurations(400));
  ArmDescription alone = panda_arm();
  alone.pairs.clear();
  Scene far = full_scene();
  far.base.position = {100, -50, 7};
  for (auto& box : far.boxes) box.pose.position = box.pose.position + Vec<3, double>{100.6, -50, 6.7};
  far.spheres.clear(), far.capsules.clear(), far.ground.reset();
  auto exec = test::executor();
  const auto q = configurations(200);
  const Outcomes outcomes = run(exec, ArmHere<7>(exec, alone, far), q);
  for (std::size_t i = 0; i < q.size(); ++i) {
    const double lower_by = by_hand(alone, far, q[i]).clearance - static_cast<double>(outcomes[i].clearance);
    CHECK(lower_by >= 0);
    CHECK(lower_by < 3e-5);
  }
}

TEST_CASE("every instruction set and any number of configurations agree with one at a time") {
  for (const Isa isa : test::isas()) {
    auto exec = test::executor({.isa = isa});
    const ArmHere<7> arm(exec, panda_arm(), full_scene());
    for (const std::size_t count : {0u, 1u, 3u, 15u, 16u, 17u, 1000u}) {
      const auto q = configurations(count);
      const Outcomes outcomes = run(exec, arm, q);
      float worst = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const ArmOutcome<float> one = run_alone(exec, arm, q[i]), &many = outcomes[i];
        worst =
            std::max({worst, std::abs(one.clearance - many.clearance),
                      norm(one.end_effector.position - many.end_effector.position),
                      norm(one.end_effector.x - many.end_effector.x), norm(one.end_effector.y - many.end_effector.y),
                      norm(one.end_effector.z - many.end_effector.z)});
      }
      CAPTURE(static_cast<int>(isa));
      CAPTURE(count);
      CHECK(worst < 2e-6f);
    }
  }
}

TEST_CASE("an outcome has the same bits with any number of threads, and wherever it stands among others") {
  for (const Isa isa : test::isas()) {
    const auto q = configurations(1000);
    auto one = test::executor({.isa = isa});
    const Outcomes wanted = run(one, ArmHere<7>(one, panda_arm(), full_scene()), q);
    for (const int threads : test::on_device ? std::vector{1} : std::vector{2, 3}) {
      auto exec = test::executor({.threads = threads, .isa = isa});
      CHECK(test::same_bits(run(exec, ArmHere<7>(exec, panda_arm(), full_scene()), q), wanted));
    }
    // What other lanes are near to does not matter.
    const std::vector<Vec<7>> later(q.begin() + 5, q.end());
    CHECK(test::same_bits(run(one, ArmHere<7>(one, panda_arm(), full_scene()), later),
                          Outcomes(wanted.begin() + 5, wanted.end())));
  }
}

TEST_CASE("the maker's capsules keep the distances that FCL finds") {
  const auto values = reference::read_values("panda/distances_uniform.csv");
  const auto& rows = values.rows;
  const std::size_t column = values.column("capsules");
  REQUIRE(rows.size() == 200);
  std::vector<Vec<7>> q(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < 7; ++j) q[i][static_cast<int>(j)] = static_cast<float>(rows[i][j]);
  for (const Isa isa : test::isas()) {
    auto exec = test::executor({.isa = isa});
    const Outcomes outcomes = run(exec, ArmHere<7>(exec, coarse_panda()), q);
    double worst = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(outcomes[i].clearance) - rows[i][column]));
      CHECK((outcomes[i].clearance < 0) == (rows[i][column] < 0));
    }
    CHECK(worst < 1e-5);
  }
}

TEST_CASE("nothing is free that the hulls call a collision, whatever stands around") {
  for (const Scene& scene : {full_scene(), scene_of_solids()}) {
    const ExactCheck exact(panda_arm(), scene);
    auto exec = test::executor();
    const auto q = configurations(4000);
    const Outcomes outcomes = run(exec, ArmHere<7>(exec, panda_arm(), scene), q);
    int free = 0, needless = 0;
    for (std::size_t i = 0; i < q.size(); ++i) {
      const Vec<7, double> at = q[i].as<double>();
      const bool certain = exact.is_free(at.v);
      if (outcomes[i].clearance >= 0) CHECK(certain);
      free += certain ? 1 : 0;
      needless += certain && outcomes[i].clearance < 0 ? 1 : 0;
    }
    CHECK(free > 400);
    CHECK(needless < free / 25);  // measured: 34 of 3435, 24 of 1846
  }
}

TEST_CASE("decisions are the signs of the clearances, with every instruction set, in any number") {
  Scene crowded = full_scene();
  for (int i = 0; i < 6; ++i) {
    const double x = 0.3 * i - 1.4;
    crowded.capsules.push_back({{{x, 0.5, -0.1}, {x, 0.5, 0.6}, 0.04}});
    crowded.spheres.push_back({{{x, -0.6, 0.5}, 0.06}});
  }
  ArmDescription alone = panda_arm();
  alone.pairs.clear();
  for (const Isa isa : test::isas()) {
    CAPTURE(static_cast<int>(isa));
    auto exec = test::executor({.isa = isa});
    const auto count_free = [&](const ArmDescription& description, const Scene& scene, std::size_t count) {
      const ArmHere<7> arm(exec, description, scene);
      const auto q = configurations(count);
      const Outcomes outcomes = run(exec, arm, q);
      const auto free = decide(exec, arm, q);
      std::size_t free_count = 0, other = 0;
      for (std::size_t i = 0; i < count; ++i) {
        const float clearance = outcomes[i].clearance;
        free_count += free[i];
        // Within rounding of contact the two may differ.
        other += std::abs(clearance) > 1e-6f && free[i] != (clearance >= 0 ? 1 : 0) ? 1 : 0;
        if (free[i] == 1) CHECK(by_hand(description, scene, q[i]).clearance >= 0);
      }
      CHECK(other == 0);
      return free_count;
    };
    for (const std::size_t count : {0u, 1u, 3u, 15u, 16u, 17u}) count_free(panda_arm(), crowded, count);
    const std::size_t free = count_free(panda_arm(), crowded, 2000);
    CHECK(free > 1000);
    CHECK(free < 1900);
    const std::size_t among_solids = count_free(panda_arm(), scene_of_solids(), 1000);
    CHECK(among_solids > 500);
    CHECK(among_solids < 900);
    CHECK(count_free(panda_arm(), {}, 1000) < 1000);  // the pairs alone
    CHECK(count_free(alone, {}, 100) == 100);         // nothing to collide with
    Scene base_inside = full_scene();
    base_inside.spheres.push_back({{base_inside.base.position, 0.02}});
    CHECK(count_free(panda_arm(), base_inside, 100) == 0);
  }
}

TEST_CASE("a cart keeps its distance from its bumper, and from what stands around") {
  CHECK(clearance(cart(), {}, 0.5f) == doctest::Approx(0.25).epsilon(1e-4));
  CHECK(clearance(cart(), {}, -1) == doctest::Approx(1.75).epsilon(1e-4));
  ArmDescription alone = cart();
  alone.pairs.clear();
  CHECK(std::isinf(clearance(alone, {}, 0.5f)));
  Scene wall;
  wall.boxes = {{{{.position = {-3, 0, 0}}, {1, 1, 1}}}};
  CHECK(clearance(alone, wall, 0) == doctest::Approx(1.5).epsilon(1e-4));
  CHECK(clearance(alone, wall, -1) == doctest::Approx(0.5).epsilon(1e-4));
  CHECK(clearance(cart(), wall, 1) == doctest::Approx(-0.25).epsilon(1e-4));
}

TEST_CASE("what is fixed to the base may stand on the ground, but not in an obstacle") {
  Scene scene;
  scene.ground = -0.1;  // the bumper and the cart reach lower
  CHECK(clearance(cart(), scene, 0) == doctest::Approx(-0.4).epsilon(1e-4));
  ArmDescription alone = cart();
  alone.links.pop_back(), alone.pairs.clear();
  CHECK(std::isinf(clearance(alone, scene, 0)));
  scene.spheres = {{{{2, 0, 1}, 0.5}}};
  CHECK(clearance(alone, scene, 0) == doctest::Approx(0.25).epsilon(1e-4));
  scene.capsules = {{{{2, 0, 0}, {3, 0, 0}, 0.125}}};
  auto exec = test::executor();
  CHECK(ArmHere<1>(exec, alone, scene).fixed_clearance() == doctest::Approx(-0.375));
}

TEST_CASE("a cart keeps its distance from cylinders, half-spaces and hulls") {
  ArmDescription alone = cart();
  alone.pairs.clear();
  const double h = std::sqrt(0.5);
  Scene scene;
  scene.cylinders = {{{{.position = {-3, 0, 0}}, 1, 2}}};  // its side
  CHECK(clearance(alone, scene, 0) == doctest::Approx(1.5).epsilon(1e-4));
  CHECK(clearance(alone, scene, -1) == doctest::Approx(0.5).epsilon(1e-4));
  scene.cylinders[0].pose = {{h, h, 0}, {-h, h, 0}, {0, 0, 1}, {-3, 0, 0}};  // its box would show an edge
  CHECK(clearance(alone, scene, 0) == doctest::Approx(1.5).epsilon(1e-4));
  scene.cylinders[0].pose = {{0, 1, 0}, {0, 0, 1}, {1, 0, 0}, {-4, 0, 0}};  // its end, which is not round
  CHECK(clearance(alone, scene, 0) == doctest::Approx(1.5).epsilon(1e-4));
  CHECK(clearance(alone, scene, -1) == doctest::Approx(0.5).epsilon(1e-4));

  Scene wall;
  wall.half_spaces = {{{{1, 0, 0}, -2}}};
  CHECK(clearance(alone, wall, -1) == doctest::Approx(0.5).epsilon(1e-4));
  wall.half_spaces.push_back({{{0.6, 0, 0.8}, -1}});
  CHECK(clearance(alone, wall, -1) == doctest::Approx(-0.1).epsilon(1e-4));
  wall.half_spaces = {{{{-1, 0, 0}, -2.5}}};  // behind the bumper, which it does not let stand on it
  auto exec = test::executor();
  CHECK(ArmHere<1>(exec, alone, wall).fixed_clearance() == doctest::Approx(0.25));

  Scene hull;
  Polytope block;
  for (int i = 0; i < 8; ++i) block.push_back({i & 1 ? -2.0 : -2.7, i & 2 ? 1.0 : -1.0, i & 4 ? 2.0 : -2.0});
  hull.hulls = {{{block}}};
  CHECK(clearance(alone, hull, 0) == doctest::Approx(1.5).epsilon(1e-4));
  hull.hulls[0].points = {{-2, 0, -3}, {-2, 0, 3}};  // thin as a needle
  CHECK(clearance(alone, hull, 0) == doctest::Approx(1.5).epsilon(1e-4));
}

TEST_CASE("what may touch is no collision for the capsules either") {
  const auto run_at = [](const ArmDescription& arm, const Scene& scene) { return clearance(arm, scene, 0); };
  ArmDescription alone = cart();
  alone.pairs.clear();
  Scene scene;
  scene.boxes = {{{{}, {1, 1, 1}}, "box"}, {{{.position = {9, 0, 0}}, {1, 1, 1}}}};
  scene.spheres = {{{{0, 9, 0}, 1}}, {{{0, 0, 0}, 1}, "ball"}};
  scene.capsules = {{{{0, 0, 9}, {0, 0, 9}, 1}}, {{{0, 0, 0}, {0, 1, 0}, 1}, "pill"}};
  scene.cylinders = {{{{.position = {0, 0, -9}}, 1, 1}}, {{{}, 1, 1}, "can"}};
  scene.hulls = {{{{{0, -9, 0}}}}, {{{{0, 0, 0}, {0, 1, 0}}}, "needle"}};
  scene.half_spaces = {{{{0, 0, 1}, -9}}, {{{0, 0, 1}, 0}, "floor"}};
  scene.ground = 0.0;
  const std::vector<std::string> names{"box", "ball", "pill", "can", "needle", "floor", "ground"};
  for (const std::string& name : names) {
    CAPTURE(name);
    scene.may_touch.clear();
    for (const std::string& other : names)
      if (other != name) scene.may_touch.emplace_back("cart", other);
    CHECK(run_at(alone, scene) < 0);  // this one is in the way
    auto exec = test::executor();
    CHECK(decide(exec, ArmHere<1>(exec, alone, scene), {{0.0f}})[0] == 0);
  }
  scene.may_touch.emplace_back(names.back(), "cart");
  CHECK(run_at(alone, scene) < 0);  // the bumper stands in the floor
  scene.may_touch.emplace_back("bumper", "floor");
  CHECK(run_at(alone, scene) == doctest::Approx(0.75).epsilon(1e-4));  // from the bumper to the ball
  auto exec = test::executor();
  CHECK(decide(exec, ArmHere<1>(exec, alone, scene), {{0.0f}})[0] == 1);

  Scene pair;
  CHECK(clearance(cart(), pair, 1) == doctest::Approx(-0.25).epsilon(1e-4));
  pair.may_touch = {{"cart", "bumper"}};
  CHECK(std::isinf(clearance(cart(), pair, 1)));
  pair.may_touch = {{"cart", "hammer"}};
  CHECK(test::error_of([&] { ArmHere<1>(exec, cart(), pair); }) ==
        "Arm: may_touch: got 'hammer', wanted a link or an obstacle of bumper, cart");
}

TEST_CASE("links that move together keep their distance") {
  ArmDescription arm = cart();
  arm.links[0].joint = 0;
  CHECK(clearance(arm, {}, 0.1f) ==
        doctest::Approx(1.25).epsilon(1e-4));  // (0, 0, 0) to (2, 0, 0), along the joint's x
  auto exec = test::executor();
  CHECK(ArmHere<1>(exec, arm).fixed_clearance() == doctest::Approx(1.25));
}

TEST_CASE("a configuration that is no number is not free, and leaves its neighbors alone") {
  const std::vector<Vec<7>> good = configurations(40);
  for (const float bad : {numeric::not_a_number, numeric::infinity, -numeric::infinity, 1e30f, -8193.0f})
    for (const Isa isa : test::isas()) {
      CAPTURE(bad);
      auto exec = test::executor({.isa = isa});
      const ArmHere<7> arm(exec, panda_arm(), full_scene());
      auto q = good;
      for (int j = 0; j < 7; ++j) q[static_cast<std::size_t>(3 * j)][j] = bad;
      Outcomes outcomes = run(exec, arm, q), wanted = run(exec, arm, good);
      for (std::size_t i = 0; i < 21; i += 3) {
        CHECK(std::isnan(outcomes[i].clearance));
        CHECK(std::isnan(outcomes[i].end_effector.position[1]));
        CHECK(std::isnan(run_alone(exec, arm, q[i]).clearance));
        outcomes[i] = wanted[i];
      }
      CHECK(test::same_bits(outcomes, wanted));

      auto decisions = decide(exec, arm, q), others = decide(exec, arm, good);
      for (std::size_t i = 0; i < 21; i += 3) {
        CHECK(decisions[i] == 0);
        others[i] = 0;
      }
      CHECK(decisions == others);
    }
}

TEST_CASE("an arm that is none is refused") {
  auto exec = test::executor();
  const auto error = [&](const auto& change, Scene scene = {}) {
    ArmDescription arm = cart();
    change(arm);
    return test::error_of([&] { ArmHere<1>(exec, arm, scene); });
  };
  const auto keep = [](ArmDescription&) {};
  CHECK(error(keep) == "");
  CHECK(test::error_of([&] { ArmHere<2>(exec, cart()); }) ==
        "chain from 'rail' to 'cart': wanted 2 joints that move, got 1");
  CHECK(error([](auto& arm) { arm.links[1].capsules.clear(); }) ==
        "Arm: link 'cart': wanted at least one capsule that covers it, got none");
  CHECK(error([](auto& arm) { arm.links[0].joint = 1; }) == "Arm: link 'bumper': wanted a joint from -1 to 0, got 1");
  CHECK(error([](auto& arm) { arm.links[0].joint = -2; }) == "Arm: link 'bumper': wanted a joint from -1 to 0, got -2");
  const std::string pair = "Arm: wanted pairs of two different links of 2, got ";
  CHECK(error([](auto& arm) { arm.pairs = {{0, 2}}; }) == pair + "0 and 2");
  CHECK(error([](auto& arm) { arm.pairs = {{-1, 0}}; }) == pair + "-1 and 0");
  CHECK(error([](auto& arm) { arm.pairs = {{1, 1}}; }) == pair + "1 and 1");
  const std::string numbers = "Arm: link 'cart': wanted capsules within 10 km and radii of at least 0";
  CHECK(error([](auto& arm) { arm.links[1].capsules[0].radius = -0.1; }) == numbers);
  CHECK(error([](auto& arm) { arm.links[1].capsules[0].a[2] = NAN; }) == numbers);
  CHECK(error([](auto& arm) { arm.chain.joints[0].upper = HUGE_VAL; }) ==
        "Arm: joint 'slide': wanted limits from -1e4 to 1e4 at most, got -1 to inf");
  CHECK(error([](auto& arm) { arm.chain.joints[0].upper = -2; }) ==
        "Arm: joint 'slide': wanted the lower limit not above the upper, got -1 to -2");
  CHECK(error([](auto& arm) { arm.chain.joints[0].origin.x[0] = 2; }) ==
        "Arm: joint 'slide': wanted an origin within 10 km, its axes of length 1 and at right angles");
  Scene scene;
  scene.spheres = {{{{0, 0, 0}, -1}}};
  CHECK(error(keep, scene) == "Arm: sphere 0: wanted sizes of at least 0, got -1");
  const ArmHere<1> arm(exec, cart());
  const auto q = exec.allocate<Vec<1>>(3);
  const auto few = exec.allocate<ArmOutcome<float>>(2);
  CHECK(test::error_of([&] { arm.simulate(exec, q.span(), few.span()); }) ==
        "Arm: wanted as many outcomes as configurations, got 2 and 3");
  const auto decisions = exec.allocate<std::uint8_t>(2);
  CHECK(test::error_of([&] { arm.decide(exec, q.span(), decisions.span()); }) ==
        "Arm: wanted as many decisions as configurations, got 2 and 3");
}
