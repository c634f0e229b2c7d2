// SPDX-License-Identifier: Apache-2.0
#include "mace/simulate/bullet.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include "mace/cpu.hpp"
#include "mace/robot/named_scenes.hpp"
#include "reference/panda_hulls.hpp"
#include "support/errors.hpp"

using namespace mace;

namespace {

/// A cube with edges of 0.2 m.
Polytope cube() {
  Polytope corners;
  for (const double x : {-0.1, 0.1})
    for (const double y : {-0.1, 0.1})
      for (const double z : {-0.1, 0.1}) corners.push_back({x, y, z});
  return corners;
}

/// A base that carries a cube, and a slide along x that carries another one: at q it is centered on (q, 0, 0).
ArmDescription slide() {
  const ChainDescription::Joint joint{{JointKind::prismatic, {{0, 1, 0}, {0, 0, 1}, {1, 0, 0}, {0, 0, 0}}, -5, 5},
                                      "slide"};
  return {{"base", "tip", {joint}, {}}, {{"base", -1, {cube()}, {}}, {"cart", 0, {cube()}, {}}}, {{0, 1}}};
}

double bullet_clearance(const ArmDescription& arm, const Scene& scene, double q) {
  return BulletArm<1>(arm, scene).clearance({&q, 1});
}

/// The same arm without the pair.
ArmDescription lone_cart() {
  ArmDescription arm = slide();
  arm.links.erase(arm.links.begin());
  arm.pairs.clear();
  return arm;
}

}  // namespace

TEST_CASE("bullet: distances and depths of simple bodies are their closed forms") {
  const double q = std::sqrt(0.5), tolerance = 1e-9;
  const Pose<double> turned{{q, q, 0}, {-q, q, 0}, {0, 0, 1}, {1, 0, 0}};  // an edge of the box faces the cart
  const Scene box{.boxes = {{{turned, {0.1, 0.1, 0.1}}}}};
  CHECK(std::abs(bullet_clearance(lone_cart(), box, 0.5) - (0.4 - 0.1 * std::sqrt(2))) < tolerance);
  CHECK(std::abs(bullet_clearance(lone_cart(), box, 0.8) - (0.1 - 0.1 * std::sqrt(2))) < tolerance);
  const Scene corner{.boxes = {{{{.position = {0.5, 0.5, 0.5}}, {0.1, 0.1, 0.1}}}}};  // no edge or corner is rounded
  CHECK(std::abs(bullet_clearance(lone_cart(), corner, 0) - 0.3 * std::sqrt(3)) < tolerance);

  const Scene ball{.spheres = {{{{1, 0, 0}, 0.3}}}};
  CHECK(std::abs(bullet_clearance(lone_cart(), ball, 0.2) - 0.4) < tolerance);
  CHECK(std::abs(bullet_clearance(lone_cart(), ball, 0.7) + 0.1) < tolerance);
  CHECK(bullet_clearance(lone_cart(), ball, 1) == doctest::Approx(-0.4).epsilon(0.01));  // its center is inside
  const Scene bar{.capsules = {{{{1, -3, 0}, {1, 4, 0}, 0.3}}}};
  CHECK(std::abs(bullet_clearance(lone_cart(), bar, 0.2) - 0.4) < tolerance);
  CHECK(std::abs(bullet_clearance(lone_cart(), bar, 0.7) + 0.1) < tolerance);
  CHECK(bullet_clearance(lone_cart(), bar, 1) == doctest::Approx(-0.4).epsilon(0.01));
}

TEST_CASE("bullet: cylinders, half-spaces and hulls are what they are, and what may touch is not checked") {
  const double h = std::sqrt(0.5);
  Scene can{.cylinders = {{{{.position = {1, 0, 0}}, 0.2, 0.5}}}};
  CHECK(std::abs(bullet_clearance(lone_cart(), can, 0) - 0.7) < 1e-7);
  can.cylinders[0].pose = {{0, 0, 1}, {h, h, 0}, {-h, h, 0}, {1, 0, 0}};  // lies across, its edge toward the cart
  CHECK(std::abs(bullet_clearance(lone_cart(), can, -0.5) - std::hypot(1.4 - h * 0.7, h * 0.3 - 0.1)) < 1e-7);
  can.cylinders[0].pose = {{0, 1, 0}, {0, 0, 1}, {1, 0, 0}, {1, 0, 0}};  // its end
  CHECK(std::abs(bullet_clearance(lone_cart(), can, 0) - 0.4) < 1e-7);
  const Scene wall{.half_spaces = {{{{-0.6, 0.8, 0}, -1}, "wall"}}};
  CHECK(std::abs(bullet_clearance(lone_cart(), wall, 1) - (1 - 0.6 - 0.14)) < 1e-9);
  CHECK(std::abs(bullet_clearance(slide(), wall, -1) - 0.8) < 1e-9);     // the base is farther from it than the cart
  CHECK(std::abs(bullet_clearance(slide(), wall, -1.5) - 0.86) < 1e-9);  // the base, which is fixed
  const Scene hull{.hulls = {{{{{1, -1, -1}, {1, 1, -1}, {1, 0, 1}, {2, 0, 0}}}, "wedge"}}};
  CHECK(std::abs(bullet_clearance(lone_cart(), hull, 0) - 0.9) < 1e-9);

  Scene touching = hull;
  CHECK(bullet_clearance(lone_cart(), touching, 1) < 0);
  touching.may_touch = {{"cart", "wedge"}};
  CHECK(bullet_clearance(lone_cart(), touching, 1) == std::numeric_limits<double>::infinity());
  touching = wall;
  touching.may_touch = {{"cart", "wall"}};
  CHECK(bullet_clearance(lone_cart(), touching, 5) == std::numeric_limits<double>::infinity());
  CHECK(bullet_clearance(slide(), {.may_touch = {{"base", "cart"}}}, 0) == std::numeric_limits<double>::infinity());
  CHECK(test::error_of([&] {
          BulletArm<1>(slide(), {.may_touch = {{"base", "lid"}}});
        }) == "BulletArm: may_touch: got 'lid', wanted a link or an obstacle of base, cart");
}

TEST_CASE("bullet: the base stands where the scene says, pairs are checked, what does not move may touch the ground") {
  CHECK(std::abs(bullet_clearance(slide(), {}, 0.5) - 0.3) < 1e-9);
  CHECK(bullet_clearance(slide(), {}, -0.15) < -0.02);  // where the cubes face each other squarely, EPA stops too early
  CHECK(bullet_clearance(lone_cart(), {}, 0) == std::numeric_limits<double>::infinity());

  Scene scene{.ground = 0.0, .base = {{0, 0, 1}, {0, 1, 0}, {-1, 0, 0}, {0, 0, 0.05}}};  // the slide goes up
  CHECK(std::abs(bullet_clearance(slide(), scene, 1) - 0.8) < 1e-9);  // the pair is nearer than the ground
  CHECK(std::abs(bullet_clearance(lone_cart(), scene, 1) - 0.95) < 1e-9);
  CHECK(std::abs(bullet_clearance(lone_cart(), scene, -0.2) + 0.25) < 1e-9);
  scene.boxes = {{{{.position = {0, 0.5, 0}}, {0.1, 0.1, 0.1}}}};  // everything else, it may not
  CHECK(std::abs(bullet_clearance(slide(), scene, 3) - 0.3) < 1e-9);
}

TEST_CASE("bullet: signs and distances agree with FCL's for the Panda") {
  const ArmDescription arm = reference::panda_hulls();
  ArmDescription alone = arm, all_pairs = arm;
  alone.pairs.clear();
  all_pairs.pairs = reference::panda_pairs_but_adjacent();
  const auto boxes_of = [](const std::string& name) {
    Scene scene = named_scene(name);
    scene.ground.reset();
    return scene;
  };
  Scene ground = named_scene("wall");
  ground.boxes.clear();
  struct Column {
    const char* name;
    BulletArm<7> bullet;
  };
  const Column columns[] = {{"self", {all_pairs, {}}},           {"self_moveit", {arm, {}}},
                            {"wall", {alone, boxes_of("wall")}}, {"window", {alone, boxes_of("window")}},
                            {"box", {alone, boxes_of("box")}},   {"ground", {alone, ground}}};
  for (const std::string file : {"panda/distances_uniform.csv", "panda/distances_near.csv"}) {
    const auto values = reference::read_values(file);
    for (const Column& column : columns) {
      int signs = 0, distances = 0;
      for (const auto& row : values.rows) {
        const double wanted = row[values.column(column.name)], got = column.bullet.clearance({row.data(), 7});
        signs += (got < 0) != (wanted < 0);
        distances += std::abs(got - wanted) > 2e-5;
      }
      CAPTURE(file);
      CAPTURE(column.name);
      CHECK(signs == 0);
      CHECK(distances == 0);
    }
  }
}

TEST_CASE("bullet: a round's outcomes are those of each sample, for any number of threads") {
  const BulletArm<7> bullet(reference::panda_hulls(), named_scene("window"));
  const SerialChain<7, double> chain = panda_chain<double>();
  std::vector<Vec<7>> samples(40);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    Random random({.seed = 1, .stream = Stream::data}, static_cast<std::uint32_t>(i));
    for (int j = 0; j < 7; ++j)
      samples[i][j] =
          random.uniform(static_cast<float>(chain.joint[j].lower), static_cast<float>(chain.joint[j].upper));
  }
  for (const int threads : {1, 2}) {
    Cpu exec({.threads = threads});
    std::vector<ArmOutcome<float>> outcomes(samples.size());
    bullet.simulate(exec, samples, outcomes);
    int collisions = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const Vec<7, double> q = samples[i].as<double>();
      const Vec<3, double> tip = Vec<3, double>{-0.6, 0, 0} + chain.position(q);
      CHECK(norm(outcomes[i].end_effector.position.as<double>() - tip) < 1e-6);
      CHECK(outcomes[i].clearance == static_cast<float>(bullet.clearance(q.v)));
      CHECK(bullet.is_free(q.v) == (outcomes[i].clearance > 0));
      collisions += outcomes[i].clearance < 0 ? 1 : 0;
    }
    CHECK(collisions > 0);
    CHECK(collisions < 40);
  }
}

namespace {

/// How near a tip is to x = 1; infeasible in collision.
struct NearOne {
  using Outcome = ArmOutcome<float>;
  float operator()(const Outcome& at) const {
    return at.clearance < 0 ? -numeric::infinity : -std::abs(at.end_effector.position[0] - 1);
  }
};

}  // namespace

TEST_CASE("bullet: a tuner brings the cart up to the obstacle that is in its way") {
  Cpu exec({.seed = 4, .threads = 2});
  const std::vector<float> means = {-1, 0.2f};
  GaussianMixture<Cpu, 1, 2> model(exec, means, 0.5f);
  // The cart's front, 0.1 ahead of its tip, cannot pass x = 0.8.
  const Scene wall{.boxes = {{{{.position = {1.5, 0, 0}}, {0.7, 1, 1}}}}};
  Tuner tuner(exec, model, BulletArm<1>(lone_cart(), wall), NearOne{},
              {.samples = 64, .quantile = 0.25, .rounds = 30, .steps_per_round = 10}, Adam{.rate = 0.02});
  tuner.run();
  std::vector<Vec<1>> samples(200);
  model.sample(exec, {.seed = 4, .stream = Stream::evaluation}, samples);
  double mean = 0;
  for (const auto& sample : samples) mean += sample[0] / 200;
  CHECK(mean == doctest::Approx(0.7).epsilon(0.1));
}

TEST_CASE("bullet: what does not fit is refused") {
  const auto refused = [](const ArmDescription& arm, const Scene& scene = {}) {
    return test::error_of([&] { BulletArm<1>(arm, scene); });
  };
  CHECK(refused(slide()) == "");
  CHECK(test::error_of([] { BulletArm<2>(slide(), {}); }) ==
        "chain from 'base' to 'tip': wanted 2 joints that move, got 1");
  ArmDescription arm = slide();
  arm.links[1].joint = 1;
  CHECK(refused(arm) == "BulletArm: link 'cart': wanted a joint from -1 to 0, got 1");
  arm = slide();
  arm.links[1].hulls.clear();
  CHECK(refused(arm) == "BulletArm: link 'cart': wanted hulls, got none");
  arm.links.clear();
  CHECK(refused(arm) == "BulletArm: wanted an arm with links, got none");
  arm = slide();
  arm.links[1].hulls.push_back({});
  CHECK(refused(arm) == "BulletArm: link 'cart': wanted hulls with vertices, got one without");
  arm = slide();
  arm.links[0].hulls[0][3][1] = std::nan("");
  CHECK(refused(arm) == "BulletArm: link 'base': wanted finite vertices within 10 km");
  arm = slide();
  arm.pairs = {{0, 2}};
  CHECK(refused(arm) == "BulletArm: wanted pairs of two different links of 2, got 0 and 2");
  CHECK(refused(slide(), {.spheres = {{{{0, 0, 0}, -1}}}}) == "Scene: sphere 0: wanted sizes of at least 0, got -1");

  const BulletArm<1> bullet(slide(), {});
  const std::vector<double> two = {0, 0};
  CHECK(test::error_of([&] { bullet.clearance(two); }) == "BulletArm: wanted 1 joint values, got 2");
  Cpu exec({.threads = 2});
  std::vector<Vec<1>> samples(3, Vec<1>{numeric::infinity});
  std::vector<ArmOutcome<float>> outcomes(2);
  CHECK(test::error_of([&] { bullet.simulate(exec, samples, outcomes); }) == "BulletArm: wanted 3 outcomes, got 2");
  outcomes.resize(3);
  CHECK(test::error_of([&] { bullet.simulate(exec, samples, outcomes); }) ==
        "BulletArm: wanted finite joint values, got inf");
}
