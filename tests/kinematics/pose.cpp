// SPDX-License-Identifier: Apache-2.0
#include "mace/kinematics/pose.hpp"

#include <doctest/doctest.h>

#include <Eigen/Geometry>
#include <cmath>
#include <numbers>
#include <string>

#include "mace/core/philox.hpp"
#include "mace/kinematics/eigen.hpp"
#include "mace/kinematics/goal.hpp"
#include "support/errors.hpp"

using namespace mace;

namespace {

constexpr double pi = std::numbers::pi;

double difference(const Pose<double>& a, const Pose<double>& b) {
  return norm(a.x - b.x) + norm(a.y - b.y) + norm(a.z - b.z) + norm(a.position - b.position);
}

Eigen::Isometry3d turned(const Vec<3, double>& rpy) {
  return Eigen::Isometry3d(Eigen::AngleAxisd(rpy[2], Eigen::Vector3d::UnitZ()) *
                           Eigen::AngleAxisd(rpy[1], Eigen::Vector3d::UnitY()) *
                           Eigen::AngleAxisd(rpy[0], Eigen::Vector3d::UnitX()));
}

}  // namespace

TEST_CASE("a pose comes from roll, pitch and yaw as Eigen's does, and gives them back") {
  Random random({3, Stream::evaluation, 0}, 0);
  const auto angle = [&](double most) { return most * (2.0 * static_cast<double>(random.uniform()) - 1); };
  for (int i = 0; i < 200; ++i) {
    const Vec<3, double> rpy{angle(pi), angle(pi / 2), angle(pi)}, place{angle(2), angle(2), angle(2)};
    const auto pose = Pose<double>::from_rpy(rpy, place);
    Eigen::Isometry3d wanted = turned(rpy);
    wanted.translation() = Eigen::Vector3d(place[0], place[1], place[2]);
    CHECK(difference(pose, from_eigen(wanted)) < 1e-14);
    CHECK(norm(pose.rpy() - rpy) < 1e-9);
    CHECK((to_eigen(pose).matrix() - wanted.matrix()).norm() < 1e-14);
    const Eigen::Quaterniond q(wanted.linear());
    CHECK(difference(Pose<double>::from_quaternion(2 * q.w(), 2 * q.x(), 2 * q.y(), 2 * q.z(), place), pose) < 1e-14);
    const Vec<4, double> got = pose.quaternion();
    CHECK(difference(Pose<double>::from_quaternion(got[0], got[1], got[2], got[3], place), pose) < 1e-14);
    CHECK(got[0] >= 0);
  }
}

TEST_CASE("half turns and a pitch of a right angle come back as the same rotation") {
  for (const Vec<3, double>& rpy : {Vec<3, double>{pi, 0, 0}, Vec<3, double>{0, 0, pi}, Vec<3, double>{pi, 0, pi},
                                    Vec<3, double>{0.3, pi / 2, -1}, Vec<3, double>{0.3, -pi / 2, 2}}) {
    const auto pose = Pose<double>::from_rpy(rpy);
    CHECK(difference(Pose<double>::from_rpy(pose.rpy()), pose) < 1e-12);
    const auto q = pose.quaternion();
    CHECK(difference(Pose<double>::from_quaternion(q[0], q[1], q[2], q[3]), pose) < 1e-12);
  }
}

TEST_CASE("what is no rotation is refused") {
  CHECK(test::error_of([] { Pose<double>::from_quaternion(0, 0, 0, 0); }) ==
        "Pose: wanted a quaternion of finite length above 0, got 0 0 0 0");
  CHECK_THROWS_AS(Pose<double>::from_quaternion(NAN, 0, 0, 1), Error);
  const double mirrored[4][4] = {{-1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
  const double projective[4][4] = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 1, 1}};
  const double nowhere[4][4] = {{1, 0, 0, INFINITY}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
  const auto refusal = [](const double(&matrix)[4][4]) {
    return test::error_of([&] { Pose<double>::from_matrix(matrix); });
  };
  const std::string wanted = "Pose: wanted a rotation and a finite translation over the row 0 0 0 1";
  CHECK(refusal(mirrored) == wanted);
  CHECK(refusal(projective) == wanted);
  CHECK(refusal(nowhere) == wanted);
}

TEST_CASE("a goal in the world is not one in the base's frame, and becomes one by the base's pose") {
  static_assert(!std::is_convertible_v<Goal<double>, BaseGoal<double>>);
  static_assert(!std::is_convertible_v<BaseGoal<double>, Goal<double>>);
  const auto base = Pose<double>::from_rpy({0.1, 0.2, 0.3}, {1, 2, 3}),
             at = Pose<double>::from_rpy({1, 0, 2}, {0, 1, 0});
  const BaseGoal<double> goal = Goal<double>{base * at, 0.3}.in_base(base);
  CHECK(difference(goal.pose, at) < 1e-14);
  CHECK(goal.meters_per_radian == 0.3);
}
