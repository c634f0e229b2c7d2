// SPDX-License-Identifier: Apache-2.0
#include "mace/io/assimp_mesh.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "io/support.hpp"
#include "mace/io/mesh_file.hpp"
#include "support/errors.hpp"

using mace::Polytope;

namespace {

/// A COLLADA file of a tetrahedron with edges of 1, in centimeters and with Z up, moved by 10 along x and stretched
/// along y, twice: below a node and below another one in it.
std::string tetrahedron(const std::string& faces = "0 2 1 0 1 3 0 3 2 1 2 3") {
  const std::string count = std::to_string((1 + std::count(faces.begin(), faces.end(), ' ')) / 3);
  return R"(<?xml version="1.0" encoding="utf-8"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset><unit name="centimeter" meter="0.01"/><up_axis>Z_UP</up_axis></asset>
<library_geometries><geometry id="g"><mesh>
<source id="p"><float_array id="pa" count="12">0 0 0 1 0 0 0 1 0 0 0 1</float_array><technique_common>
<accessor source="#pa" count="4" stride="3"><param name="X" type="float"/><param name="Y" type="float"/>
<param name="Z" type="float"/></accessor></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<triangles count=")" +
         count + R"("><input semantic="VERTEX" source="#v" offset="0"/><p>)" + faces + R"(</p></triangles>
</mesh></geometry></library_geometries>
<library_visual_scenes><visual_scene id="s">
<node id="a"><translate>10 0 0</translate><scale>1 2 1</scale><instance_geometry url="#g"/>
<node id="b"><translate>0 0 50</translate><instance_geometry url="#g"/></node></node>
</visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#s"/></scene>
</COLLADA>)";
}

}  // namespace

TEST_CASE("assimp mesh: a COLLADA file in its unit, with its nodes, and not turned") {
  const io_test::Folder folder;
  io_test::write_text(folder / "A.DAE", tetrahedron());
  const std::vector<Polytope> bodies = mace::detail::read_mesh("A.DAE", folder / "");
  REQUIRE(bodies.size() == 2);
  for (const double z : {0.0, 0.5}) {
    const Polytope& body = bodies[z > 0 ? 1 : 0];
    REQUIRE(body.size() == 4);
    for (const mace::Vec<3, double>& wanted :
         {mace::Vec<3, double>{0.1, 0, z}, {0.11, 0, z}, {0.1, 0.02, z}, {0.1, 0, z + 0.01}})
      CHECK(std::any_of(body.begin(), body.end(), [&](const auto& point) { return norm(point - wanted) < 1e-7; }));
  }
}

TEST_CASE("assimp mesh: open surfaces are one body") {
  const io_test::Folder folder;
  io_test::write_text(folder / "open.dae", tetrahedron("0 2 1 0 1 3 0 3 2"));
  CHECK(mace::detail::read_mesh("open.dae", folder / "").size() == 1);
}

TEST_CASE("assimp mesh: what assimp does not read is refused") {
  const io_test::Folder folder;
  const auto error_of = [&](const std::string& text) {
    io_test::write_text(folder / "a.dae", text);
    return mace::test::error_of([&] { mace::detail::read_mesh("a.dae", folder / ""); });
  };
  const std::string start = (folder / "a.dae").string() + ": ";
  CHECK(error_of("").starts_with(start + "wanted a mesh that assimp reads, got '"));
  CHECK(error_of("<COLLADA>").starts_with(start + "wanted a mesh that assimp reads, got '"));
  CHECK(
      error_of("version https://git-lfs.github.com/spec/v1\n").starts_with(start + "not a mesh: it looks like a Git"));
}
