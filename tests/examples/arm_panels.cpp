// SPDX-License-Identifier: Apache-2.0
#include "common/arm_panels.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "examples/pixels.hpp"
#include "mace/robot/named_scenes.hpp"
#include "mace/robot/panda_arm.hpp"

using namespace mace;
using namespace mace::examples;
using test::Folder;
using test::Pixels;

namespace {

bool bluish(unsigned r, unsigned g, unsigned b) {
  return b > r + 60 && b > g;  // the goal is green
}
bool orange(unsigned r, unsigned, unsigned b) {
  return r > b + 60;
}

/// The pixels of a picture of so many panels that lie within 4 pixels inside of a panel's frame, and are colored.
int on_borders(const Pixels& seen, int panels) {
  const int width = (2000 - 24 * (panels + 1)) / panels, bottom = seen.height - 130;
  int found = 0;
  for (int panel = 0; panel < panels; ++panel) {
    const int left = 24 + panel * (width + 24);
    for (int y = 24; y < bottom; ++y)
      for (int x = left; x < left + width; ++x) {
        const bool border = x < left + 4 || x >= left + width - 4 || y < 28 || y >= bottom - 4;
        const std::uint32_t word = seen.rgb[static_cast<std::size_t>(y * seen.width + x)];
        const int red = (word >> 16) & 255u, blue = word & 255u;
        found += border && std::abs(red - blue) > 12 ? 1 : 0;  // grays are what is no arm, and are a little blue
      }
  }
  return found;
}

/// The same, all lengths `factor` times as long. The joints' places suffice, as does one kind of obstacle.
ArmPanelsSpec resized(ArmPanelsSpec spec, double factor) {
  spec.goal = factor * spec.goal;
  spec.scene.base.position = factor * spec.scene.base.position;
  for (auto& box : spec.scene.boxes) box = {{{.position = factor * box.pose.position}, factor * box.half}};
  for (ArmPanel& panel : spec.panels)
    for (PlacedArm& arm : panel.arms) {
      for (Point3& joint : arm.joints) joint = factor * joint;
      for (auto& capsule : arm.body) capsule = {factor * capsule.a, factor * capsule.b, factor * capsule.radius};
    }
  return spec;
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

TEST_CASE("arms in collision and free ones have their colors, each in its panel") {
  const Folder folder;
  paint_arm_panels(folder / "arms.png", some_panels());
  const Pixels seen(folder / "arms.png");
  CHECK(seen.width == 2000);
  CHECK(seen.height == 1000);
  const int legend = 800;  // pixels of colored marks under the panels, at most
  CHECK(seen.count(0, 1000, orange) > 5000);
  CHECK(seen.count(1000, 2000, bluish) > 5000);
  CHECK(seen.count(0, 1000, bluish) < legend);
  CHECK(seen.count(1000, 2000, orange) < legend);
}

TEST_CASE("no body is cut off at its panel's frame") {
  const Folder folder;
  ArmPanelsSpec spec{.panels = {}, .scene = {}, .goal = {0, 0, 1}};
  for (const bool free : {false, true})  // a stout arm
    spec.panels.push_back(
        {.title = "arm",
         .arms = {{{{0, 0, 0}, {0, 0, 1}}, {{{0, 0, 0}, {0, 0, 1}, 0.4}, {{0, 0, 1}, {1, 1, 1}, 0.3}}, free}}});
  paint_arm_panels(folder / "arms.png", spec);
  CHECK(on_borders(Pixels(folder / "arms.png"), 2) == 0);
}

TEST_CASE("three panels fit, and one may have no arm") {
  const Folder folder;
  auto spec = some_panels();
  spec.panels.push_back({.title = "exact solutions", .note = "none"});
  paint_arm_panels(folder / "arms.png", spec);
  const Pixels seen(folder / "arms.png");
  CHECK(seen.width == 2000);
  CHECK(seen.height < 800);  // as broad as high, about
  CHECK(on_borders(seen, 3) == 0);
  CHECK(seen.count(24, 650, orange) > 2000);
  CHECK(seen.count(690, 1310, bluish) > 2000);
  CHECK(seen.count(1350, 1976, bluish) == 0);
  CHECK(seen.count(1350, 1976, [](unsigned r, unsigned, unsigned) { return r < 190; }) > 2000);  // the obstacles
  for (ArmPanel& panel : spec.panels) panel.arms.clear();
  spec.scene = {};
  paint_arm_panels(folder / "nothing.png", spec);
  CHECK(Pixels(folder / "nothing.png").width == 2000);
}

TEST_CASE("a small arm looks as a large one does") {
  const Folder folder;
  paint_arm_panels(folder / "large.png", some_panels());
  paint_arm_panels(folder / "small.png", resized(some_panels(), 0.125));
  const Pixels large(folder / "large.png"), small(folder / "small.png");
  CHECK(small.count(0, 1000, orange) == doctest::Approx(large.count(0, 1000, orange)).epsilon(0.01));
  CHECK(small.count(1000, 2000, bluish) == doctest::Approx(large.count(1000, 2000, bluish)).epsilon(0.01));
}

TEST_CASE("a huge obstacle makes no huge grid on the ground") {
  auto spec = some_panels();
  spec.scene.boxes.push_back({{{}, {1e9, 1e9, 1}}});
  CHECK(mace::examples::detail::ground_grid(spec, 0.016).size() < 50);
}

TEST_CASE("a picture without panels is refused") {
  CHECK_THROWS_AS(paint_arm_panels("nowhere.png", {}), Error);
}

TEST_CASE("cylinders and hulls are painted, and are within the picture") {
  const Folder folder;
  const auto dark = [](unsigned r, unsigned, unsigned) { return r < 190; };
  const auto painted = [&](const Scene& scene) {
    ArmPanelsSpec spec{.panels = {{.title = "no arm"}}, .scene = scene, .goal = {0, 0, 0}};
    paint_arm_panels(folder / "scene.png", spec);
    const Pixels seen(folder / "scene.png");
    CHECK(on_borders(seen, 1) == 0);
    return seen.count(24, 1976, dark);
  };
  const int nothing = painted({});
  CHECK(painted({.cylinders = {{{{.position = {0.5, 0, 0}}, 0.3, 0.4}}}}) > nothing + 1000);
  CHECK(painted({.hulls = {{{{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}}}}) > nothing + 1000);
}
