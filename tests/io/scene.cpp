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
  std::ofstream(path, std::ios::binary) << text;
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
  CHECK(test::contains(refusal("[1, 2]"), "wanted an object, got array"));
  CHECK(test::contains(refusal(R"({"box": []})"),
                       ": wanted keys among base, ground, goal, boxes, spheres, capsules, got 'box'"));
  CHECK(test::contains(refusal(R"({"boxes": {}})"), "boxes: wanted a list, got object"));
  CHECK(test::contains(refusal(R"({"boxes": [{"center": [0, 0, 0], "size": [1, 1, 1]}, {"center": [0, 0, 0]}]})"),
                       "boxes[1]: wanted the key 'size', got none"));
  CHECK(test::contains(refusal(R"({"boxes": [{"center": [0, 0, 0], "size": [1, -1, 1]}]})"),
                       "boxes[0]: size: wanted sizes of at least 0, got -1"));
  CHECK(test::contains(refusal(R"({"boxes": [{"center": [0, 0, 0], "size": 1}]})"),
                       "boxes[0]: size: wanted a list of three numbers, got number"));
  CHECK(test::contains(refusal(R"({"boxes": [{"center": [0, 0], "size": [1, 1, 1]}]})"),
                       "center: wanted a list of three numbers, got a list of 2"));
  CHECK(test::contains(refusal(R"({"boxes": [{"center": [0, 0, 0], "size": [1, 1, 1], "orientation": [0, 0, 1]}]})"),
                       "boxes[0]: wanted keys among center, size, rpy, got 'orientation'"));
  CHECK(test::contains(refusal(R"({"spheres": [{"center": [0, 0, "0.5"], "radius": 1}]})"),
                       "spheres[0]: center[2]: wanted a number, got string"));
  CHECK(test::contains(refusal(R"({"spheres": [{"center": [0, 0, 0], "radius": -0.1}]})"),
                       "wanted a size of at least 0"));
  CHECK(test::contains(refusal(R"({"capsules": [{"a": [0, 0, 0], "b": [0, 0, 1], "radius": 1}]})"),
                       "capsules[0]: wanted keys among from, to, radius, got 'a'"));
  for (const char* key : {"goal", "base"})
    CHECK(test::contains(refusal(std::string("{\"") + key + "\": null}"),
                         std::string(key) + ": wanted a list of three numbers or an object, got null"));
  CHECK(test::contains(refusal(R"({"ground": null})"), "ground: wanted a number, got null"));
  CHECK(test::contains(refusal(R"({"spheres": null})"), "spheres: wanted a list, got null"));
  CHECK_THROWS_WITH_AS(read_scene("/nowhere/scene.json"), doctest::Contains("cannot read"), Error);
  CHECK_THROWS_WITH_AS(read_scene("/tmp"), doctest::Contains("cannot read"), Error);
}

TEST_CASE("a scene file that is not quite JSON is refused where it ceases to be") {
  CHECK(test::contains(refusal(""), "line 1: wanted JSON, got the end of the file"));
  CHECK(test::contains(refusal("{\n  \"ground\": 0,\n  \"goal\": [0, 0,"),
                       "goal[1]: line 3: wanted JSON, got the end of the file"));
  CHECK(test::contains(refusal("boxes:"), "line 1: wanted JSON, got 'b'"));
  CHECK(test::contains(refusal("{\n\"ground\": NaN}"), "ground: line 2: wanted JSON, got '\"ground\": N'"));
  CHECK(test::contains(refusal(R"({"ground": 0, })"), "ground: line 1: wanted JSON, got '{\"ground\": 0, }'"));
  CHECK(test::contains(refusal("{\"ground\": /* m */ 1}"), "ground: line 1: wanted JSON, got '{\"ground\": /"));
  CHECK(test::contains(refusal(R"({"ground": 0}{"ground": 1})"), "line 1: wanted JSON, got '{\"ground\": 0}{'"));
  CHECK(test::contains(refusal(R"({"ground": 1e999})"), "ground: wanted numbers that a double holds"));
  CHECK(test::contains(refusal(std::string("{}\0{", 4)), "wanted JSON, got a NUL at byte 2"));
  CHECK(test::contains(refusal("{\"gr\xe4nd\": 1}"), "line 1: wanted JSON, got '{\"gr?"));  // Latin-1
}

TEST_CASE("a key given twice in a scene file is refused at any depth") {
  CHECK(test::contains(refusal(R"({"boxes": [], "spheres": [], "boxes": []})"),
                       ".json: wanted each key once, got 'boxes' twice"));
  CHECK(test::contains(refusal(R"({"boxes": [{"center": [0, 0, 0], "size": [1, 1, 1]},
                                             {"center": [0, 0, 0], "size": [1, 1, 1], "size": [1, 1, 1]}]})"),
                       ".json: boxes[1]: wanted each key once, got 'size' twice"));
  CHECK(test::contains(refusal(R"({"goal": {"position": [0, 0, 0], "position": [0, 0, 0]}})"),
                       ".json: goal: wanted each key once, got 'position' twice"));
  CHECK(test::contains(refusal(R"({"ground": 0, "gro\u0075nd": 0})"), "wanted each key once, got 'ground' twice"));
}

TEST_CASE("a scene file may begin with a byte order mark") {
  CHECK(scene_of("\xef\xbb\xbf{\"ground\": -1}").scene.ground == -1.0);
}

TEST_CASE("lists within lists, a million deep, are refused") {
  const std::size_t deep = 1'000'000;
  CHECK(test::contains(refusal("{\"base\": " + std::string(deep, '[') + std::string(deep, ']') + "}"),
                       "base: wanted a list of three numbers, got a list of 1"));
}
