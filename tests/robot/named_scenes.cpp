// SPDX-License-Identifier: Apache-2.0
#include "mace/robot/named_scenes.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "reference/scene.hpp"

using namespace mace;

namespace {

void check_point(const Vec<3, double>& got, const Vec<3, double>& wanted) {
  for (int i = 0; i < 3; ++i) CHECK(got[i] == doctest::Approx(wanted[i]).epsilon(1e-12).scale(1));
}

}  // namespace

TEST_CASE("the named scenes have their boxes where the reference values have them") {
  for (const std::string name : {"wall", "window", "box"}) {
    const auto boxes = named_scene(name).boxes, wanted = reference::read_scene("panda", name).boxes;
    REQUIRE(boxes.size() == wanted.size());
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      check_point(boxes[i].half, wanted[i].half);
      check_point(boxes[i].pose.position, wanted[i].pose.position);
      check_point(boxes[i].pose.x, wanted[i].pose.x);
      check_point(boxes[i].pose.z, wanted[i].pose.z);
    }
  }
}

TEST_CASE("named scenes are complete, and another name is refused") {
  for (const auto name : scene_names) {
    const auto scene = named_scene(name).checked();
    CHECK(scene.ground == 0.0);
    check_point(scene.base.position, {-0.6, 0, 0});
    for (const auto& box : scene.boxes) {  // the goal lies outside of all boxes
      const auto at = box.pose.inverse() * named_goal(name);
      CHECK((std::abs(at[0]) > box.half[0] || std::abs(at[1]) > box.half[1] || std::abs(at[2]) > box.half[2]));
    }
  }
  CHECK_THROWS_WITH_AS(named_scene("bin"), doctest::Contains("wall, cwall, window or box, got \"bin\""), Error);
}
