// SPDX-License-Identifier: Apache-2.0
// The hulls and covers that are made from a URDF and its meshes, against signed distances of the same meshes by FCL.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "mace/collision/exact_check.hpp"
#include "mace/cpu.hpp"
#include "mace/robot/urdf_arm.hpp"
#include "reference/scene.hpp"
#include "reference/values.hpp"

using namespace mace;

namespace {

/// A robot that comes with the reference values, and the scenes that it is checked in.
struct ReferenceRobot {
  std::string name, tip;
  std::vector<std::string> scenes;
};

const std::vector<ReferenceRobot> reference_robots{{"xarm6", "link6", {"shelf", "ground"}},
                                                   {"kr5_sixx_r650", "palm", {"shelf"}}};

ArmDescription arm_of(const ReferenceRobot& robot) {
  return read_urdf_arm(reference::path(robot.name + "/" + robot.name + ".urdf"), robot.tip);
}

/// An arm in a scene, and the column that holds its distances.
struct Judged {
  std::string column;
  ArmDescription arm;
  Scene scene;
  /// Distances above this may be larger than the column's: pairs that never come as near as that are not checked.
  double trusted = std::numeric_limits<double>::infinity();
};

std::vector<Judged> judged(const ReferenceRobot& robot) {
  const ArmDescription arm = arm_of(robot);
  std::vector<Judged> all{{"self", arm, {}, SelfCollisionOptions{}.margin}};
  for (const std::string& scene : robot.scenes) {
    all.push_back({scene, arm, reference::read_scene(robot.name, scene)});
    all.back().arm.pairs.clear();
  }
  return all;
}

}  // namespace

TEST_CASE("urdf distances: hulls from a URDF collide where FCL says so, and keep its distances") {
  for (const ReferenceRobot& robot : reference_robots)
    for (const Judged& each : judged(robot)) {
      const ExactCheck check(each.arm, each.scene);
      for (const std::string file : {"/distances_uniform.csv", "/distances_near.csv"}) {
        const auto values = reference::read_values(robot.name + file);
        REQUIRE(values.rows.size() == 200);
        int signs = 0, too_far = 0, too_near = 0, free = 0;
        for (const auto& row : values.rows) {
          const double wanted = row[values.column(each.column)];
          const std::span q(row.data(), 6);
          const double got = check.clearance(q);
          free += wanted > 0;
          signs += check.is_free(q) != (wanted > 0);
          too_far += wanted < each.trusted && got > wanted + 1e-9;  // the reference is rounded to that
          too_near += wanted > 0 && got < wanted - 2e-5;            // as far as FCL and Bullet both stop too early
        }
        INFO(robot.name << file << ", " << each.column);
        CHECK(free > 50);
        CHECK(free < 190);
        CHECK(signs == 0);
        CHECK(too_far == 0);
        CHECK(too_near == 0);
      }
    }
}

TEST_CASE("urdf distances: covers from a URDF are never free where FCL finds a collision, nor farther than it says") {
  for (const ReferenceRobot& robot : reference_robots)
    for (const Judged& each : judged(robot)) {
      Cpu exec({});
      const Arm<6> arm(exec, each.arm, each.scene);
      for (const std::string file : {"/distances_uniform.csv", "/distances_near.csv"}) {
        const auto values = reference::read_values(robot.name + file);
        std::vector<Vec<6>> q(values.rows.size());
        for (std::size_t i = 0; i < q.size(); ++i)
          for (int j = 0; j < 6; ++j) q[i][j] = static_cast<float>(values.rows[i][static_cast<std::size_t>(j)]);
        std::vector<ArmOutcome<float>> outcomes(q.size());
        arm.simulate(exec, std::span<const Vec<6>>(q), std::span(outcomes));
        int wrongly_free = 0, too_far = 0, free = 0;
        for (std::size_t i = 0; i < q.size(); ++i) {
          const double wanted = values.rows[i][values.column(each.column)];
          const double got = static_cast<double>(outcomes[i].clearance);
          free += got >= 0;
          wrongly_free += got >= 0 && wanted < 0;
          too_far += wanted > 0 && wanted < each.trusted && got > wanted + 1e-6;  // float: a micrometer
        }
        INFO(robot.name << file << ", " << each.column);
        CHECK(free > 20);
        CHECK(wrongly_free == 0);
        CHECK(too_far == 0);
      }
    }
}
