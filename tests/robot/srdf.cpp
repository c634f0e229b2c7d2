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
    "<disable_collisions link1='missing' link2='b'/>"
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
  CHECK(self_collision_pairs(arm, collisions_of(srdf_text(entries)), "file") ==
        Pairs{{0, 2}, {0, 3}, {0, 4}, {1, 3}, {1, 4}});
  CHECK(self_collision_pairs(arm, collisions_of(srdf_text("")), "file").size() == 9);
  const std::string other = "<disable_collisions link1='x' link2='y'/>";
  CHECK(test::error_of([&] { self_collision_pairs(arm, collisions_of(srdf_text(other)), "file"); }) ==
        "file: wanted pairs of this robot's links, got none that it has");
}

TEST_CASE("srdf: what is no SRDF is refused") {
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<a>";
  const std::vector<io_test::Hostile> files{
      {"", "not an SRDF"},
      {"no XML", "not an SRDF"},
      {srdf_text(entries).substr(0, 100), "not an SRDF: XML_ERROR_PARSING"},
      {"<sdf/>", "wanted the root element 'robot', got 'sdf'"},
      {deep, "not an SRDF: XML_ELEMENT_DEPTH_EXCEEDED in line 1"},
      {srdf_text("\n<disable_collisions link1='a'/>"), "line 2: wanted disable_collisions with link2"},
      {srdf_text("<disable_default_collisions/>"), "line 1: wanted disable_default_collisions with link"},
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
