// SPDX-License-Identifier: Apache-2.0
#include "mace/robot/srdf.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "io/support.hpp"
#include "support/errors.hpp"

using namespace mace;
using Pairs = std::vector<std::pair<int, int>>;

namespace {

std::string srdf_text(const std::string& content) {
  return "<?xml version='1.0'?><robot name='test'>" + content + "</robot>";
}

const std::string entries =
    "<!-- <disable_collisions link1='d' link2='e'/> -->"
    "<group name='arm'><chain base_link='a' tip_link='d'/></group>"
    "<disable_collisions link1='a' link2='b' reason='Adjacent'/>"
    "<disable_collisions link1='bare' link2='b'/>"
    "<disable_default_collisions link='c'/>"
    "<enable_collisions link1='c' link2='a'/>"
    "<enable_collisions link1='b' link2='a'/>";

SrdfCollisions collisions_of(const std::string& text) {
  return parse_srdf(io_test::bytes_of(text), "dir/file");
}

/// Links a to e, of which the last two move with the same joint.
ArmDescription five_links() {
  ArmDescription arm;
  for (int i = 0; i < 5; ++i) arm.links.push_back({std::string(1, static_cast<char>('a' + i)), std::min(i, 3), {}, {}});
  return arm;
}

}  // namespace

TEST_CASE("srdf: pairs count more than links, disabled more than enabled") {
  const SrdfCollisions srdf = collisions_of(srdf_text(entries));
  CHECK(srdf.disabled.size() == 2);
  CHECK(!srdf.checks("a", "b"));
  CHECK(!srdf.checks("b", "a"));
  CHECK(srdf.checks("a", "c"));
  CHECK(srdf.checks("c", "a"));
  CHECK(!srdf.checks("c", "b"));
  CHECK(!srdf.checks("d", "c"));
  CHECK(srdf.checks("d", "e"));
}

TEST_CASE("srdf: the pairs of an arm") {
  const ArmDescription arm = five_links();
  const std::vector<std::string> without_shapes{"bare"};
  CHECK(self_collision_pairs(arm, collisions_of(srdf_text(entries)), "file", without_shapes) ==
        Pairs{{0, 2}, {0, 3}, {0, 4}, {1, 3}, {1, 4}});
  CHECK(self_collision_pairs(arm, collisions_of(srdf_text("")), "file").size() == 9);
}

TEST_CASE("srdf: names that the robot does not have are refused, with a prefix if that is it") {
  ArmDescription arm = five_links();
  const auto error_of = [&](const std::string& content) {
    return test::error_of([&] { self_collision_pairs(arm, collisions_of(srdf_text(content)), "file"); });
  };
  const std::string wanted = "file: wanted names of the robot's links, got ";
  CHECK(error_of(entries) == wanted + "'bare'");
  CHECK(error_of("<enable_collisions link1='a' link2='B'/>") == wanted + "'B'");
  CHECK(error_of("<disable_default_collisions link='x'/>") == wanted + "'x'");
  CHECK(error_of("<disable_collisions link1='a' link2='left_b'/><disable_collisions link1='left_c' link2='left_d'/>") ==
        wanted + "'left_b', 'left_c', 'left_d'; the robot has them without the prefix 'left_'");
  CHECK(error_of("<disable_collisions link1='left_a' link2='left_x'/>") == wanted + "'left_a', 'left_x'");
  std::string many;
  for (int i = 0; i < 9; ++i) many += "<disable_default_collisions link='x" + std::to_string(i) + "'/>";
  CHECK(error_of(many) == wanted + "'x0', 'x1', 'x2', 'x3' and 5 more");
  for (ArmLink& link : arm.links) link.name = "right_" + link.name;
  CHECK(error_of("<disable_collisions link1='a' link2='b'/>") ==
        wanted + "'a', 'b'; the robot has them with the prefix 'right_'");
}

TEST_CASE("srdf: as many entries as fit cost no more than their number") {
  // With a search of all entries for each pair of links this would take minutes.
  ArmDescription arm;
  std::string many;
  for (int i = 0; i < 1000; ++i) arm.links.push_back({"l" + std::to_string(i), i, {}, {}});
  for (int i = 0; i < 30000; ++i)
    many += "<disable_collisions link1='l" + std::to_string(i / 30) + "' link2='l" + std::to_string(i % 30) + "'/>";
  CHECK(self_collision_pairs(arm, collisions_of(srdf_text(many)), "file").size() == 499500 - 970 * 30 - 30 * 29 / 2);
}

TEST_CASE("srdf: what is no SRDF is refused") {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<a>";
  const std::vector<io_test::Hostile> files{
      {"", "not an SRDF"},
      {"no XML", "not an SRDF"},
      {srdf_text(entries).substr(0, 100), "not an SRDF: XML_ERROR_PARSING"},
      {"<sdf/>", "wanted the root element 'robot', got 'sdf'"},
      {srdf_text("") + "<robot/>", "wanted one root element"},
      {srdf_text("<xacro:macro name='m'>" + entries + "</xacro:macro>"), "'xacro:macro' is left of xacro"},
      {srdf_text("<disable_collisions link1='${prefix}a' link2='b'/>"),
       "line 1: disable_collisions: link1 '${prefix}a' is left of xacro"},
      {srdf_text("<disable_collision link1='a' link2='b'/>"), "disable_collision: wanted disable_collisions, enable_"},
      {srdf_text("<disable link1='a' link2='b'/>"), "disable: wanted disable_collisions, enable_collisions or"},
      {srdf_text("<disable_collisions link1='a' link2='b' resaon='x'/>"), "got the attribute 'resaon'"},
      {srdf_text("<disable_collisions link1='a' link2='b' link1='c'/>"),
       "wanted the attribute 'link1' once, got it twice"},
      {srdf_text("<disable_collisions link1='a' link2='b\xe9'/>"), "wanted link2 in UTF-8, got the byte 233 after 'b'"},
      {deep, "not an SRDF: XML_ELEMENT_DEPTH_EXCEEDED in line 1"},
      {srdf_text("\n<disable_collisions link1='a'/>"), "line 2: disable_collisions: wanted link2, got none"},
      {srdf_text("<disable_default_collisions/>"), "line 1: disable_default_collisions: wanted link, got none"},
      {std::string((2 << 20) + 1, ' '), "wanted at most 2097152 bytes, got 2097153"},
  };
  for (const io_test::Hostile& hostile : files) io_test::check_refused(hostile, parse_srdf);
}

TEST_CASE("srdf: files") {
  const io_test::Folder folder;
  io_test::write_text(folder / "arm.srdf", srdf_text(entries));
  CHECK(read_srdf(folder / "arm.srdf").enabled.size() == 2);
  CHECK(test::error_of([&] { read_srdf(folder / "missing.srdf"); }).ends_with("cannot read: no such file"));
}

TEST_CASE("srdf: a mutated file is read or refused") {
  io_test::check_survives_mutations(srdf_text(entries), parse_srdf);
}
