// SPDX-License-Identifier: Apache-2.0
#include "mace/kinematics/serial_chain.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <type_traits>

#include "mace/core/philox.hpp"
#include "support/jacobian_check.hpp"

using namespace mace;

namespace {

static_assert(std::is_trivially_copyable_v<SerialChain<16>>);

/// A pose turned about all three axes.
Pose<double> somewhere(Random& random) {
  const auto turned = [&](const Pose<double>& pose) {
    const double angle = static_cast<double>(random.uniform(-3, 3));
    // The axes change places, so that the next turn is about another one.
    const Pose<double> about_z = pose.screwed(std::sin(angle), std::cos(angle), angle / 10);
    return Pose<double>{about_z.y, about_z.z, about_z.x, about_z.position};
  };
  return turned(turned(turned({})));
}

/// Four joints with nothing special about them, the second and the fourth of which slide.
ChainDescription made_up_chain() {
  Random random(RandomKey{.seed = 3}, 0);
  ChainDescription description{"base", "tip", {}, {}};
  for (const JointKind kind : {JointKind::revolute, JointKind::prismatic, JointKind::revolute, JointKind::prismatic})
    description.joints.push_back({{kind, somewhere(random), -2, 0.5}, "a joint"});
  description.tip = somewhere(random);
  return description;
}

double distance(const Pose<double>& a, const Pose<double>& b) {
  return norm(a.x - b.x) + norm(a.y - b.y) + norm(a.z - b.z) + norm(a.position - b.position);
}

}  // namespace

TEST_CASE("a pose and its inverse cancel, and poses chain") {
  Random random(RandomKey{.seed = 4}, 0);
  const Pose<double> a = somewhere(random), b = somewhere(random);
  CHECK(distance(a * a.inverse(), {}) < 1e-14);
  CHECK(distance(a.inverse() * a, {}) < 1e-14);
  const Vec<3, double> p{1, 2, 3};
  CHECK(norm((a * b) * p - a * (b * p)) < 1e-14);
  CHECK(norm(cross(a.x, a.y) - a.z) < 1e-14);
}

TEST_CASE("a chain of one hinge and one slide, by hand") {
  // A hinge about z a meter above the base, a slide along the x of what it turns, a tip 0.1 m to the left.
  const Pose<double> along_x{{0, 1, 0}, {0, 0, 1}, {1, 0, 0}, {0, 0, 0}};
  const SerialChain<2, double> chain{
      {{JointKind::revolute, {.position = {0, 0, 1}}, -3, 3}, {JointKind::prismatic, along_x, 0, 2}},
      {.position = {0.1, 0, 0}}};
  const Vec<2, double> q{std::acos(-1.0) / 2, 1.5};
  CHECK(norm(chain.position(q) - Vec<3, double>{-0.1, 1.5, 1}) < 1e-15);
  const auto jacobian = chain.jacobian(chain.frames(q));
  const Vec<6, double> hinge{-1.5, -0.1, 0, 0, 0, 1}, slide{0, 1, 0, 0, 0, 0};
  CHECK(norm(jacobian.column[0] - hinge) < 1e-15);
  CHECK(norm(jacobian.column[1] - slide) < 1e-15);
}

TEST_CASE("a chain with slides: frames and the Jacobian and float") {
  const ChainDescription description = made_up_chain();
  const auto chain = description.chain<4, double>();
  const auto in_float = description.chain<4>();
  Random random(RandomKey{.seed = 5}, 0);
  for (int trial = 0; trial < 20; ++trial) {
    Vec<4, double> share;
    Vec<4> narrow;
    for (double& s : share.v) s = static_cast<double>(random.uniform());
    const Vec<4, double> q = test::inside(chain, share);
    CHECK(chain.within_limits(q));
    for (int i = 0; i < 4; ++i) narrow[i] = static_cast<float>(q[i]);
    // Not zero where the compiler fuses multiply and add, as on aarch64.
    CHECK(distance(chain.frames(q).tip, chain.pose(q)) < 1e-15);
    const std::vector<Pose<double>> frames = description.frames({}, q.v);
    REQUIRE(frames.size() == 5);
    for (int i = 0; i < 4; ++i)
      CHECK(distance(frames[static_cast<std::size_t>(i) + 1], chain.frames(q).joint[i]) < 1e-15);
    CHECK(distance(chain.frames(q).joint[3] * chain.tip, chain.pose(q)) < 1e-15);
    CHECK(test::jacobian_error(chain, q) < 1e-9);
    CHECK(distance(in_float.pose(narrow).as<double>(), chain.pose(q)) < 1e-5);
  }
}

TEST_CASE("a description converts to a chain of its own number of joints only") {
  const ChainDescription description = made_up_chain();
  CHECK_THROWS_WITH_AS(description.chain<7>(), "chain from 'base' to 'tip': wanted 7 joints that move, got 4", Error);
}
