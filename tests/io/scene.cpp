// SPDX-License-Identifier: Apache-2.0
#include "mace/io/scene.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/errors.hpp"

using namespace mace;

namespace {

void check_point(const Vec<3, double>& got, const Vec<3, double>& wanted) {
  for (int i = 0; i < 3; ++i) CHECK(got[i] == doctest::Approx(wanted[i]).epsilon(1e-12).scale(1));
}

/// Reads what `text` says as a scene file.
SceneFile scene_of(const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() / ("mace_scene_" + std::to_string(getpid()) + ".json");
  std::ofstream(path) << text;
  struct Remove {
    std::filesystem::path path;
    ~Remove() { std::filesystem::remove(path); }
  } remove{path};
  return read_scene(path);
}

std::string refusal(const std::string& text) {
  return test::error_of([&] { scene_of(text); });
}

}  // namespace

TEST_CASE("a scene file") {
  const auto [scene, goal] = scene_of(R"({"base": {"position": [-0.5, 0, 0], "rpy": [0, 0, 1.5707963267948966]},
    "ground": -0.1,
    "goal": [0.1, 0.2, 0.3],
    "boxes": [{"center": [1, 2, 3], "size": [0.2, 0.4, 0.6]},
              {"center": [0, 0, 1], "size": [1, 1, 1], "rpy": [0.1, 0.2, 0.3]}],
    "spheres": [{"center": [0, 1, 0], "radius": 0.1}],
    "capsules": [{"from": [0, 0, 0], "to": [0, 0, 1], "radius": 0.05}]})");
  check_point(scene.base.x, {0, 1, 0});
  check_point(scene.base.position, {-0.5, 0, 0});
  CHECK(scene.ground == -0.1);
  REQUIRE(scene.boxes.size() == 2);
  check_point(scene.boxes[0].half, {0.1, 0.2, 0.3});
  check_point(scene.boxes[0].pose.x, {1, 0, 0});
  check_point(scene.boxes[1].pose.x, {0.93629336358419923, 0.28962947762551555, -0.19866933079506122});  // Rz Ry Rx
  check_point(scene.boxes[1].pose.z, {0.21835066314633442, -0.036957013524625149, 0.97517032720181596});
  CHECK(scene.spheres.at(0).radius == 0.1);
  CHECK(scene.capsules.at(0).b[2] == 1);
  REQUIRE(goal);
  check_point(goal->pose.position, {0.1, 0.2, 0.3});
  CHECK(goal->meters_per_radian == 0);
}

TEST_CASE("a goal with an orientation, and an empty scene") {
  const auto turned = scene_of(R"({"goal": {"position": [0, 0, 1], "rpy": [0, 1, 0], "meters_per_radian": 0.2}})").goal;
  REQUIRE(turned);
  CHECK(turned->meters_per_radian == 0.2);
  CHECK(scene_of(R"({"goal": {"position": [0, 0, 1], "rpy": [0, 1, 0]}})").goal->meters_per_radian == 0.3);
  check_point(turned->pose.x, {std::cos(1.0), 0, -std::sin(1.0)});
  const auto empty = scene_of("{}");
  CHECK(!empty.goal);
  CHECK(!empty.scene.ground);
  check_point(empty.scene.base.position, {0, 0, 0});
}

TEST_CASE("what is wrong with a scene file is said with its place") {
  CHECK(test::contains(refusal(""), "wanted JSON"));
  CHECK(test::contains(refusal("boxes:"), "wanted JSON"));
  CHECK(test::contains(refusal(R"({"ground": NaN})"), "wanted JSON"));
  CHECK(test::contains(refusal(R"({"ground": 1e999})"), "wanted JSON"));
  CHECK(test::contains(refusal("[1, 2]"), "wanted an object, got array"));
  CHECK(test::contains(refusal(R"({"box": []})"), "got the key \"box\", wanted one of base, ground, goal, boxes"));
  CHECK(test::contains(refusal(R"({"boxes": {}})"), "boxes: wanted a list, got object"));
  CHECK(test::contains(refusal(R"({"boxes": [{"center": [0, 0, 0], "size": [1, 1, 1]}, {"center": [0, 0, 0]}]})"),
                       "boxes[1]: wanted a \"size\", got none"));
  CHECK(test::contains(refusal(R"({"boxes": [{"center": [0, 0, 0], "size": [1, -1, 1]}]})"),
                       "boxes[0]: size: wanted sizes of at least 0, got -1"));
  CHECK(
      test::contains(refusal(R"({"boxes": [{"center": [0, 0], "size": [1, 1, 1]}]})"), "center: wanted three numbers"));
  CHECK(test::contains(refusal(R"({"spheres": [{"center": [0, 0, "a"], "radius": 1}]})"),
                       "spheres[0]: center[2]: wanted a number, got string"));
  CHECK(test::contains(refusal(R"({"spheres": [{"center": [0, 0, 0], "radius": -0.1}]})"),
                       "wanted a size of at least 0"));
  CHECK(
      test::contains(refusal(R"({"capsules": [{"a": [0, 0, 0], "b": [0, 0, 1], "radius": 1}]})"), "got the key \"a\""));
  CHECK(test::contains(refusal(R"({"goal": null})"), "goal: wanted an object, got null"));
  CHECK_THROWS_WITH_AS(read_scene("/nowhere/scene.json"), doctest::Contains("cannot read"), Error);
  CHECK_THROWS_WITH_AS(read_scene("/tmp"), doctest::Contains("cannot read"), Error);
}
