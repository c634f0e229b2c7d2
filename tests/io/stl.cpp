// SPDX-License-Identifier: Apache-2.0
#include "mace/io/stl.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "io/support.hpp"
#include "reference/values.hpp"
#include "support/errors.hpp"

using mace::Polytope;

namespace {

/// Two triangles on four points, as text.
const std::string ascii_file =
    "solid a part\n"
    "  facet normal 0 0 1\n    outer loop\n"
    "      vertex 0 0 0\n      vertex 1.5 0 0\n      vertex 0 -2e-1 0\n"
    "    endloop\n  endfacet\n"
    "  facet normal 0 0 0\r\n    outer loop\r\n"
    "      vertex 0 0 0\r\n      vertex +1.5 0 0\r\n      vertex 0 0 3\r\n"
    "    endloop\r\n  endfacet\r\n"
    "endsolid a part\n";

/// A binary file of triangles: nine coordinates each.
std::string binary_file(const std::vector<float>& corners, const std::string& header = "") {
  std::string file = header + std::string(80 - header.size(), '\0');
  file += io_test::raw(std::vector<std::uint32_t>{static_cast<std::uint32_t>(corners.size() / 9)});
  for (std::size_t at = 0; at < corners.size(); at += 9) {
    file += io_test::raw(std::vector<float>{0, 0, 1});
    file += io_test::raw(std::vector<float>(corners.begin() + static_cast<std::ptrdiff_t>(at),
                                            corners.begin() + static_cast<std::ptrdiff_t>(at) + 9));
    file += "\1\2";
  }
  return file;
}

const std::vector<float> two_triangles{0, 0, 0, 1.5f, 0, 0, 0, -0.2f, 0, 0, 0, 0, 1.5f, 0, 0, 0, 0, 3};

Polytope corners_of(const std::string& file) {
  return mace::parse_stl(io_test::bytes_of(file), "dir/file");
}

/// The greatest difference of any coordinate from those of the two triangles.
double difference(const Polytope& corners) {
  REQUIRE(corners.size() == 6);
  double worst = 0;
  for (std::size_t i = 0; i < 18; ++i)
    worst = std::max(worst, std::abs(corners[i / 3].v[i % 3] - static_cast<double>(two_triangles[i])));
  return worst;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("stl: text and binary say the same") {
  CHECK(difference(corners_of(ascii_file)) < 1e-8);
  CHECK(difference(corners_of("\n \t" + ascii_file)) < 1e-8);
  CHECK(difference(corners_of(binary_file(two_triangles))) == 0);
  // Some programs write binary files that start like text.
  CHECK(difference(corners_of(binary_file(two_triangles, "solid made by"))) == 0);
  CHECK(corners_of(ascii_file + ascii_file).size() == 12);
}

TEST_CASE("stl: a robot's file") {
  const Polytope corners = mace::read_stl(mace::reference::path("panda/meshes/collision/link0.stl"));
  CHECK(corners.size() == 600);
  double lowest = 0;
  for (const auto& corner : corners) lowest = std::min(lowest, corner[0]);
  CHECK(lowest == doctest::Approx(-0.1540787));
}

TEST_CASE("stl: files") {
  const io_test::Folder folder;
  io_test::write_text(folder / "a.stl", ascii_file);
  CHECK(mace::read_stl(folder / "a.stl").size() == 6);
  const auto error_of = [&](const char* name) { return mace::test::error_of([&] { mace::read_stl(folder / name); }); };
  CHECK(error_of("missing.stl").ends_with("missing.stl: cannot read: no such file"));
  std::filesystem::resize_file(folder / "a.stl", std::uintmax_t{1} << 40);
  CHECK(error_of("a.stl").ends_with("wanted at most 67108864 bytes, got 1099511627776"));
}

TEST_CASE("stl: what is no STL is refused") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const std::string valid = binary_file(two_triangles);
  const std::string promising = std::string(80, '\0') + "\xff\xff\xff\xff" + std::string(50, '\0');
  const std::vector<io_test::Hostile> files{
      {"", "not an STL"},
      {"sol", "not an STL"},
      {"o cube\nv 1 2 3\n", "not an STL"},
      {valid.substr(0, valid.size() - 1), "50 for each of the 2 triangles it promises, got 183"},
      {valid + "x", "50 for each of the 2 triangles it promises, got 185"},
      {promising, "50 for each of the 4294967295 triangles it promises, got 134"},
      {binary_file({}), "wanted at least one triangle, got none"},
      {binary_file({0, 0, 0, 1, 0, 0, 0, nan, 0}), "triangle 0: wanted finite coordinates, got nan"},
      {"solid empty\nendsolid\n", "wanted at least one triangle, got none"},
      {replaced(ascii_file, "1.5", "nan"), "line 5: wanted three finite coordinates, got '      vertex nan 0 0'"},
      {replaced(ascii_file, "1.5", "1e999"), "line 5: wanted three finite coordinates"},
      {replaced(ascii_file, "1.5 0 0", "1.5 0"), "line 5: wanted three finite coordinates"},
      {replaced(ascii_file, "1.5", "one"), "line 5: wanted three finite coordinates"},
      {replaced(ascii_file, "      vertex 0 0 0\n", ""), "line 6: wanted three corners before the end of a triangle"},
      {replaced(ascii_file, "facet", "face"), "line 2: wanted solid, facet, outer, vertex"},
      {ascii_file.substr(0, ascii_file.find("endsolid")), "wanted 'endsolid' at the end"},
      {replaced(ascii_file, "endsolid", "vertex 1 2 3\nendsolid"), "wanted 'endsolid' at the end"},
  };
  for (const io_test::Hostile& hostile : files) io_test::check_refused(hostile, mace::parse_stl);
}

TEST_CASE("stl: a mutated file is read or refused") {
  io_test::check_survives_mutations(ascii_file, mace::parse_stl);
  io_test::check_survives_mutations(binary_file(two_triangles), mace::parse_stl);
}
