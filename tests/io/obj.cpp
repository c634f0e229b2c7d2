// SPDX-License-Identifier: Apache-2.0
#include "mace/io/obj.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "io/support.hpp"
#include "reference/values.hpp"
#include "support/errors.hpp"

using mace::Polytope;

namespace {

/// The corners of a box and its faces. `between` is put before each face.
std::string box(double x, const std::string& between = "", const std::string& first = "-8 -7 -5 -6") {
  std::string text;
  for (const double a : {x, x + 1})
    for (const char* yz : {" 0 0\n", " 0 1\n", " 1 0\n", " 1 1\n"}) text += "v " + std::to_string(a) + yz;
  for (const char* face : {"-4 -2 -1 -3", "-8 -4 -3 -7", "-6 -5 -1 -2", "-8 -6 -2 -4", "-7 -3 -1 -5"})
    text += between + "f " + face + "\n";
  return text + between + (first.empty() ? "" : "f " + first + "\n");
}

/// A box whose faces have vertices of their own.
const std::string box_of_plates =
    "v 0 0 0\nv 0 0 1\nv 0 1 1\nv 0 1 0\ng a\nf -1 -2 -3 -4\nv 1 0 0\nv 1 0 1\nv 1 1 1\nv 1 1 0\ng b\nf -1 -2 -3 -4\n"
    "v 0 0 0\nv 0 0 1\nv 1 0 1\nv 1 0 0\ng c\nf -1 -2 -3 -4\nv 0 1 0\nv 0 1 1\nv 1 1 1\nv 1 1 0\ng d\nf -1 -2 -3 -4\n"
    "v 0 -0 0\nv 0 1 0\nv 1 1 0\nv 1 0 0\ng e\nf -1 -2 -3 -4\nv 0 0 1\nv 0 1 1\nv 1 1 1\nv 1 0 1\ng f\nf -1 -2 -3 -4\n";

const std::string triangle = "v 0 0 0\nv 1 0 0\nv 0 1 0\n";

std::vector<Polytope> bodies_of(const std::string& file) {
  return mace::parse_obj(io_test::bytes_of(file), "dir/file");
}

std::vector<std::size_t> sizes_of(const std::string& file) {
  std::vector<std::size_t> sizes;
  for (const Polytope& body : bodies_of(file)) sizes.push_back(body.size());
  return sizes;
}

using Sizes = std::vector<std::size_t>;

std::string with_ends(std::string text, const std::string& end) {
  for (std::size_t at = 0; (at = text.find('\n', at)) != text.npos; at += end.size()) text.replace(at, 1, end);
  return text;
}

}  // namespace

TEST_CASE("obj: what is read, and what is skipped") {
  const std::vector<Polytope> bodies = bodies_of(
      "# made by hand\nmtllib a.mtl\no first\n"
      "v 0 0 0\nv 1.5 0 0 1.0\nv 0 -2e-1 0 0.5 0.5 0.5\r\nv 0 0 +3 1 0 0 0.5\nv 9 9 9\n"
      "vn 0 0 1\nvt 0.5 \\\n 0.5\nvp 1 2\nusemtl red\ns off\nl 1 2\np 1\ncstype bezier\ncurv 0 1 1 2\nend\n"
      "f 1//1 2//1 3//1 # a face\n\tf 1/1/ 2/1 -2 \nfo 1 3 4\n");
  REQUIRE(bodies.size() == 1);
  REQUIRE(bodies[0].size() == 4);
  CHECK(norm(bodies[0][1] - mace::Vec<3, double>{1.5, 0, 0}) == 0);
  CHECK(norm(bodies[0][2] - mace::Vec<3, double>{0, -0.2, 0}) == 0);
  CHECK(norm(bodies[0][3] - mace::Vec<3, double>{0, 0, 3}) == 0);
  CHECK(sizes_of("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3") == Sizes{3});
}

TEST_CASE("obj: the fourth number of a vertex divides the others") {
  const Polytope body = bodies_of("v 1 2 3 2\nv 1 2 3 0.5\nv 0 0 1 -1\nf 1 2 3\n")[0];
  CHECK(norm(body[0] - mace::Vec<3, double>{0.5, 1, 1.5}) == 0);
  CHECK(norm(body[1] - mace::Vec<3, double>{2, 4, 6}) == 0);
  CHECK(norm(body[2] - mace::Vec<3, double>{0, 0, -1}) == 0);
}

TEST_CASE("obj: a backslash continues a line") {
  CHECK(sizes_of("v 0 \\\n 0 0\nv 1 0\\\n 0\nv 0 \\\n 1 \\\r\n 0\nf 1 2 \\\n3 # a face \\\nf 3 2 1") == Sizes{3});
}

TEST_CASE("obj: line ends and a byte order mark") {
  for (const char* end : {"\n", "\r\n", "\r"}) {
    CHECK(sizes_of(with_ends(box(0), end)) == Sizes{8});
    CHECK(sizes_of("\xef\xbb\xbf" + with_ends(box(0), end)) == Sizes{8});
  }
}

TEST_CASE("obj: a closed surface is a body, whatever groups its faces are in") {
  for (const char* between : {"", "g a\n", "o a\n", "usemtl a\n"}) CHECK(sizes_of(box(0, between)) == Sizes{8});
  CHECK(sizes_of(box_of_plates) == Sizes{8});
  CHECK(sizes_of(box(0) + box(3)) == Sizes{8, 8});
  CHECK(sizes_of(box(0, "g a\n") + box(3, "g b\n") + box(6)) == Sizes{8, 8, 8});
  // Bodies that touch, of which the file says that they are two, by groups or by vertices of their own.
  CHECK(sizes_of("o a\n" + box(0) + "o b\n" + box(1)) == Sizes{8, 8});
  CHECK(sizes_of(box(0) + box(1)) == Sizes{8, 8});
  // A face that is there twice, from both sides, and one of no area.
  CHECK(sizes_of(box(0) + "f -4 -2 -1 -3\nf -3 -1 -2 -4\nf -1 -1 -1\n") == Sizes{8});
}

TEST_CASE("obj: faces that enclose nothing are one body") {
  // A box without one face, two of them, and one in addition to a closed one.
  CHECK(sizes_of(box(0, "", "")) == Sizes{8});
  CHECK(sizes_of(box(0, "", "") + box(3, "", "")) == Sizes{16});
  CHECK(sizes_of(box(0, "", "") + box(3) + box(6, "g a\n", "")) == Sizes{8, 16});
  // Plates drawn from both sides, of equal triangles or not, are no bodies.
  std::string both_sides, halves;
  for (const double z : {0.0, 1.0}) {
    const std::string at = " " + std::to_string(z) + "\n";
    const std::string square = "v 0 0" + at + "v 1 0" + at + "v 1 1" + at + "v 0 1" + at + "g\n";
    both_sides += square + "f -4 -3 -2 -1\nf -1 -2 -3 -4\n";
    halves += square + "f -4 -3 -2\nf -4 -2 -1\nf -4 -1 -3\nf -3 -1 -2\n";
  }
  CHECK(sizes_of(both_sides) == Sizes{8});
  CHECK(sizes_of(halves) == Sizes{8});
  CHECK(sizes_of(triangle + "f 1 1 1\nf 2 2 2\n") == Sizes{2});
  // A face that shares a corner with a closed body is beside it; one that shares an edge opens its surface.
  CHECK(sizes_of(box(0) + "v 5 5 5\nv 6 5 5\nf -1 -2 -3\n") == Sizes{8, 3});
  CHECK(sizes_of(box(0) + "v 5 5 5\nf -1 -2 -3\n") == Sizes{9});
}

TEST_CASE("obj: many groups and many bodies") {
  std::string groups = triangle, boxes;
  for (int i = 0; i < 3000; ++i) groups += "g part" + std::to_string(i) + "\nf 1 2 3\n";
  CHECK(sizes_of(groups) == Sizes{3});
  for (int i = 0; i < 1000; ++i) boxes += box(2 * i);
  CHECK(bodies_of(boxes).size() == 1000);
  io_test::check_refused({boxes + box(-2), "wanted at most 1000 closed bodies"}, mace::parse_obj);
}

TEST_CASE("obj: a robot's files") {
  CHECK(mace::read_obj(mace::reference::path("xarm6/meshes/base_vhacd.obj")).size() == 5);
  CHECK(mace::read_obj(mace::reference::path("xarm6/meshes/link6_vhacd.obj")).size() == 1);
}

TEST_CASE("obj: files") {
  const io_test::Folder folder;
  io_test::write_text(folder / "a.obj", box(0) + box(3));
  CHECK(mace::read_obj(folder / "a.obj").size() == 2);
  const auto error_of = [&](const char* name) { return mace::test::error_of([&] { mace::read_obj(folder / name); }); };
  CHECK(error_of("missing.obj").ends_with("missing.obj: cannot read: no such file"));
  std::filesystem::resize_file(folder / "a.obj", std::uintmax_t{1} << 40);
  CHECK(error_of("a.obj").ends_with("wanted at most 67108864 bytes, got 1099511627776"));
}

TEST_CASE("obj: what departs from the format is refused") {
  const std::vector<io_test::Hostile> files{
      {"", "wanted at least one face, got none"},
      {triangle, "wanted at least one face, got none"},
      {"v 0 nan 0\n", "line 1: wanted three finite coordinates, got 'v 0 nan 0'"},
      {"v 0 0\n", "line 1: wanted three finite coordinates"},
      {"\nv 0 0 1e999\n", "line 2: wanted three finite coordinates"},
      {"v 0,5 0,5 0,5\n", "line 1: wanted three finite coordinates"},
      {"v 0 0 1 0\n", "line 1: wanted three finite coordinates"},
      {"v 0 0 1 inf\n", "line 1: wanted three finite coordinates"},
      {"v 1e300 0 0 1e-300\n", "line 1: wanted three finite coordinates"},
      {"v 0 0 0 1 1\n", "wanted three finite coordinates, and w or a color at most, got 'v 0 0 0 1 1'"},
      {"v 0 0 0 1 1 1 1 1\n", "wanted three finite coordinates, got 'v 0 0 0 1 1 1 1 1'"},
      {"v 0 0 0 red\n", "wanted three finite coordinates, got 'v 0 0 0 red'"},
      {"v 0 0 0 f 1 1 1\n", "wanted three finite coordinates"},
      {"v 1 2 3\\\n4\n", "line 2: wanted a blank between the words, got '4'"},
      {"v 1 2 \\", "line 1: wanted a line after '\\'"},
      {"o part\\\nv 1 2 3\n", "line 1: wanted a name that does not end with '\\', got 'o part\\'"},
      {"V 1 2 3\n", "line 1: wanted a statement of the polygons of an OBJ, such as v or f, got 'V 1 2 3'"},
      {"call other.obj\n" + box(0), "line 1: wanted a statement of the polygons of an OBJ"},
      {box(0) + "surf 0 1 0 1 1 2 3 4\n", "line 15: wanted a statement of the polygons of an OBJ"},
      {"version https://git-lfs.github.com/spec/v1\n", "not an OBJ: it looks like a Git LFS pointer"},
      {std::string("\xff\xfe") + 'v' + '\0', "not an OBJ: it looks like text in UTF-16"},
      {triangle + "f 1 2 4\n", "line 4: wanted a face of vertices that come before it, got 'f 1 2 4'"},
      {triangle + "f 1 2 0\n", "wanted a face of vertices that come before it"},
      {triangle + "f 1 2 -4\n", "wanted a face of vertices that come before it"},
      {triangle + "f 1 2 99999999999999999999\n", "wanted a face of vertices that come before it"},
      {triangle + "f 1 2 x\n", "wanted a face of vertices that come before it"},
      {triangle + "f 1 2 /3\n", "wanted a face of vertices that come before it"},
      {"f 1 2 3\n" + triangle, "line 1: wanted a face of vertices that come before it"},
      {triangle + "f 1 2\n", "wanted a face of at least three vertices"},
      {triangle + "f 1 2 # 3\n", "wanted a face of at least three vertices"},
  };
  for (const io_test::Hostile& hostile : files) io_test::check_refused(hostile, mace::parse_obj);
}

TEST_CASE("obj: a mutated file is read or refused") {
  io_test::check_survives_mutations(
      "o a\nv 0 0 0\nv 1 0 0 1.0\nv 0 1 0 0.5 0.5 0.5\nv 0 0 1\r\n" +
          std::string("f 1//1 2//1 3//1 # a face\ng b\nf 1 2/1 \\\n -1\nf 4 3 1\nf 2 3 4\n"),
      mace::parse_obj);
}
