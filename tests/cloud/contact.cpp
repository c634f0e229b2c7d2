// SPDX-License-Identifier: Apache-2.0
#include "mace/cloud/contact.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/cloud/contact_cpu.hpp"
#include "support/contacts.hpp"
#include "support/machine.hpp"

using namespace mace;
using test::Points;

namespace {

Fingers<8> along(const std::vector<Vec<3>>& directions, float radius = 0.04f) {
  std::vector<Ray> rays;
  for (const Vec<3>& direction : directions) rays.push_back({direction});
  return make_fingers<8>(rays, radius);
}

Index count_of(const Points& xyz) {
  return static_cast<Index>(xyz.size() / 3);
}

/// The rule word for word, in double: the number of the point touched, -1 for none. `margin` becomes the least distance
/// of any point to a decision.
Index oracle(const Ray& ray, double radius, const Points& xyz, double& margin) {
  Index best = -1;
  double farthest = 0;
  for (Index p = 0; p < count_of(xyz); ++p) {
    Vec<3, double> step;
    for (int i = 0; i < 3; ++i)
      step[i] = static_cast<double>(xyz[static_cast<std::size_t>(3 * p + i)]) - static_cast<double>(ray.origin[i]);
    const auto v = ray.direction.as<double>();
    const double t = dot(step, v), off = std::sqrt(std::max(0.0, dot(step, step) - t * t));
    margin = std::min({margin, std::abs(off - radius), std::abs(t)});
    if (t >= 0 && off <= radius && (best < 0 || t > farthest)) best = p, farthest = t;
  }
  return best;
}

void check_all(const Fingers<8>& fingers, const Points& xyz, const Contacts<8>& wanted) {
  CHECK(test::same_contacts(find_contacts(fingers, xyz.data(), count_of(xyz)), wanted));
  for (const Isa isa : test::available_isas()) {
    CAPTURE(static_cast<int>(isa));
    CHECK(test::same_contacts(find_contacts(isa, fingers, xyz.data(), count_of(xyz)), wanted));
  }
}

}  // namespace

TEST_CASE("formula and kernels touch the point that brute force in double finds") {
  int touched = 0, missed = 0;
  for (std::uint32_t name = 0; name < 60; ++name) {
    Random random({31, Stream::evaluation, 0}, name);
    std::vector<Ray> rays;
    for (std::uint32_t f = 0; f < 1 + name % 8; ++f) {
      Vec<3> v{random.normal(), random.normal(), random.normal()};
      const Vec<3> origin{random.uniform(-0.2f, 0.2f), random.uniform(-0.2f, 0.2f), 0};
      rays.push_back({1 / norm(v) * v, f % 2 == 0 ? Vec<3>{0, 0, 0} : origin});
    }
    const auto fingers = make_fingers<8>(rays, 0.06f);
    const Points xyz = test::random_points(1 + (name * 37) % 700, name);
    Contacts<8> wanted{};
    wanted.count = fingers.count;
    double margin = 1;
    for (int f = 0; f < fingers.count; ++f) {
      const Index p = oracle(fingers.ray[f], 0.06, xyz, margin);
      wanted.touched[f] = p >= 0;
      (p >= 0 ? touched : missed) += 1;
      for (int i = 0; i < 3; ++i)
        wanted.point[f][i] = p >= 0 ? xyz[static_cast<std::size_t>(3 * p + i)] : fingers.ray[f].origin[i];
    }
    REQUIRE(margin > 2e-7);  // no point is so near to a decision that floats may decide otherwise
    CAPTURE(name);
    check_all(fingers, xyz, wanted);
  }
  CHECK(touched > 100);
  CHECK(missed > 20);
}

TEST_CASE("formula and kernels give the same bits where rounding decides") {
  // Points on the cylinder's surface, up to rounding, and many that are equally far along but for rounding.
  const float h = 0.70710678f;
  const auto fingers = along({{h, h, 0}, {0.6f, 0, 0.8f}, {-0.36f, 0.48f, 0.8f}});
  for (std::uint32_t name = 0; name < 300; ++name) {
    Random random({32, Stream::evaluation, 0}, name);
    const Vec<3> v = fingers.ray[name % 3].direction;
    Points xyz;
    for (int p = 0; p < 40; ++p) {
      Vec<3> side = cross(v, Vec<3>{random.normal(), random.normal(), random.normal()});
      side = 0.04f / norm(side) * side;
      for (int i = 0; i < 3; ++i) xyz.push_back(0.3f * v[i] + side[i]);
    }
    check_all(fingers, xyz, find_contacts(fingers, xyz.data(), count_of(xyz)));
  }
}

TEST_CASE("the rule at its edges") {
  const auto x = along({{1, 0, 0}}, 0.25f);
  struct Row {
    const char* what;
    Points xyz;
    bool touched;
    Vec<3> point;
  };
  for (const Row& row : {
           Row{"the farther one", {0.25f, 0, 0, 0.5f, 0, 0, 0.375f, 0, 0}, true, {0.5f, 0, 0}},
           Row{"on the cylinder's surface", {0.5f, 0, 0.25f}, true, {0.5f, 0, 0.25f}},
           Row{"outside of it", {0.5f, 0, 0.2501f}, false, {0, 0, 0}},
           Row{"in the origin's plane", {0, 0.125f, 0}, true, {0, 0.125f, 0}},
           Row{"in it, as minus zero", {-0.0f, 0.125f, 0}, true, {-0.0f, 0.125f, 0}},
           Row{"behind", {-0.001f, 0, 0}, false, {0, 0, 0}},
           Row{"the first on ties", {0.5f, 0.125f, 0, 0.5f, 0, 0}, true, {0.5f, 0.125f, 0}},
           Row{"nothing", {}, false, {0, 0, 0}},
       }) {
    CAPTURE(row.what);
    Contacts<8> wanted{};
    wanted.count = 1;
    wanted.touched[0] = row.touched;
    wanted.point[0] = row.point;
    check_all(x, row.xyz, wanted);
  }
}

TEST_CASE("of equal points the first is touched, whichever lane and block they are in") {
  const auto x = along({{1, 0, 0}}, 0.25f);
  for (const std::size_t first : {0u, 3u, 17u, 255u, 256u, 500u, 598u}) {
    Points xyz(3 * 600, 0.0f);
    for (std::size_t p = first; p < 600; ++p) xyz[3 * p] = 0.5f, xyz[3 * p + 1] = p == first ? 0.125f : 0.0f;
    check_all(x, xyz, test::without(test::contacts_at({{0.5f, 0.125f, 0}}), 1));
  }
}

TEST_CASE("contacts with a cloud that is not finite are NaN") {
  const auto fingers = along(test::five_directions());
  for (const float bad : {numeric::not_a_number, -numeric::not_a_number, numeric::infinity, -numeric::infinity})
    for (const std::size_t at : {std::size_t{0}, std::size_t{766}, std::size_t{899}}) {
      Points xyz = test::random_points(300, 1);
      xyz[at] = bad;
      std::vector<Contacts<8>> all{find_contacts(fingers, xyz.data(), 300)};
      for (const Isa isa : test::available_isas()) all.push_back(find_contacts(isa, fingers, xyz.data(), 300));
      for (const auto& contacts : all)
        for (int f = 0; f < 5; ++f) {
          CHECK(contacts.touched[f]);
          CHECK(std::isnan(contacts.point[f][f % 3]));
        }
    }
}

TEST_CASE("a direction of nearly length 1 is brought to it") {
  const auto fingers = along({{0.9995f * 0.6f, 0, 0.9995f * 0.8f}});
  CHECK(fingers.ray[0].direction[0] == doctest::Approx(0.6).epsilon(1e-6));
  CHECK(fingers.ray[0].direction[2] == doctest::Approx(0.8).epsilon(1e-6));
}
