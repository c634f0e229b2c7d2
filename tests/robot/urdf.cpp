// SPDX-License-Identifier: Apache-2.0
#include "mace/robot/urdf.hpp"

#include <doctest/doctest.h>

#include <numbers>
#include <string>
#include <vector>

#include "io/support.hpp"
#include "mace/robot/panda.hpp"
#include "reference/values.hpp"
#include "robot/chain_check.hpp"
#include "robot/urdf_text.hpp"
#include "support/errors.hpp"
#include "support/jacobian_check.hpp"

/// urdfdom itself leaks links that form a cycle: they own each other.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:liburdfdom_model";
}

using namespace mace;
using robot_test::check_kinematics;
using robot_test::joint;
using robot_test::limits;
using robot_test::link;
using robot_test::robot;

namespace {

/// Links a and b with a joint between them.
std::string two_links(const std::string& type, const std::string& inside = limits) {
  return robot(link("a") + link("b") + joint(type, "a", "b", inside));
}

ChainDescription chain_of(const std::string& xml, const std::string& tip = "b") {
  return parse_urdf_chain(io_test::bytes_of(xml), tip, "dir/file");
}

/// A row of links from "0" to `count`, each joint a hinge.
std::string row_of_links(int count) {
  std::string content = link("0");
  for (int i = 1; i <= count; ++i)
    content += link(std::to_string(i)) + joint("revolute", std::to_string(i - 1), std::to_string(i));
  return robot(content);
}

std::string repeated(const std::string& text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("urdf: every kind of joint") {
  const std::string origin = "<origin xyz='1 2 3' rpy='0.1 0.2 0.3'/>";
  const ChainDescription description = chain_of(
      robot(link("a") + link("b") + link("c") + link("d") + link("e") + link("beside") +
            joint("fixed", "a", "b", origin) + joint("revolute", "b", "c", limits + origin + "<axis xyz='1 -2 2'/>") +
            joint("continuous", "c", "d", "<axis xyz='0 0 -1'/>") + joint("prismatic", "d", "e", limits) +
            joint("floating", "b", "beside")),
      "e");
  CHECK(description.base_name == "a");
  CHECK(description.tip_name == "e");
  REQUIRE(description.joints.size() == 3);
  CHECK(description.joints[0].name == "c");
  CHECK(description.joints[0].lower == -1);
  CHECK(description.joints[0].upper == 2);
  CHECK(description.joints[1].kind == JointKind::revolute);
  CHECK(description.joints[1].upper == std::numbers::pi);
  CHECK(description.joints[2].kind == JointKind::prismatic);

  const auto chain = description.chain<3, double>();
  // The hinge turns about (1, -2, 2) / 3 of its link, whose axes are those of two equal turns in a row.
  urdf::Pose origins;
  origins.position = {1, 2, 3};
  origins.rotation.setFromRPY(0.1, 0.2, 0.3);
  const Pose<double> once = detail::to_pose(origins);
  const Vec<3, double> axis = (once * once).rotate({1.0 / 3, -2.0 / 3, 2.0 / 3});
  const Vec<3, double> q{0.4, -0.5, 0.6};
  const auto frames = chain.frames(q);
  CHECK(norm(frames.joint[0].z - axis) < 1e-15);
  CHECK(norm(frames.joint[0].position - once * once.position) < 1e-15);
  CHECK(test::jacobian_error(chain, q) < 1e-9);
  // At q = 0 the tip's frame is what the origins alone make of it.
  CHECK(norm(chain.pose({}).x - (once * once).x) < 1e-15);
  CHECK(norm(chain.pose({}).z - (once * once).z) < 1e-15);
}

TEST_CASE("urdf: forward kinematics of other robots agree with KDL") {
  struct Row {
    const char* folder;
    const char* tip;
  };
  for (const Row& row : {Row{"xarm6", "link6"}, Row{"kr5_sixx_r650", "palm"}}) {
    CAPTURE(row.folder);
    const std::string name = row.folder;
    const ChainDescription description = read_urdf_chain(reference::path(name + "/" + name + ".urdf"), row.tip);
    const auto rows = reference::read_values(name + "/kinematics.csv").rows;
    REQUIRE(rows.size() == 200);
    check_kinematics(description.chain<6>(), rows, 1e-6);
    check_kinematics(description.chain<6, double>(), rows, 1e-12);
  }
}

TEST_CASE("urdf: the Panda's file and its constants are the same chain") {
  const ChainDescription description = read_urdf_chain(reference::path("panda/panda.urdf"), "panda_grasptarget");
  const auto read = description.chain<7, double>(), built_in = panda_chain<double>();
  check_kinematics(read, reference::read_values("panda/kinematics.csv").rows, 1e-12);
  for (int i = 0; i < 7; ++i) {
    CHECK(read.joint[i].lower == built_in.joint[i].lower);
    CHECK(read.joint[i].upper == built_in.joint[i].upper);
    CHECK(norm(read.joint[i].origin.position - built_in.joint[i].origin.position) < 1e-15);
    CHECK(norm(read.joint[i].origin.y - built_in.joint[i].origin.y) < 1e-15);
  }
}

TEST_CASE("urdf: what is no chain is refused with its reason") {
  const std::string reversed = "<limit lower='2' upper='-1' effort='1' velocity='1'/>";
  const std::string infinite = "<limit lower='-inf' upper='1e999' effort='1' velocity='1'/>";
  const std::string abc = link("a") + link("b") + link("c");
  const std::vector<io_test::Hostile> refused = {
      {"", "not a URDF"},
      {"no XML", "not a URDF"},
      {robot(link("a")).substr(0, 40), "not a URDF"},
      {"<robot version='x' name='a'/>", "not a URDF"},
      {robot(""), "not a URDF: 'No link elements found"},
      {two_links("revolute", ""), "not a URDF"},
      {two_links("revolute", infinite), "not a URDF"},
      {two_links("revolving"), "not a URDF"},
      {robot(link("b") + joint("fixed", "a", "b")), "not a URDF"},
      {robot(abc + joint("fixed", "a", "b")), "Two root links"},
      {robot(link("a") + link("b") + joint("fixed", "a", "b") + joint("fixed", "b", "a")), "No root link"},
      {robot(link("root") + abc + joint("fixed", "a", "b") + joint("fixed", "b", "a") + joint("fixed", "a", "c")),
       "wanted a tree, but some links form a cycle"},
      {robot(abc + joint("fixed", "a", "c") + joint("fixed", "c", "b") + "<joint name='z' type='fixed'>" +
             "<parent link='a'/><child link='b'/></joint>"),
       "wanted a tree, but link 'b' is the child of two joints"},
      {robot(link("a")), "has no link 'b'"},
      {robot(link("b")), "link 'b' is the root"},
      {two_links("fixed"), "wanted 1 to 16 joints that move on the way to 'b', got 0"},
      {two_links("floating"), "joint 'b': wanted a fixed, revolute, continuous or prismatic one"},
      {two_links("planar"), "got a floating or planar one"},
      {two_links("revolute", limits + "<mimic joint='c'/>"), "joint 'b': wanted one that moves by itself"},
      {two_links("revolute", limits + "<axis xyz='0 0 0'/>"), "joint 'b': wanted an axis"},
      {two_links("prismatic", reversed), "the lower not above the upper, got 2 to -1"},
      {two_links("prismatic", limits + "<origin xyz='1e200 0 0'/>"), "joint 'b': wanted a finite origin"},
      {repeated("<a>", 100000), "at most 100 XML elements inside each other"},
      {repeated("</a>", 1000) + repeated("<a b='/>'>", 1000), "at most 100 XML elements inside each other"},
      {std::string((2 << 20) + 1, ' '), "wanted at most 2097152 bytes, got 2097153"},
  };
  for (const io_test::Hostile& hostile : refused)
    io_test::check_refused(hostile, [](const auto& bytes, const char* name) { parse_urdf_chain(bytes, "b", name); });
}

TEST_CASE("urdf: sixteen joints and no more") {
  CHECK(chain_of(row_of_links(16), "16").chain<16>().joints == 16);
  CHECK(chain_of(row_of_links(30), "16").joints.size() == 16);
  CHECK(test::error_of([] { chain_of(row_of_links(17), "17"); }) ==
        "dir/file: wanted 1 to 16 joints that move on the way to '17', got 17");
  // A long row neither overflows the stack nor takes for ever.
  CHECK_THROWS_AS(chain_of(row_of_links(10000), "10000"), Error);
}

TEST_CASE("urdf: comments and declarations do not count as depth") {
  const std::string around = "<?xml version='1.0'?>" + repeated("<!-- <a> -->", 200);
  CHECK(chain_of(around + two_links("prismatic")).joints.size() == 1);
}

TEST_CASE("urdf: files") {
  const io_test::Folder folder;
  io_test::write_text(folder / "arm.urdf", two_links("revolute"));
  CHECK(read_urdf_chain(folder / "arm.urdf", "b").joints.size() == 1);
  const auto error_of = [&](const char* name) { return test::error_of([&] { read_urdf_chain(folder / name, "b"); }); };
  CHECK(error_of("missing.urdf").ends_with("missing.urdf: cannot read: no such file"));
  CHECK(error_of(".").ends_with("wanted a file, got a folder"));
  std::filesystem::resize_file(folder / "arm.urdf", std::uintmax_t{1} << 40);
  CHECK(error_of("arm.urdf").ends_with("wanted at most 2097152 bytes, got 1099511627776"));
}

TEST_CASE("urdf: damaged files are read or refused") {
  io_test::check_survives_mutations(two_links("revolute", limits + "<axis xyz='0 1 0'/>"),
                                    [](const auto& bytes, const char* name) { parse_urdf_chain(bytes, "b", name); });
}
