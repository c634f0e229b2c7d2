// SPDX-License-Identifier: Apache-2.0
#include "common/arm_panels.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "common/arm_scene.hpp"
#include "examples/pixels.hpp"
#include "mace/robot/panda_arm.hpp"

using namespace mace;
using namespace mace::examples;
using test::Folder;
using test::Pixels;

namespace {

bool bluish(unsigned r, unsigned, unsigned b) {
  return b > r + 60;
}
bool orange(unsigned r, unsigned, unsigned b) {
  return r > b + 60;
}

ArmPanelsSpec some_panels() {
  const ArmDescription arm = panda_arm();
  ArmPanelsSpec spec{.panels = {}, .scene = named_scene("window"), .goal = named_goal("window")};
  const std::vector<double> q{0, -0.785, 0, -2.356, 0, 1.571, 0.785};
  for (const bool free : {false, true})
    spec.panels.push_back({.title = "arm", .arms = {placed_arm(arm, spec.scene.base, q, free)}});
  return spec;
}

}  // namespace

TEST_CASE("an arm is placed from its base to its tip") {
  const auto spec = some_panels();
  const auto& joints = spec.panels[0].arms[0].joints;
  REQUIRE(joints.size() == 9);  // the base, seven joints, the tip
  CHECK(joints[0][0] == doctest::Approx(-0.6));
  CHECK(joints[1][2] == doctest::Approx(0.333));
  CHECK(joints[8][0] == doctest::Approx(-0.6 + 0.306891).epsilon(1e-3));
  CHECK(joints[8][2] == doctest::Approx(0.485282).epsilon(1e-3));
  CHECK(!spec.panels[0].arms[0].body.empty());
}

TEST_CASE("arms in collision and free ones have their colours, each in its panel") {
  const Folder folder;
  draw_arm_panels(folder / "arms.png", some_panels());
  const Pixels seen(folder / "arms.png");
  CHECK(seen.width == 2000);
  CHECK(seen.height == 1000);
  const int legend = 800;  // pixels of coloured marks under the panels, at most
  CHECK(seen.count(0, 1000, orange) > 5000);
  CHECK(seen.count(1000, 2000, bluish) > 5000);
  CHECK(seen.count(0, 1000, bluish) < legend);
  CHECK(seen.count(1000, 2000, orange) < legend);
}

TEST_CASE("a picture without panels is refused") {
  CHECK_THROWS_AS(draw_arm_panels("nowhere.png", {}), Error);
}
