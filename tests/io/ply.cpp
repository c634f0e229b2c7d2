// SPDX-License-Identifier: Apache-2.0
#include "mace/io/ply.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "io/support.hpp"
#include "support/errors.hpp"

using io_test::bytes_of;
using io_test::raw;

namespace {

const std::string ascii_start = "ply\nformat ascii 1.0\n";
const std::string binary_start = "ply\nformat binary_little_endian 1.0\n";
const std::string xyz = "property float x\nproperty float y\nproperty float z\n";
const std::string end = "end_header\n";
const std::string one_point = "element vertex 1\n" + xyz;

std::vector<float> points_of(const std::string& file) {
  return mace::parse_ply(bytes_of(file), "file");
}

/// A header with all there is to skip: elements before and after, lists, other properties, coordinates of mixed types
/// in mixed order.
const std::string mixed_header =
    "comment by hand\nobj_info 1 2 3\n"
    "element camera 1\nproperty double focus\nproperty list uchar short marks\n"
    "element vertex 2\nproperty uchar red\nproperty double z\nproperty list int float extra\nproperty short x\n"
    "property float32 y\n"
    "element face 1\nproperty list uint8 int32 vertex_indices\n" +
    end;
const std::vector<float> mixed_points{-7, 2.5f, 0.1f, 300, -1, 1e-3f};

template <class... Numbers>
std::string packed(Numbers... numbers) {
  return (raw(std::vector{numbers}) + ...);
}

std::string mixed_binary() {
  using i16 = std::int16_t;
  using u8 = std::uint8_t;
  return binary_start + mixed_header + packed(0.5, u8{2}, i16{1}, i16{2}) + packed(u8{9}, 0.1, 1, 3.0f, i16{-7}, 2.5f) +
         packed(u8{9}, 1e-3, 0, i16{300}, -1.0f) + packed(u8{3}, 0, 1, 0);
}

}  // namespace

TEST_CASE("ply: what is written is read back") {
  const io_test::Folder folder;
  for (const std::vector<float>& points : {std::vector<float>{}, mixed_points}) {
    const auto count = static_cast<mace::Index>(points.size()) / 3;
    mace::write_ply(folder / "a.ply", mace::MatrixView<const float>(points.data(), 3, count));
    CHECK(mace::read_ply(folder / "a.ply") == points);
    CHECK(io_test::text_of(folder / "a.ply") ==
          binary_start + "element vertex " + std::to_string(count) + "\n" + xyz + end + raw(points));
  }
  const float wide[4]{};
  const mace::MatrixView<const float> four_rows(wide, 4, 1);
  CHECK(mace::test::error_of([&] {
          mace::write_ply(folder / "b.ply", four_rows);
        }).ends_with("b.ply: wanted points of 3 rows, got 4"));
}

TEST_CASE("ply: other elements and properties and lists are skipped in both formats") {
  CHECK(points_of(mixed_binary()) == mixed_points);
  CHECK(points_of(ascii_start + mixed_header + "0.5 2 1 2\n9 .1 1 3.0 -7 2.5\n9 1e-3 0 +300 -1\n3 0 1 0\n") ==
        mixed_points);
}

TEST_CASE("ply: every scalar type under both its names") {
  const std::string types[][2] = {{"char", "int8"}, {"uchar", "uint8"}, {"short", "int16"},   {"ushort", "uint16"},
                                  {"int", "int32"}, {"uint", "uint32"}, {"float", "float32"}, {"double", "float64"}};
  const std::string bytes[] = {packed(std::int8_t{-3}),
                               packed(std::uint8_t{253}),
                               packed(std::int16_t{-3}),
                               packed(std::uint16_t{65533}),
                               packed(-3),
                               packed(4294967293u),
                               packed(-3.0f),
                               packed(-3.0)};
  const float values[] = {-3, 253, -3, 65533, -3, 4294967293.0f, -3, -3};
  for (std::size_t i = 0; i < 8; ++i) {
    for (const std::string& type : types[i]) {
      const std::string header = "element vertex 1\nproperty " + type + " x\nproperty float y\nproperty float z\n";
      CHECK(points_of(binary_start + header + end + bytes[i] + packed(1.0f, 2.0f)) ==
            std::vector<float>{values[i], 1, 2});
    }
  }
}

TEST_CASE("ply: line ends and spaces may differ") {
  std::string header = ascii_start + one_point + end;
  for (std::size_t at = 0; (at = header.find('\n', at)) != header.npos; at += 2) header.insert(at, 1, '\r');
  CHECK(points_of(header + "1 2 3\r\n") == std::vector<float>{1, 2, 3});
  CHECK(points_of(ascii_start + one_point + end + "1\t2  3") == std::vector<float>{1, 2, 3});
  CHECK(points_of("\xef\xbb\xbfply \nformat ascii 1.0\t\n\n" + one_point + " \n" + "end_header \n1 2 3") ==
        std::vector<float>{1, 2, 3});
  CHECK(points_of(ascii_start + one_point + end + "1e-400 2 3") == std::vector<float>{0, 2, 3});
  CHECK(points_of("ply\nformat  binary_little_endian\t1.0\n" + one_point + end + packed(1.0f, 2.0f, 3.0f)) ==
        std::vector<float>{1, 2, 3});
}

TEST_CASE("ply: CR ends lines in all of a file") {
  for (const std::string& start : {ascii_start, binary_start}) {
    std::string header = start + "comment a scan\n" + one_point + end;
    std::replace(header.begin(), header.end(), '\n', '\r');
    // The first byte of binary data may be an LF.
    const float odd = std::bit_cast<float>(0x3f80000a);
    const bool ascii = start == ascii_start;
    CHECK(points_of(header + (ascii ? "1 2 3\r" : packed(odd, 2.0f, 3.0f))) ==
          std::vector<float>{ascii ? 1 : odd, 2, 3});
  }
}

TEST_CASE("ply: an element of which there are none needs no properties") {
  for (const char* none : {"element face 0\n", "element face 0\nproperty list uchar int vertex_indices\n"}) {
    CHECK(points_of(ascii_start + one_point + none + end + "1 2 3\n") == std::vector<float>{1, 2, 3});
    CHECK(points_of(binary_start + none + one_point + end + packed(1.0f, 2.0f, 3.0f)) == std::vector<float>{1, 2, 3});
  }
}

TEST_CASE("ply: a header that departs from the format is refused") {
  const std::string vertex = "element vertex 1\n";
  const std::vector<io_test::Hostile> files{
      {"", "header: wanted a line, got the end of the file"},
      {"plx\n", "header: wanted 'ply', got 'plx'"},
      {"ply", "header: wanted a line, got the end of the file"},
      {ascii_start + one_point, "header: wanted a line, got the end of the file"},
      {ascii_start + one_point + "end_header", "header: wanted a line, got the end of the file"},
      {"ply\n" + one_point + end, "wanted a format line, got 'end_header'"},
      {ascii_start + "format ascii 1.0\n", "wanted one format line, got 'format ascii 1.0'"},
      {"ply\nformat binary_big_endian 1.0\n",
       "wanted format ascii or binary_little_endian, got 'format binary_big_end"},
      {"ply\nformat ascii 2.0\n", "wanted version 1.0, got 'format ascii 2.0'"},
      {ascii_start + "vertices 3\n", "wanted format, element, property, comment or end_header, got 'vertices 3'"},
      {ascii_start + "element vertex\n", "wanted an element with a 64-bit count, got 'element vertex'"},
      {ascii_start + "element vertex -1\n", "wanted an element with a 64-bit count"},
      {ascii_start + "element vertex 1.5\n", "wanted an element with a 64-bit count"},
      {ascii_start + "element vertex 18446744073709551616\n", "wanted an element with a 64-bit count"},
      {ascii_start + "element vertex 1 2\n", "wanted nothing more on this line, got 'element vertex 1 2'"},
      {ascii_start + xyz, "wanted an element before its properties, got 'property float x'"},
      {ascii_start + vertex + "property half x\n", "wanted a PLY type such as float or uchar, got 'property half x'"},
      {ascii_start + vertex + "property list float int x\n", "wanted an integer type for the length of a list"},
      {ascii_start + vertex + "property list uchar x\n", "wanted a PLY type such as float or uchar"},
      {ascii_start + vertex + "property float\n", "wanted a property with a name, got 'property float'"},
      {ascii_start + "element face 0\nproperty int a\n" + end, "wanted one element 'vertex', got 0"},
      {ascii_start + one_point + one_point + end, "wanted one element 'vertex', got 2"},
      {ascii_start + vertex + "property float x\nproperty float y\n" + end,
       "wanted one scalar vertex property 'z', got 0"},
      {ascii_start + one_point + "property int y\n" + end + "1 2 3 4", "wanted one scalar vertex property 'y', got 2"},
      {ascii_start + vertex + "property list int int x\nproperty int y\nproperty int z\n" + end + "1 2 3 4",
       "wanted one scalar vertex property 'x', got 0"},
      {ascii_start + vertex + end, "wanted one scalar vertex property 'x', got 0"},
      {binary_start + "element empty 18446744073709551615\n" + one_point + end,
       "element 'empty': wanted properties, got none"},
      {"version https://git-lfs.github.com/spec/v1\n", "not a PLY: it looks like a Git LFS pointer"},
      {binary_start + "element face 1\n" + one_point + end + packed(1.0f, 2.0f, 3.0f),
       "element 'face': wanted properties, got none"},
      {ascii_start + "comment\nbad\tline" + std::string(1000, 'x') + "\n", "got 'bad?linexxx"},
  };
  for (const io_test::Hostile& hostile : files) io_test::check_refused(hostile, mace::parse_ply);
}

TEST_CASE("ply: data that do not match the header are refused") {
  const std::string point = packed(1.0f, 2.0f, 3.0f);
  const std::string doubles = "element vertex 1\nproperty double x\nproperty double y\nproperty double z\n" + end;
  const std::string list = "property list char int more\n";
  const std::string huge = "element vertex 18446744073709551615\n" + xyz + end;
  const std::vector<io_test::Hostile> files{
      {binary_start + huge + point, "wanted 18446744073709551615 rows of element 'vertex', got bytes for 1 at most"},
      {ascii_start + huge + "1 2 3", "wanted 18446744073709551615 rows of element 'vertex', got bytes for 1 at most"},
      {binary_start + "element e 4000000000\nproperty char c\n" + one_point + end + point,
       "4000000000 rows of element 'e'"},
      {binary_start + one_point + end, "wanted 1 rows of element 'vertex', got bytes for 0 at most"},
      {binary_start + one_point + end + point.substr(1), "wanted 1 rows of element 'vertex', got bytes for 0 at most"},
      {binary_start + one_point + end + point + "x", "wanted the end of the file after the last element"},
      {ascii_start + one_point + end + "1 2 3 4", "wanted the end of the file after the last element"},
      {ascii_start + one_point + end + "1.0 2.0", "data: wanted another number, got the end of the file"},
      {ascii_start + one_point + end + "1 2 three", "data: wanted a number, got 'three'"},
      {ascii_start + one_point + end + "1 2 3x", "data: wanted a number, got '3x'"},
      {ascii_start + one_point + end + "1 2 +", "data: wanted a number, got '+'"},
      {ascii_start + one_point + end + "1 2 +-3", "data: wanted a number, got '+-3'"},
      {ascii_start + one_point + end + "1 2 1e999", "data: wanted a number, got '1e999'"},
      {ascii_start + one_point + end + "1 2 1e39", "data: wanted values that fit a float, got 1e+39"},
      {binary_start + doubles + packed(1.0, -1e300, 0.0), "data: wanted values that fit a float, got -1e+300"},
      {binary_start + one_point + list + end + point + packed(std::int8_t{-1}),
       "wanted a list of at least 0 values, got -1"},
      {ascii_start + one_point + list + end + "1 2 3 1.5 7", "wanted a list of at least 0 values, got 1.5"},
      {ascii_start + one_point + list + end + "1 2 3 nan 7", "wanted a list of at least 0 values, got nan"},
      {ascii_start + one_point + list + end + "1 2 3 inf 7", "data: wanted another number, got the end of the file"},
      {binary_start + one_point + list + end + point + packed(std::int8_t{2}, 7), "data: wanted 4 bytes, got 0"},
  };
  for (const io_test::Hostile& hostile : files) io_test::check_refused(hostile, mace::parse_ply);
}

TEST_CASE("ply: a mutated file is read or refused") {
  io_test::check_survives_mutations(mixed_binary(), mace::parse_ply);
  io_test::check_survives_mutations(
      ascii_start + one_point + "property list uchar int more\n" + end + "1 -2.5 3e4 2 8 9\n", mace::parse_ply);
}
