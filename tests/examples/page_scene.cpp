// SPDX-License-Identifier: Apache-2.0
#include "common/page_scene.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "common/arm_page.hpp"
#include "common/cloud_page.hpp"
#include "examples/unpacked.hpp"
#include "mace/robot/panda_arm.hpp"

using namespace mace;
using namespace mace::examples;
using test::unpacked;

namespace {

/// A turn by `angle` about an axis.
Pose<double> turned_about(const Vec<3, double>& axis, double angle) {
  const Vec<3, double> n = (1 / norm(axis)) * axis;
  const auto turn = [&](const Vec<3, double>& v) {
    return std::cos(angle) * v + std::sin(angle) * cross(n, v) + ((1 - std::cos(angle)) * dot(n, v)) * n;
  };
  return {turn({1, 0, 0}), turn({0, 1, 0}), turn({0, 0, 1}), {0, 0, 0}};
}

/// v turned by a quaternion x, y, z, w.
Vec<3, double> turned_by(const std::array<double, 4>& q, const Vec<3, double>& v) {
  const Vec<3, double> axis{q[0], q[1], q[2]}, across = cross(axis, v);
  return v + (2 * q[3]) * across + 2.0 * cross(axis, across);
}

/// Where packed positions are.
std::vector<double> positions(const Json& scene, const Json& packed) {
  std::vector<double> xyz;
  for (const std::uint16_t x : unpacked<std::uint16_t>(packed)) {
    const std::size_t axis = xyz.size() % 3;
    const double low = scene["bounds"]["min"][axis], high = scene["bounds"]["max"][axis];
    xyz.push_back(low + (high - low) * x / 65535);
  }
  return xyz;
}

}  // namespace

TEST_CASE("base64 is that of RFC 4648") {
  const auto of = [](const std::string& text) { return base64(std::as_bytes(std::span(text))); };
  CHECK(of("") == "");
  CHECK(of("f") == "Zg==");
  CHECK(of("fo") == "Zm8=");
  CHECK(of("foo") == "Zm9v");
  CHECK(of("foob") == "Zm9vYg==");
  CHECK(of("fooba") == "Zm9vYmE=");
  CHECK(of("foobar") == "Zm9vYmFy");
  CHECK(of("\xfb\xff\xbf") == "+/+/");
  CHECK(base64_of(std::vector<std::uint16_t>{1, 0x0203}) == "AQADAg==");  // little endian
  CHECK(base64_of(std::vector<float>{1.0f}) == "AACAPw==");
}

TEST_CASE("packed positions are at most half a step off") {
  std::mt19937 random(5);
  std::uniform_real_distribution<float> uniform(-3.0f, 5.0f);
  std::vector<float> xyz(3 * 2000);
  for (std::size_t i = 0; i < xyz.size(); ++i) xyz[i] = uniform(random) * (i % 3 == 2 ? 0.01f : 1.0f);
  Bounds bounds;
  bounds.include(xyz);
  std::vector<std::uint16_t> packed;
  bounds.pack(xyz, packed);
  REQUIRE(packed.size() == xyz.size());
  bool all_near = true;
  for (std::size_t i = 0; i < xyz.size(); ++i) {
    const Range range = bounds.along(i % 3);
    const double got = range.low + range.length() * packed[i] / 65535;
    all_near = all_near && std::abs(got - static_cast<double>(xyz[i])) <= 0.5000001 * range.length() / 65535;
  }
  CHECK(all_near);
}

TEST_CASE("what cannot be packed goes to the border, and bounds are never flat") {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Bounds bounds;
  CHECK(bounds.along(0).length() > 0);
  bounds.include(std::vector<float>{1, 2, 3, std::nanf(""), infinity, -infinity});
  std::vector<std::uint16_t> packed;
  bounds.pack(std::vector<float>{-9, infinity, std::nanf("")}, packed);
  CHECK(packed == std::vector<std::uint16_t>{0, 65535, 0});
  for (std::size_t axis = 0; axis < 3; ++axis) {
    CHECK(bounds.along(axis).length() == doctest::Approx(1e-6));
    CHECK(bounds.along(axis).middle() == doctest::Approx(static_cast<double>(axis) + 1));
  }
}

TEST_CASE("quaternions turn as their poses do") {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  for (int i = 0; i < 200; ++i) {
    // Every fourth by half a turn, where the scalar part is about zero.
    const Vec<3, double> axis{normal(random), normal(random), normal(random)};
    const Pose<double> pose = turned_about(axis, i % 4 == 0 ? 3.14159265358979 : 3 * normal(random));
    const auto q = quaternion(pose);
    CHECK(q[3] >= 0);
    const Vec<3, double> v{normal(random), normal(random), normal(random)};
    CHECK(norm(turned_by(q, v) - pose.rotate(v)) < 1e-9);
  }
  CHECK(quaternion(Pose<double>{}) == std::array<double, 4>{0, 0, 0, 1});
}

TEST_CASE("clouds and what stands around them are where they were") {
  CloudKeyframe prior{.round = 0, .samples = std::vector<Cloud<cloud_points>>(2), .scores = {0.5, std::nan("")}};
  for (int i = 0; i < 3 * cloud_points; ++i)
    for (std::size_t s = 0; s < 2; ++s)
      prior.samples[s].xyz[i] = static_cast<float>(0.5 * std::sin(i) + static_cast<double>(s));
  CloudKeyframe tuned = prior;
  tuned.round = 3;
  const Json scene =
      cloud_scene({prior, tuned}, "tuned",
                  {points_item("seen", {-2, 0, 0, 0, 4, 0}), finger_item("finger 1", {0, 0, 9}, {0, 0, 1}, true)});
  CHECK(scene["kind"] == "clouds");
  CHECK(scene["points"] == 1024);
  CHECK(scene["keyframes"][0]["label"] == "prior");
  CHECK(scene["keyframes"][1]["label"] == "tuned");
  CHECK(scene["keyframes"][1]["round"] == 3);
  CHECK(scene["keyframes"][0]["scores"].dump() == "[0.5,null]");
  CHECK(scene["bounds"]["min"][0] == -2);
  CHECK(scene["bounds"]["max"][1] == 4);
  CHECK(scene["bounds"]["max"][2] == 9);
  const std::vector<double> xyz = positions(scene, scene["keyframes"][0]["positions"]);
  REQUIRE(xyz.size() == 2 * 3 * 1024);
  for (std::size_t s = 0; s < 2; ++s)
    for (std::size_t axis = 0; axis < 3; ++axis)  // every second point of 2048
      CHECK(std::abs(xyz[3 * (1024 * s + 7) + axis] - static_cast<double>(prior.samples[s].xyz[3 * 14 + axis])) < 1e-4);
  CHECK(positions(scene, scene["items"][0]["positions"])[4] == doctest::Approx(4));
  CHECK(scene["items"][1]["touches"] == true);
}

TEST_CASE("arms stand as they do at their configurations") {
  const ArmDescription& arm = panda_arm();
  Scene around;
  around.ground = 0.0;
  around.base.position = {-0.6, 0, 0};
  around.boxes = {{{turned_about({0, 0, 1}, 0.5), {0.1, 0.2, 0.3}}}};
  around.spheres = {{{{2, 0, 0.5}, 0.25}}};
  const std::vector<double> q{0.1, -0.4, 0.3, -1.9, 0.2, 1.6, 0.7};
  const Goal<double> goal{{.position = {0, 0, 0.5}}};
  const Json scene = arm_scene(arm, around, goal, {{.round = 0, .samples = {q, q}, .scores = {0, 1}}}, "tuned");
  CHECK(scene["kind"] == "arms");
  REQUIRE(scene["links"].size() == arm.links.size());
  REQUIRE(scene["keyframes"].size() == 1);
  const auto numbers = unpacked<float>(scene["keyframes"][0]["poses"]);
  REQUIRE(numbers.size() == 2 * 7 * arm.links.size());
  const std::vector<Pose<double>> poses = link_poses(arm, around.base, q);
  for (std::size_t link = 0; link < poses.size(); ++link) {
    const float* const n = &numbers[7 * (arm.links.size() + link)];
    const std::array<double, 4> turn{double(n[3]), double(n[4]), double(n[5]), double(n[6])};
    const Vec<3, double> corner{0.1, 0.2, 0.3}, at{double(n[0]), double(n[1]), double(n[2])};
    CHECK(norm(at + turned_by(turn, corner) - poses[link] * corner) < 1e-6);
  }
  // The hand's frame is the last joint's, where the chain's tip is given.
  const auto tip = arm.chain.chain<7, double>().pose({{0.1, -0.4, 0.3, -1.9, 0.2, 1.6, 0.7}});
  CHECK(norm(poses[8] * arm.chain.tip.position - around.base * tip.position) < 1e-12);
  CHECK(scene["items"][0]["type"] == "box");
  CHECK(scene["items"][1]["type"] == "points");
  CHECK(double(scene["bounds"]["max"][0]) == doctest::Approx(2.25).epsilon(1e-3));
  CHECK(scene["items"][2]["type"] == "ground");
  CHECK(scene["items"][3]["rotation"].is_null());
  for (const double x : positions(scene, scene["items"][1]["positions"])) CHECK(x >= -0.26);
}

TEST_CASE("a page has cylinders and hulls as triangles, flat hulls as points, and half-spaces by their planes") {
  Scene around;
  around.cylinders = {{{{.position = {1, 0, 0}}, 0.5, 0.25}, "can"}};
  around.hulls = {{{{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 3}}}, "wedge"}, {{{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}}}}};
  around.half_spaces = {{{{0, 0.6, 0.8}, -1}, "slope"}};
  const std::vector<SceneItem> items = arm_items(around, Goal<double>{});
  REQUIRE(items.size() == 5);
  CHECK(items[0].json["type"] == "solid");
  const auto vertices = unpacked<float>(items[0].json["vertices"]);
  REQUIRE(vertices.size() == 3 * 96);
  for (std::size_t i = 0; i < vertices.size(); i += 3) {
    CHECK(std::hypot(double(vertices[i]) - 1, double(vertices[i + 1])) == doctest::Approx(0.501).epsilon(1e-3));
    CHECK(std::abs(double(vertices[i + 2])) == doctest::Approx(0.25));
  }
  CHECK(items[1].json["type"] == "solid");
  CHECK(unpacked<std::uint16_t>(items[1].json["triangles"]).size() == 3 * 4);
  CHECK(items[1].extent.size() == 4);
  CHECK(items[2].json["type"] == "points");
  CHECK(items[2].positions.size() == 9);
  CHECK(items[3].json["type"] == "half_space");
  CHECK(items[3].json["normal"] == Json({0, 0.6, 0.8}));
  CHECK(items[3].json["height"] == -1);
  CHECK(items[4].json["type"] == "goal");
}
