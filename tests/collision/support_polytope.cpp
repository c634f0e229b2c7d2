// SPDX-License-Identifier: Apache-2.0
#include "mace/collision/support_polytope.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mace/core/philox.hpp"

using namespace mace;

namespace {

using Faces = std::vector<SupportFace>;

/// A cube of 2 m edges about the origin.
const Faces cube_faces{{1, 0, 0, 100000},  {-1, 0, 0, 100000}, {0, 1, 0, 100000},
                       {0, -1, 0, 100000}, {0, 0, 1, 100000},  {0, 0, -1, 100000}};

Faces with(Faces faces, SupportFace face) {
  faces.push_back(face);
  return faces;
}

bool has(const Polytope& polytope, const Vec<3, double>& point) {
  return std::any_of(polytope.begin(), polytope.end(),
                     [&](const auto& vertex) { return norm(vertex - point) < 1e-15; });
}

}  // namespace

TEST_CASE("Support polytope: a cube, and one that lost a corner") {
  const Polytope whole = support_polytope(cube_faces);
  CHECK(whole.size() == 8);
  for (const double x : {-1.0, 1.0})
    for (const double y : {-1.0, 1.0})
      for (const double z : {-1.0, 1.0}) CHECK(has(whole, {x, y, z}));
  const Polytope cut = support_polytope(with(cube_faces, {1, 1, 1, 200000}));
  CHECK(cut.size() == 10);
  CHECK(!has(cut, {1, 1, 1}));
  CHECK(has(cut, {1, 1, 0}));
}

TEST_CASE("Support polytope: faces that cut nothing off change nothing") {
  CHECK(support_polytope(with(cube_faces, {1, 1, 1, 300000})).size() == 8);  // touches a corner
  CHECK(support_polytope(with(cube_faces, {1, 1, 1, 300001})).size() == 8);
  CHECK(support_polytope(with(cube_faces, {2, 0, 0, 200000})).size() == 8);  // the same face again
  CHECK(support_polytope(with(cube_faces, {1, 1, 1, 299999})).size() == 10);
}

TEST_CASE("Support polytope: a corner where many faces meet is one vertex") {
  Faces faces;
  for (const int x : {-1, 1})
    for (const int y : {-1, 1})
      for (const int z : {-1, 1})
        faces.push_back({static_cast<std::int8_t>(x), static_cast<std::int8_t>(y), static_cast<std::int8_t>(z), 70001});
  const Polytope octahedron = support_polytope(faces);
  CHECK(octahedron.size() == 6);
  CHECK(has(octahedron, {0, 0, -0.70001}));
}

TEST_CASE("Support polytope: around a ball") {
  Random random({1, Stream::data, 0}, 0);
  const auto entry = [&] { return static_cast<std::int8_t>(std::lround(random.uniform(-100, 100))); };
  Faces faces;
  for (int i = 0; i < 60; ++i) {
    SupportFace face{entry(), entry(), entry(), 0};
    const auto normal = face.normal().as<double>();
    face.height = static_cast<std::int32_t>(std::ceil(0.1 * support_units * norm(normal)));
    faces.push_back(face);
  }
  const Polytope polytope = support_polytope(faces);
  CHECK(polytope.size() == 2 * faces.size() - 4);  // as Euler has it, where three faces meet at each vertex
  for (const auto& vertex : polytope) {
    int touched = 0;
    for (const SupportFace& face : faces) {
      const double beyond = dot(face.normal().as<double>(), vertex) - face.height / support_units;
      CHECK(beyond < 1e-12);
      touched += beyond > -1e-12;
    }
    CHECK(touched == 3);
  }
}

TEST_CASE("Support polytope: faces that enclose nothing are refused") {
  const auto refused = [](const Faces& faces, const char* why) {
    CHECK_THROWS_WITH_AS(support_polytope(faces), doctest::Contains(why), Error);
  };
  refused({}, "leave nothing");
  refused({{1, 0, 0, 1}, {-1, 0, 0, 1}}, "leave nothing");
  refused(with(cube_faces, {1, 0, 0, -100001}), "leave nothing");
  refused({cube_faces.begin(), cube_faces.begin() + 5}, "open to one side");
  refused({cube_faces.begin(), cube_faces.begin() + 4}, "open to one side");
}
