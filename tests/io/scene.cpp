// SPDX-License-Identifier: Apache-2.0
#include "mace/io/scene.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "io/support.hpp"
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
  const SceneFile file = scene_of(R"({"base": {"position": [-0.5, 0, 0], "rpy": [0, 0, 1.5707963267948966]},
    "ground": -0.1,
    "goal": [0.1, 0.2, 0.3],
    "boxes": [{"center": [1, 2, 3], "size": [0.2, 0.4, 0.6]},
              {"center": [0, 0, 1], "size": [1, 1, 1], "rpy": [0.1, 0.2, 0.3]}],
    "spheres": [{"center": [0, 1, 0], "radius": 0.1}],
    "capsules": [{"from": [0, 0, 0], "to": [0, 0, 1], "radius": 0.05}]})");
  const auto& [scene, goal] = std::tie(file.scene, file.goal);
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
                       ": wanted keys among base, ground, goal, boxes, spheres, capsules, cylinders, half_spaces, "
                       "meshes, attached, fingers, may_touch, got 'box'"));
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
                       "boxes[0]: wanted keys among center, size, rpy, quaternion, name, got 'orientation'"));
  CHECK(test::contains(refusal(R"({"spheres": [{"center": [0, 0, "0.5"], "radius": 1}]})"),
                       "spheres[0]: center[2]: wanted a number, got string"));
  CHECK(test::contains(refusal(R"({"spheres": [{"center": [0, 0, 0], "radius": -0.1}]})"),
                       "wanted a size of at least 0"));
  CHECK(test::contains(refusal(R"({"capsules": [{"a": [0, 0, 0], "b": [0, 0, 1], "radius": 1}]})"),
                       "capsules[0]: wanted keys among from, to, radius, name, got 'a'"));
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

TEST_CASE("a scene file's cylinders, half-spaces and names") {
  const Scene scene = scene_of(R"({
    "boxes": [{"center": [0, 0, 1], "size": [1, 1, 1], "quaternion": [0.5, 0.5, 0.5, 0.5], "name": "shelf"}],
    "spheres": [{"center": [0, 0, 0], "radius": 1}],
    "cylinders": [{"center": [1, 2, 3], "radius": 0.1, "length": 0.6, "rpy": [0, 1.5707963267948966, 0], "name": "can"},
                  {"center": [0, 0, 0], "radius": 0.2, "length": 0.1}],
    "half_spaces": [{"normal": [0, 0.6, 0.8], "height": -1, "name": "slope"}],
    "may_touch": [["hand", "can"], ["hand", "finger"]]})")
                          .scene;
  CHECK(scene.boxes.at(0).name == "shelf");
  check_point(scene.boxes[0].pose.x, {0, 1, 0});  // a third of a turn about (1, 1, 1)
  check_point(scene.boxes[0].pose.y, {0, 0, 1});
  CHECK(scene.spheres.at(0).name.empty());
  REQUIRE(scene.cylinders.size() == 2);
  CHECK(scene.cylinders[0].name == "can");
  CHECK(scene.cylinders[0].radius == 0.1);
  CHECK(scene.cylinders[0].half_length == 0.3);
  check_point(scene.cylinders[0].pose.z, {1, 0, 0});
  check_point(scene.cylinders[0].pose.position, {1, 2, 3});
  check_point(scene.cylinders[1].pose.z, {0, 0, 1});
  check_point(scene.half_spaces.at(0).normal, {0, 0.6, 0.8});
  CHECK(scene.half_spaces[0].height == -1);
  CHECK(scene.half_spaces[0].name == "slope");
  CHECK(scene.may_touch == std::vector<std::pair<std::string, std::string>>{{"hand", "can"}, {"hand", "finger"}});
}

TEST_CASE("the scene file of the manual can be read, and is for the Panda") {
  std::ifstream manual(std::filesystem::path(MACE_SOURCE_DIR) / "docs/reach.md");
  const std::string text{std::istreambuf_iterator<char>(manual), {}};
  const std::size_t begun = text.find("```json\n"), ended = text.find("```\n", begun + 8);
  REQUIRE(ended != text.npos);
  const SceneFile file = scene_of(text.substr(begun + 8, ended - begun - 8));
  CHECK(file.scene.cylinders.at(0).name == "can");
  CHECK(file.scene.may_touch.size() == 2);
  CHECK(file.attached.at(0).link == "panda_hand");
  CHECK(file.opening == 0.06);
  CHECK(file.goal.has_value());
}

TEST_CASE("a rotation in a scene file is a quaternion or roll, pitch and yaw") {
  const auto file = scene_of(R"({"base": {"position": [1, 0, 0], "quaternion": [0.70710678, 0, 0, 0.70710678]},
                                 "goal": {"position": [0, 0, 1], "quaternion": [0, 1, 0, 0]}})");
  check_point(file.scene.base.x, {0, 1, 0});
  CHECK(file.goal->meters_per_radian == 0.3);
  check_point(file.goal->pose.z, {0, 0, -1});
  CHECK(test::contains(refusal(R"({"base": {"position": [0, 0, 0], "quaternion": [1, 0, 0, 0], "rpy": [0, 0, 0]}})"),
                       "base: wanted one of 'rpy' and 'quaternion', got both"));
  CHECK(test::contains(refusal(R"({"base": {"position": [0, 0, 0], "quaternion": [1, 0, 0]}})"),
                       "base: quaternion: wanted a list of four numbers, got a list of 3"));
  CHECK(test::contains(refusal(R"({"base": {"position": [0, 0, 0], "quaternion": [0, 0, 0, 90]}})"),
                       "base: quaternion: wanted w, x, y and z of length 1, got length 90"));
}

TEST_CASE("a scene file's meshes become one hull for each convex part, where they are said to be") {
  const io_test::Folder folder;
  const std::string first = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n";
  const std::string second = "v 5 0 0\nv 6 0 0\nv 5 1 0\nv 5 0 1\nf 5 7 6\nf 5 6 8\nf 6 7 8\nf 7 5 8\n";
  io_test::write_text(folder / "one.obj", first);
  io_test::write_text(folder / "two.obj", "o a\n" + first + "o b\n" + second);
  const auto read = [&](const std::string& text) {
    io_test::write_text(folder / "scene.json", text);
    return read_scene(folder / "scene.json");
  };
  const Scene scene = read(R"({
    "meshes": [{"file": "one.obj", "position": [10, 0, 0], "rpy": [0, 0, 1.5707963267948966], "scale": [2, 1, 1],
                "name": "block"},
               {"file": "two.obj", "position": [0, 0, 0], "scale": 0.1, "name": "pair"}],
    "may_touch": [["hand", "pair"], ["block", "arm"]]})")
                          .scene;
  REQUIRE(scene.hulls.size() == 3);
  CHECK(scene.hulls[0].name == "block");
  CHECK(scene.hulls[0].points.size() == 4);
  const auto reach = [](const ConvexHull& hull, const Vec<3, double>& direction) {
    return dot(direction, support_point(hull.points, direction));
  };
  CHECK(reach(scene.hulls[0], {0, 1, 0}) == doctest::Approx(2));  // twice as long, and turned to y
  CHECK(reach(scene.hulls[0], {-1, 0, 0}) == doctest::Approx(-9));
  CHECK(reach(scene.hulls[0], {0, 0, 1}) == doctest::Approx(1));
  CHECK(scene.hulls[1].name == "pair[0]");
  CHECK(reach(scene.hulls[1], {1, 0, 0}) == doctest::Approx(0.1));
  CHECK(scene.hulls[2].name == "pair[1]");
  CHECK(reach(scene.hulls[2], {1, 0, 0}) == doctest::Approx(0.6));
  CHECK(scene.may_touch ==
        std::vector<std::pair<std::string, std::string>>{{"hand", "pair[0]"}, {"hand", "pair[1]"}, {"block", "arm"}});

  const auto error = [&](const std::string& text) { return test::error_of([&] { read(text); }); };
  CHECK(test::contains(error(R"({"meshes": [{"file": "none.obj", "position": [0, 0, 0]}]})"),
                       "scene.json: meshes[0]: mesh 'none.obj': not found"));
  CHECK(test::contains(error(R"({"meshes": [{"file": "scene.json", "position": [0, 0, 0]}]})"),
                       "meshes[0]: mesh 'scene.json': wanted an .stl or .obj file"));
  CHECK(test::contains(error(R"({"meshes": [{"file": "one.obj", "position": [0, 0, 0], "scale": [1, 0, 1]}]})"),
                       "meshes[0]: scale: wanted a scale other than 0, got 0"));
  CHECK(
      test::contains(error(R"({"meshes": [{"file": "one.obj"}]})"), "meshes[0]: wanted the key 'position', got none"));
  CHECK(test::contains(error(R"({"meshes": [{"file": "two.obj", "position": [0, 0, 0], "name": "a"},
                                            {"file": "two.obj", "position": [0, 0, 0], "name": "a"}]})"),
                       "wanted different names, got 'a' of two meshes"));
  CHECK(test::contains(error(R"({"meshes": [{"file": "two.obj", "position": [0, 0, 0], "name": "a"}],
                                 "spheres": [{"center": [0, 0, 0], "radius": 1, "name": "a"}]})"),
                       "wanted different names, got 'a' of sphere 0 and of a mesh"));
}

TEST_CASE("a scene file's attached objects and fingers") {
  const auto file = scene_of(R"({
    "attached": [{"link": "panda_hand", "name": "mug",
                  "cylinders": [{"center": [0, 0, 0.1], "radius": 0.04, "length": 0.1}],
                  "boxes": [{"center": [0, 0.06, 0.1], "size": [0.01, 0.04, 0.06]}],
                  "may_touch": ["table", "panda_leftfinger"]}],
    "fingers": 0.06})");
  REQUIRE(file.attached.size() == 1);
  CHECK(file.attached[0].link == "panda_hand");
  CHECK(file.attached[0].name == "mug");
  REQUIRE(file.attached[0].shapes.size() == 2);
  CHECK(std::get<OrientedBox<double>>(file.attached[0].shapes[0]).half[1] == 0.02);
  CHECK(std::get<Cylinder<double>>(file.attached[0].shapes[1]).half_length == 0.05);
  CHECK(file.scene.may_touch ==
        std::vector<std::pair<std::string, std::string>>{{"mug", "table"}, {"mug", "panda_leftfinger"}});
  CHECK(file.opening == 0.06);
  CHECK(file.joint_values.empty());
  const auto joints = scene_of(R"({"fingers": {"left": 0.02, "right": -0.01}})");
  CHECK(!joints.opening);
  CHECK(joints.joint_values == std::map<std::string, double>{{"left", 0.02}, {"right", -0.01}});
  CHECK(!scene_of("{}").opening);

  const auto attached = [](const std::string& object) { return refusal(R"({"attached": [)" + object + "]}"); };
  CHECK(test::contains(attached(R"({"name": "mug"})"), "attached[0]: wanted the key 'link', got none"));
  CHECK(test::contains(attached(R"({"link": "hand"})"), "attached[0]: wanted the key 'name', got none"));
  CHECK(test::contains(attached(R"({"link": "hand", "name": "mug"})"), "attached[0]: wanted shapes, got none"));
  CHECK(test::contains(attached(R"({"link": "hand", "name": "", "spheres": [{"center": [0, 0, 0], "radius": 1}]})"),
                       "attached[0]: wanted a name, got an empty string"));
  CHECK(test::contains(attached(R"({"link": "hand", "name": "a", "spheres": [{"center": [0, 0, 0], "radius": 1,
                                    "name": "b"}]})"),
                       "attached[0]: spheres[0]: wanted keys among center, radius, got 'name'"));
  CHECK(test::contains(attached(R"({"link": "hand", "name": "a",
                                    "cylinders": [{"center": [0, 0, 0], "radius": 1, "length": 0}]})"),
                       "attached[0]: cylinder 0: wanted a radius and half a length above 0, got 1 and 0"));
  CHECK(test::contains(attached(R"({"link": "hand", "name": "a", "half_spaces": []})"), "got 'half_spaces'"));
  CHECK(test::contains(refusal(R"({"fingers": "open"})"), "fingers: wanted an object, got string"));
  CHECK(test::contains(refusal(R"({"fingers": -0.1})"), "fingers: wanted a size of at least 0, got -0.1"));
  CHECK(test::contains(refusal(R"({"fingers": {"left": "wide"}})"), "fingers: left: wanted a number, got string"));
}

TEST_CASE("what is wrong with names, pairs and shapes in a scene file is said with its place") {
  CHECK(test::contains(refusal(R"({"spheres": [{"center": [0, 0, 0], "radius": 1, "name": 7}]})"),
                       "spheres[0]: name: wanted a string, got number"));
  CHECK(test::contains(refusal(R"({"spheres": [{"center": [0, 0, 0], "radius": 1, "name": ""}]})"),
                       "spheres[0]: name: wanted a name, got an empty string"));
  CHECK(test::contains(refusal(R"({"spheres": [{"center": [0, 0, 0], "radius": 1, "name": "a"},
                                               {"center": [0, 0, 0], "radius": 1, "name": "a"}]})"),
                       ".json: wanted different names, got 'a' of sphere 0 and of sphere 1"));
  CHECK(test::contains(refusal(R"({"may_touch": [["a", "b", "c"]]})"),
                       "may_touch[0]: wanted a list of two names, got a list of 3"));
  CHECK(test::contains(refusal(R"({"may_touch": ["a"]})"), "may_touch[0]: wanted a list, got string"));
  CHECK(test::contains(refusal(R"({"may_touch": [["a", 1]]})"), "may_touch[0][1]: wanted a string, got number"));
  CHECK(test::contains(refusal(R"({"cylinders": [{"center": [0, 0, 0], "radius": 1, "length": 0}]})"),
                       "cylinder 0: wanted a radius and half a length above 0, got 1 and 0"));
  CHECK(test::contains(refusal(R"({"half_spaces": [{"normal": [0, 0, 2], "height": 0}]})"),
                       "half-space 0: wanted a normal of length 1, got length 2"));
}
