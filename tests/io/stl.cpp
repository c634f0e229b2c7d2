// SPDX-License-Identifier: Apache-2.0
#include "mace/io/stl.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>
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

TEST_CASE("stl: words count, and lines do not") {
  std::string one_line = ascii_file, capitals = ascii_file, cr = ascii_file;
  for (char& c : one_line) c = c == '\n' || c == '\r' ? ' ' : c;
  for (char& c : capitals) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::erase(cr, '\r');
  std::replace(cr.begin(), cr.end(), '\n', '\r');
  CHECK(difference(corners_of(one_line)) < 1e-8);
  CHECK(difference(corners_of(capitals)) < 1e-8);
  CHECK(difference(corners_of(cr)) < 1e-8);
  CHECK(difference(corners_of("\xef\xbb\xbf" + ascii_file)) < 1e-8);
  CHECK(corners_of(one_line + one_line).size() == 12);
  // One facet on a line of its own, or two facets on one line, among others.
  const std::string facet = "facet normal 0 0 1 outer loop vertex 0 0 1 vertex 1 0 1 vertex 0 1 1 endloop endfacet";
  CHECK(corners_of(replaced(ascii_file, "endsolid", facet + "\nendsolid")).size() == 9);
  CHECK(corners_of(replaced(ascii_file, "endsolid", facet + " " + facet + "\nendsolid")).size() == 12);
  CHECK(corners_of(replaced(ascii_file, "endsolid", facet + " endsolid")).size() == 9);
  for (const char* word : {"endloop", "endfacet", "endsolid"}) {
    const std::string two_words = std::string("end ") + (word + 3);
    CHECK(difference(corners_of(replaced(ascii_file, word, two_words))) < 1e-8);
  }
}

TEST_CASE("stl: a name or a normal may be anything") {
  for (const char* name : {"solid", "solid facet normal", "solid facet normal vertex 1 2", "solid endsolid part"})
    CHECK(difference(corners_of(replaced(ascii_file, "solid a part", name))) < 1e-8);
  for (const char* name : {"endsolid", "endsolid a solid part", "endsolid facet normal vertex 1 2"})
    CHECK(difference(corners_of(replaced(ascii_file, "endsolid a part", name))) < 1e-8);
  CHECK(difference(corners_of(replaced(ascii_file, "normal 0 0 1", "normal -nan(ind) nan nan"))) < 1e-8);
}

TEST_CASE("stl: what follows the triangles of a binary file") {
  const std::string valid = binary_file(two_triangles);
  std::string no_attributes = valid;
  for (const std::size_t at : {std::size_t{132}, std::size_t{182}}) no_attributes.replace(at, 2, std::string(2, '\0'));
  const std::string text = "made by hand, with a remark that is longer than the fifty bytes of a triangle";
  for (const std::string& more : {std::string("x"), std::string("\n\n"), std::string(92, '\0'), text}) {
    CAPTURE(more);
    CHECK(difference(corners_of(no_attributes + more)) == 0);
  }
  // Each triangle may have attributes after it, as many bytes as its last two say.
  std::string longer = valid.substr(0, 132);
  longer += std::string("\4\0abcd", 6) + valid.substr(134, 48) + std::string("\2\0ab", 4);
  CHECK(difference(corners_of(longer)) == 0);
  // Triangles that the count leaves out, and a second file, are not passed over.
  std::string miscounted = no_attributes;
  miscounted[80] = 1;
  for (const std::string& more : {miscounted, no_attributes + no_attributes, longer + "x"})
    io_test::check_refused({more, "not an STL: wanted text that starts with 'solid', or 84 bytes and 50"},
                           mace::parse_stl);
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
      {"version https://git-lfs.github.com/spec/v1\noid", "not an STL: it looks like a Git LFS pointer"},
      {promising, "50 for each of the 4294967295 triangles it promises, got 134"},
      {binary_file({}), "wanted at least one triangle, got none"},
      {binary_file({0, 0, 0, 1, 0, 0, 0, nan, 0}), "triangle 0: wanted finite coordinates, got nan"},
      {"solid empty\nendsolid\n", "wanted at least one triangle, got none"},
      {replaced(ascii_file, "1.5", "nan"), "line 5: wanted three finite coordinates, got '      vertex nan 0 0'"},
      {replaced(ascii_file, "1.5", "1e999"), "line 5: wanted three finite coordinates"},
      {replaced(ascii_file, "1.5 0 0", "1.5 0"), "line 6: wanted three finite coordinates"},
      {replaced(ascii_file, "1.5", "one"), "line 5: wanted three finite coordinates"},
      {replaced(ascii_file, "      vertex 0 0 0\n", ""), "line 6: wanted three corners before the end of a triangle"},
      {replaced(ascii_file, "facet", "face"), "line 2: wanted facet or endsolid in an STL, got '  face normal 0 0 1'"},
      {ascii_file.substr(0, ascii_file.find("endsolid")),
       "wanted an STL with 'endsolid' at its end, got the end of the file after 2 triangles"},
      {replaced(ascii_file, "endsolid", "vertex 1 2 3\nendsolid"), "wanted facet or endsolid in an STL"},
      {replaced(ascii_file, "    endloop", "vertex 1 2 3 endloop"),
       "wanted three corners before the end of a triangle"},
      {replaced(ascii_file, "    endloop\n", ""), "wanted 'vertex' or 'endloop' in an STL"},
      {replaced(ascii_file, "  endfacet\n", ""), "wanted 'endfacet' here in an STL"},
      {replaced(ascii_file, "outer loop", "outer"), "wanted 'loop' here in an STL"},
      {replaced(ascii_file, "    outer loop\n", ""), "wanted 'outer' after three numbers of a normal in an STL"},
      {"solid a\n" + ascii_file, "wanted facet or endsolid in an STL"},
      {ascii_file + "facet", "wanted solid in an STL, got 'facet'"},
  };
  for (const io_test::Hostile& hostile : files) io_test::check_refused(hostile, mace::parse_stl);
}

TEST_CASE("stl: a mutated file is read or refused") {
  io_test::check_survives_mutations(ascii_file, mace::parse_stl);
  io_test::check_survives_mutations(binary_file(two_triangles), mace::parse_stl);
}
