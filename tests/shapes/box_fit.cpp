// SPDX-License-Identifier: Apache-2.0
#include "shapes/box_fit.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace mace;

namespace {

constexpr float quarter = 1.57079633f;

struct Errors {
  float edge = 0, yaw = 0, distance = 0;  ///< the largest of all boxes
};

/// 50 generated boxes; every coordinate off by normal noise of deviation `blur`, and a share of the points anywhere.
Errors fit_generated(float blur, float astray) {
  Errors errors;
  for (std::uint32_t i = 0; i < 50; ++i) {
    Random random({11, Stream::data}, i);
    const Box box = random_box(random);
    std::vector<float> xyz(3 * 2048);
    sample_box(box, random, xyz.data(), 2048);
    for (float& x : xyz) x += blur * random.normal();
    for (std::size_t k = 0; k < static_cast<std::size_t>(astray * 2048.0f) * 3; ++k)
      xyz[k] = random.uniform(-0.5f, 0.5f) + (k % 3 == 2 ? 0.5f : 0.0f);
    const auto [found, distance] = fit_box(xyz);
    const Box truth = canonical_box(box, found.yaw);
    for (const float error : {found.x_edge - truth.x_edge, found.y_edge - truth.y_edge, found.height - truth.height})
      errors.edge = std::max(errors.edge, std::abs(error));
    errors.yaw = std::max(errors.yaw, std::abs(found.yaw - truth.yaw));
    errors.distance = std::max(errors.distance, distance);
  }
  return errors;
}

}  // namespace

TEST_CASE("canonical_box names the same box by a yaw within pi/4") {
  const Box box{0.3f, 0.8f, 0.5f, 0.2f};
  for (int turns = -3; turns <= 3; ++turns) {
    CAPTURE(turns);
    Box turned = box;
    turned.yaw += static_cast<float>(turns) * quarter;
    if (turns % 2 != 0) std::swap(turned.x_edge, turned.y_edge);
    const Box named = canonical_box(turned);
    CHECK(named.x_edge == 0.3f);
    CHECK(named.y_edge == 0.8f);
    CHECK(named.height == 0.5f);
    CHECK(named.yaw == doctest::Approx(0.2).epsilon(1e-5));
    CHECK(canonical_box(named, turned.yaw).yaw == doctest::Approx(static_cast<double>(turned.yaw)).epsilon(1e-5));
  }
}

TEST_CASE("fit_box recovers 50 generated boxes") {
  const Errors exact = fit_generated(0.0f, 0.0f);
  CHECK(exact.edge < 1e-4f);
  CHECK(exact.yaw < 1e-4f);
  CHECK(exact.distance < 1e-4f);

  const Errors blurred = fit_generated(0.01f, 0.0f);
  CHECK(blurred.edge < 0.01f);
  CHECK(blurred.yaw < 0.02f);
  CHECK(blurred.distance == doctest::Approx(0.01).epsilon(0.1));
}

TEST_CASE("fit_box holds where one point in twenty is astray") {
  const Errors errors = fit_generated(0.0f, 0.05f);
  CHECK(errors.edge < 0.02f);
  CHECK(errors.yaw < 0.05f);
}

TEST_CASE("fit_box refuses what is no cloud") {
  std::vector<float> xyz(3 * 8, 0.5f);
  CHECK_THROWS_AS(fit_box({xyz.data(), 9}), Error);
  xyz[4] = numeric::not_a_number;
  CHECK_THROWS_AS(fit_box(xyz), Error);
}
