// SPDX-License-Identifier: Apache-2.0
#include "mace/io/obj.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "io/support.hpp"
#include "reference/values.hpp"
#include "support/errors.hpp"

using mace::Polytope;

namespace {

/// Two objects that share a vertex, and a vertex that is in no face.
const std::string two_objects =
    "# made by hand\nmtllib a.mtl\no first\n"
    "v 0 0 0\nv 1.5 0 0 1.0\nv 0 -2e-1 0 0.5 0.5 0.5\r\nv 9 9 9\n"
    "vn 0 0 1\nusemtl red\ns off\n"
    "f 1//1 2//1 3//1 # a face\n"
    "g second\nv 0 0 3\nf 1 2/1 -1\n\tf 5/1/1 3/2/1 1 2\n"
    "o nothing\n";

std::vector<Polytope> pieces_of(const std::string& file) {
  return mace::parse_obj(io_test::bytes_of(file), "dir/file");
}

}  // namespace

TEST_CASE("obj: each object is a piece of its own") {
  const std::vector<Polytope> pieces = pieces_of(two_objects);
  REQUIRE(pieces.size() == 2);
  REQUIRE(pieces[0].size() == 3);
  REQUIRE(pieces[1].size() == 4);
  CHECK(norm(pieces[0][1] - mace::Vec<3, double>{1.5, 0, 0}) == 0);
  CHECK(norm(pieces[0][2] - mace::Vec<3, double>{0, -0.2, 0}) == 0);
  CHECK(norm(pieces[1][3] - mace::Vec<3, double>{0, 0, 3}) == 0);
  CHECK(pieces_of("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3").size() == 1);
}

TEST_CASE("obj: a robot's files") {
  CHECK(mace::read_obj(mace::reference::path("xarm6/meshes/base_vhacd.obj")).size() == 5);
  CHECK(mace::read_obj(mace::reference::path("xarm6/meshes/link6_vhacd.obj")).size() == 1);
}

TEST_CASE("obj: files") {
  const io_test::Folder folder;
  io_test::write_text(folder / "a.obj", two_objects);
  CHECK(mace::read_obj(folder / "a.obj").size() == 2);
  const auto error_of = [&](const char* name) { return mace::test::error_of([&] { mace::read_obj(folder / name); }); };
  CHECK(error_of("missing.obj").ends_with("missing.obj: cannot read: no such file"));
  std::filesystem::resize_file(folder / "a.obj", std::uintmax_t{1} << 40);
  CHECK(error_of("a.obj").ends_with("wanted at most 67108864 bytes, got 1099511627776"));
}

TEST_CASE("obj: what departs from the format is refused") {
  const std::string triangle = "v 0 0 0\nv 1 0 0\nv 0 1 0\n";
  std::string many = triangle;
  for (int i = 0; i <= 1000; ++i) many += "o\nf 1 2 3\n";
  const std::vector<io_test::Hostile> files{
      {"", "wanted at least one face, got none"},
      {triangle, "wanted at least one face, got none"},
      {"v 0 nan 0\n", "line 1: wanted three finite coordinates, got 'v 0 nan 0'"},
      {"v 0 0\n", "line 1: wanted three finite coordinates"},
      {"\nv 0 0 1e999\n", "line 2: wanted three finite coordinates"},
      {triangle + "f 1 2 4\n", "line 4: wanted a face of vertices that come before it, got 'f 1 2 4'"},
      {triangle + "f 1 2 0\n", "wanted a face of vertices that come before it"},
      {triangle + "f 1 2 -4\n", "wanted a face of vertices that come before it"},
      {triangle + "f 1 2 99999999999999999999\n", "wanted a face of vertices that come before it"},
      {triangle + "f 1 2 x\n", "wanted a face of vertices that come before it"},
      {triangle + "f 1 2 /3\n", "wanted a face of vertices that come before it"},
      {"f 1 2 3\n" + triangle, "line 1: wanted a face of vertices that come before it"},
      {triangle + "f 1 2\n", "wanted a face of at least three vertices"},
      {triangle + "f 1 2 # 3\n", "wanted a face of at least three vertices"},
      {many, "wanted at most 1000 objects"},
  };
  for (const io_test::Hostile& hostile : files) io_test::check_refused(hostile, mace::parse_obj);
}

TEST_CASE("obj: a mutated file is read or refused") {
  io_test::check_survives_mutations(two_objects, mace::parse_obj);
}
