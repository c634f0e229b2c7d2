// SPDX-License-Identifier: Apache-2.0
#include "mace/robot/panda.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numbers>
#include <vector>

#include "reference/values.hpp"
#include "robot/chain_check.hpp"
#include "support/jacobian_check.hpp"

using namespace mace;
using robot_test::check_kinematics;

TEST_CASE("Panda: forward kinematics agree with KDL") {
  const auto rows = reference::read_values("panda/kinematics.csv").rows;
  REQUIRE(rows.size() == 200);
  check_kinematics(panda_chain<float>(), rows, 1e-6);
  check_kinematics(panda_chain<double>(), rows, 1e-12);
}

TEST_CASE("Panda: stretched out and ready") {
  const auto panda = panda_chain<double>();
  const auto check = [&](const Vec<7, double>& q, const Vec<3, double>& wanted) {
    CHECK(norm(panda.position(q) - wanted) < 1e-6);
  };
  const double pi = std::numbers::pi;
  check({}, {0.088, 0, 0.821});
  check({0, -pi / 4, 0, -3 * pi / 4, 0, pi / 2, pi / 4}, {0.306891, 0, 0.485282});
}

TEST_CASE("Panda: the Jacobian agrees with central differences") {
  const auto panda = panda_chain<double>();
  for (const std::vector<double>& row : reference::read_values("panda/kinematics.csv").rows) {
    Vec<7, double> q;
    std::copy_n(row.begin(), 7, q.v);
    CHECK(test::jacobian_error(panda, q) < 1e-9);
  }
}

TEST_CASE("Panda: limits") {
  const auto panda = panda_chain<float>();
  Vec<7> q{0, 0, 0, -1, 0, 1, 0};
  CHECK(panda.within_limits(q));
  for (int i = 0; i < 7; ++i) {
    const auto accepts = [&](float value) {
      Vec<7> there = q;
      there[i] = value;
      return panda.within_limits(there);
    };
    const float lower = panda.joint[i].lower, upper = panda.joint[i].upper;
    CHECK((accepts(lower) && accepts(upper)));
    CHECK_FALSE((accepts(lower - 1e-3f) || accepts(upper + 1e-3f) || accepts(numeric::not_a_number)));
  }
  q[3] = 0;  // straight, which the fourth joint can't
  CHECK_FALSE(panda.within_limits(q));
}
