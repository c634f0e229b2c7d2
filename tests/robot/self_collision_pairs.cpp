// SPDX-License-Identifier: Apache-2.0
#include "mace/robot/self_collision_pairs.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <utility>
#include <vector>

#include "io/support.hpp"
#include "support/errors.hpp"

using namespace mace;
using Pairs = std::vector<std::pair<int, int>>;

namespace {

Polytope cube(const Vec<3, double>& center, double half = 0.1) {
  Polytope corners;
  for (const double x : {-half, half})
    for (const double y : {-half, half})
      for (const double z : {-half, half}) corners.push_back(center + Vec<3, double>{x, y, z});
  return corners;
}

/// A sledge that slides from z = 0 to z = 1, and a second one that slides on the first.
ArmDescription sledges(std::vector<ArmLink> links) {
  const ChainDescription::Joint slide{{JointKind::prismatic, {}, 0, 1}, "slide"};
  return {{"base", "tip", {slide, slide}, {}}, std::move(links), {}};
}

/// The pair of a cube on the base and one on the first sledge, of which the nearest is this far apart.
ArmDescription apart_by(double gap) {
  return sledges({{"base", -1, {cube({0, 0, 1.2 + gap})}, {}}, {"sledge", 0, {cube({0, 0, 0})}, {}}});
}

}  // namespace

TEST_CASE("self-collision pairs: what meets sometimes is checked, what meets always or never is not") {
  const ArmDescription arm = sledges({{"base", -1, {cube({0, 0, 0})}, {}},
                                      {"first", 0, {cube({0, 0, -1})}, {}},                    // passes the base's cube
                                      {"far", 0, {cube({1, 0, 0})}, {}},                       // never near anything
                                      {"second", 1, {cube({0, 5, 5}), cube({0, 0, -1})}, {}},  // passes both
                                      {"rail", 1, {cube({0, 0, -1}, 1.2)}, {}}});  // always meets all the others
  CHECK(self_collision_pairs(arm) == Pairs{{0, 1}, {0, 3}, {1, 3}});
  const Pairs adjacent{{1, 0}, {1, 3}};
  CHECK(self_collision_pairs(arm, adjacent) == Pairs{{0, 3}});
}

TEST_CASE("self-collision pairs: how often is always") {
  // The cube is met where the sledge is between 0.5 and 0.9.
  const ArmDescription arm = apart_by(-0.5);
  CHECK(self_collision_pairs(arm, {}, {.always = 0.42}).size() == 1);
  CHECK(self_collision_pairs(arm, {}, {.always = 0.38}).empty());
}

TEST_CASE("self-collision pairs: what comes near stays checked, though it was never seen to meet") {
  CHECK(self_collision_pairs(apart_by(0.019)).size() == 1);
  CHECK(self_collision_pairs(apart_by(0.021)).empty());
  CHECK(self_collision_pairs(apart_by(0.021), {}, {.margin = 0.03}).size() == 1);
  // A single draw is far from the end of the range; the search that follows finds it.
  CHECK(self_collision_pairs(apart_by(0.019), {}, {.samples = 1}).size() == 1);
  CHECK(self_collision_pairs(apart_by(-0.001), {}, {.samples = 1, .margin = 0}).size() == 1);
}

TEST_CASE("self-collision pairs: one seed, one answer") {
  const ArmDescription arm = apart_by(-0.5);
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const SelfCollisionOptions options{.samples = 20, .always = 0.4, .seed = seed};
    CHECK(self_collision_pairs(arm, {}, options) == self_collision_pairs(arm, {}, options));
  }
}

TEST_CASE("self-collision pairs: wrong options are refused") {
  const auto error_of = [](const SelfCollisionOptions& options) {
    return test::error_of([&] { self_collision_pairs(apart_by(1), {}, options); });
  };
  CHECK(error_of({.samples = 0}).starts_with("self_collision_pairs: wanted at least one sample"));
  CHECK(test::contains(error_of({.always = 0}), "a share in (0, 1]"));
  CHECK(test::contains(error_of({.always = std::numeric_limits<double>::quiet_NaN()}), "got 10000, nan"));
  CHECK(test::contains(error_of({.margin = -1}), "a margin of at least 0"));
  ArmDescription arm = apart_by(1);
  arm.links[1].joint = 2;
  CHECK(test::error_of([&] { self_collision_pairs(arm); }) ==
        "self_collision_pairs: link 'sledge': wanted a joint from -1 to 1, got 2");
  arm = apart_by(1);
  arm.chain.joints[1].upper = std::numeric_limits<double>::infinity();
  CHECK(test::error_of([&] { self_collision_pairs(arm); }) ==
        "self_collision_pairs: joint 'slide': wanted limits from -1e4 to 1e4 at most, got 0 to inf");
}
