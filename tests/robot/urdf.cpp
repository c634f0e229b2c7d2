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
  const auto once = Pose<double>::from_rpy({0.1, 0.2, 0.3}, {1, 2, 3});
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
  const std::string abc = link("a") + link("b") + link("c");
  const std::vector<io_test::Hostile> refused = {
      {"", "not a URDF"},
      {"no XML", "not a URDF"},
      {robot(link("a")).substr(0, 40), "not a URDF: XML_ERROR_PARSING"},
      {"<sdf/>", "not a URDF: wanted the root element 'robot', got 'sdf'"},
      {robot(link("a")) + robot(link("a")), "wanted one root element, got more"},
      {robot(link("a")) + "text", "not a URDF: XML_ERROR_PARSING_TEXT in line 1"},
      {std::string("\xff\xfe<\0", 4), "not a URDF: wanted UTF-8, got UTF-16"},
      {robot(link("a")) + std::string(1, '\0'), "not a URDF: wanted text, got a zero at byte 49"},
      {"<robot version='x' name='a'/>", "robot: wanted version 1.0, 1.1 or 1.2, got 'x'"},
      {"<robot/>", "robot: wanted name, got none"},
      {robot(""), "robot: wanted links, got none"},
      {robot(link("a") + link("a")), "link: wanted different names of links, got 'a' twice"},
      {robot(abc + joint("fixed", "a", "b") + joint("fixed", "c", "b")),
       "wanted different names of joints, got 'b' twice"},
      {robot(link("b") + joint("fixed", "a", "b")), "joint 'b': parent: wanted the name of a link, got 'a'"},
      {robot(link("a") + joint("fixed", "a", "b")), "joint 'b': child: wanted the name of a link, got 'b'"},
      {robot(abc + joint("fixed", "a", "b")),
       "wanted a tree, but it has two roots, links that are no joint's child: 'a' and 'c'"},
      {robot(link("a") + link("b") + joint("fixed", "a", "b") + joint("fixed", "b", "a")), "but it has no root"},
      {robot(link("root") + abc + joint("fixed", "a", "b") + joint("fixed", "b", "c") + joint("fixed", "c", "a")),
       "wanted a tree, but some links form a cycle"},
      {robot(abc + joint("fixed", "a", "c") + joint("fixed", "c", "b") + "<joint name='z' type='fixed'>" +
             "<parent link='a'/><child link='b'/></joint>"),
       "joint 'z': wanted a tree, but link 'b' is the child of two joints, this one and 'b'"},
      {robot(link("a")), "has no link 'b'"},
      {robot(link("b")), "link 'b' is the root"},
      {two_links("fixed"), "wanted 1 to 16 joints that move on the way to 'b', got 0"},
      {two_links("floating"), "joint 'b': wanted a fixed, revolute, continuous or prismatic one"},
      {two_links("planar"), "got a floating or planar one"},
      {two_links("Revolute"), "joint 'b': wanted the type fixed, revolute, continuous, prismatic, floating or planar"},
      {two_links("revolute", limits + "<mimic joint='b'/>"), "joint 'b': wanted one that moves by itself"},
      {two_links("revolute", limits + "<mimic joint='c'/>"), "joint 'b': mimic: wanted the name of a joint, got 'c'"},
      {two_links("revolute", limits + "<axis xyz='0 0 0'/>"), "joint 'b': wanted an axis"},
      {two_links("prismatic", limits + "<origin xyz='1e200 0 0'/>"), "joint 'b': wanted a finite origin"},
      {repeated("<a>", 100000), "not a URDF: XML_ELEMENT_DEPTH_EXCEEDED in line 1"},
      {std::string((2 << 20) + 1, ' '), "wanted at most 2097152 bytes, got 2097153"},
  };
  for (const io_test::Hostile& hostile : refused)
    io_test::check_refused(hostile, [](const auto& bytes, const char* name) { parse_urdf_chain(bytes, "b", name); });
}

TEST_CASE("urdf: an attribute or element that URDF does not have is refused by its name") {
  const auto beside = [&](const std::string& more) {
    return robot(link("a") + link("b") + joint("revolute", "a", "b") + more);
  };
  const auto in_link = [&](const std::string& inside) {
    return robot(link("a") + link("b", inside) + joint("revolute", "a", "b"));
  };
  const auto in_joint = [&](const std::string& inside) { return two_links("revolute", limits + inside); };
  const auto shape = [&](const std::string& text) { return in_link(robot_test::collision(text)); };
  const std::vector<io_test::Hostile> refused = {
      {"<robot name='a' verison='1.0'><link name='b'/></robot>",
       "robot: wanted name, version, got the attribute 'verison'"},
      {robot("<link name='b' parent='a'/>"), "link 'b': wanted name, type, got the attribute 'parent'"},
      {robot(link("a") + link("b") + "<joint name='b' type='fixed' parent='a'/>"), "joint 'b': wanted name, type, got"},
      {robot("<link/>"), "link: wanted name, got none"},
      {robot("<link name=''/>"), "link: wanted name with some characters"},
      {in_joint("<origin xyz='0 0 1' quat_xyzw='1 0 0 0'/>"),
       "joint 'b': origin: wanted xyz, rpy, got the attribute 'quat_xyzw'"},
      {in_joint("<origin xyz='0 0 1' rpi='1 0 0'/>"), "joint 'b': origin: wanted xyz, rpy, got the attribute 'rpi'"},
      {in_joint("<origin xyz='0 0 1' xyz='0 0 2'/>"),
       "line 1: wanted the attribute 'xyz' once, got it twice in an element"},
      {in_joint("<origin/><origin/>"), "joint 'b': wanted origin once, got it twice"},
      {in_joint("<origin>0 0 1</origin>"), "joint 'b': origin: wanted its values as attributes, got the text '0 0 1'"},
      {in_joint("<axis rpy='0 0 1'/>"), "joint 'b': axis: wanted xyz, got the attribute 'rpy'"},
      {in_joint("<mimic name='b'/>"), "joint 'b': mimic: wanted joint, multiplier, offset, got the attribute 'name'"},
      {in_joint("<safety_controller k_velocity='1' soft_lower='0'/>"), "joint 'b': safety_controller: wanted"},
      {in_joint("<limits lower='0' upper='1'/>"), "joint 'b': got the unknown element 'limits' in line 1"},
      {two_links("revolute", "<limit lower='-1' uper='1' effort='1' velocity='1'/>"),
       "joint 'b': limit: wanted lower,"},
      {two_links("revolute", "<limit lower='-1' upper='1'/>"), "joint 'b': limit: wanted effort, got none"},
      {two_links("revolute", ""), "joint 'b': wanted the element limit, got none"},
      {robot(link("a") + link("b") + "<joint name='b' type='fixed'><child link='b'/></joint>"),
       "joint 'b': wanted the element parent, got none"},
      {in_link("<colision/>"), "link 'b': got the unknown element 'colision'"},
      {in_link("<inertial><mass value='1'/></inertial>"), "link 'b': inertial: wanted the element inertia, got none"},
      {in_link("<collision/>"), "link 'b': collision: wanted the element geometry, got none"},
      {in_link("<collision><geometry/></collision>"), "link 'b': geometry: wanted a shape, got none"},
      {in_link("<collision pose='0'><geometry/></collision>"), "collision: wanted name, group, mask, concave, got"},
      {in_link("<collision><pose>1 0 0</pose><geometry/></collision>"), "collision: got the unknown element 'pose'"},
      {in_link("<v:body><v:part><geometry/></v:part></v:body>"), "link 'b': got the unknown element 'v:body'"},
      {shape("<box size='1 1 1'/><sphere radius='1'/>"), "link 'b': geometry: wanted one shape, got more"},
      {shape("<box><size>1 1 1</size></box>"), "link 'b': box: got the unknown element 'size'"},
      {shape("<box size='1 1'/>"), "link 'b': box: wanted 3 finite numbers as size, got '1 1'"},
      {shape("<sphere size='1'/>"), "link 'b': sphere: wanted radius, got the attribute 'size'"},
      {shape("<cylinder radius='1' height='1'/>"),
       "link 'b': cylinder: wanted radius, length, got the attribute 'height'"},
      {shape("<mesh file='a.stl'/>"), "link 'b': mesh: wanted filename, scale, got the attribute 'file'"},
      {shape("<mesh filename='a.stl' scale='2'/>"), "link 'b': mesh: wanted 3 finite numbers as scale, got '2'"},
      {shape("<capsule radius='1' length='1'/>"),
       "capsule: wanted box, cylinder, sphere or mesh, or capsule with version"},
      {beside("<jont name='c'><parent link='a'/></jont>"), "jont: wanted link or joint, got this unknown element"},
      {beside("<Link name='c'/>"), "Link: wanted link or joint, got this unknown element"},
      {beside("<include filename='arm.xacro'/>"), "include: wanted link or joint, got this unknown element"},
  };
  for (const io_test::Hostile& hostile : refused)
    io_test::check_refused(hostile, [](const auto& bytes, const char* name) { parse_urdf_chain(bytes, "b", name); });
}

TEST_CASE("urdf: what other programs find in a URDF is ignored") {
  const std::string other =
      "<material name='red'><color rgba='1 0 0 1'/></material><material name='red'/>"
      "<gazebo reference='b'><collision><geometry><box/></geometry></collision><plugin file='$(find x)'/></gazebo>"
      "<transmission name='t'><joint name='b'/></transmission><ros2_control name='c'><joint name='b'/></ros2_control>"
      "<sensor name='s'><origin/></sensor><frame name='f' link='b'/><drake:ignore_self_collisions/>";
  const std::string inside =
      "<visual><origin rpi='1'/><geometry><mesh filename='package://none/v.dae'/></geometry></visual>"
      "<inertial><origin/><mass value='1'/><inertia ixx='1'/></inertial><contact/><v:color v:red='1'/>"
      "<collision name='x' group='y'><geometry><box size='1 1 1'/></geometry><v:friction/></collision>";
  const std::string xml = "<robot name='a' xmlns:v='http://v' v:w='1'>" + link("a") + link("b", inside) +
                          joint("revolute", "a", "b", limits + "<dynamics damping='1'/><calibration rising='1'/>") +
                          other + "</robot>";
  CHECK(chain_of(xml).joints.size() == 1);
}

TEST_CASE("urdf: what xacro should have replaced is refused by its name") {
  const std::string abc = link("a") + link("b") + joint("revolute", "a", "b");
  const std::string x = "xmlns:x='http://www.ros.org/wiki/xacro'";
  const std::vector<io_test::Hostile> refused = {
      {robot(abc + "<xacro:include filename='x'/>"), "line 1: 'xacro:include' is left of xacro; wanted the file that"},
      {robot(link("a") + link("b", std::string("<xacro:body n='2'/>")) + joint("revolute", "a", "b")),
       "line 1: link 'b': 'xacro:body' is left of xacro"},
      {two_links("revolute", limits + "<xacro:limits_of n='2'/>"), "joint 'b': 'xacro:limits_of' is left of xacro"},
      {robot(link("a") + link("b", std::string("<visual><xacro:mesh/></visual>")) + joint("revolute", "a", "b")),
       "link 'b': 'xacro:mesh' is left of xacro"},
      {robot(abc + "<gazebo><xacro:plugin/></gazebo>"), "'xacro:plugin' is left of xacro"},
      {"<robot name='a' " + x + ">" + abc + "<x:property name='p' value='1'/></robot>",
       "'x:property' is left of xacro"},
      {two_links("revolute", limits + "<origin xyz='0 0 ${h}'/>"),
       "joint 'b': origin: xyz '0 0 ${h}' is left of xacro"},
      {"<robot name='$(arg name)'>" + abc + "</robot>", "robot: name '$(arg name)' is left of xacro"},
      {robot(link("a") + link("${p}b")), "link '${p}b': link: name '${p}b' is left of xacro"},
  };
  for (const io_test::Hostile& hostile : refused)
    io_test::check_refused(hostile, [](const auto& bytes, const char* name) { parse_urdf_chain(bytes, "b", name); });
  CHECK(chain_of("<robot name='a' " + x + ">" + abc + "</robot>").joints.size() == 1);
}

TEST_CASE("urdf: numbers with blanks, tabs and line ends, signs and exponents, in any locale") {
  const auto tip_of = [](const std::string& xyz) {
    return chain_of(two_links("prismatic", limits + "<origin xyz='" + xyz + "'/>")).joints[0].origin.position;
  };
  for (const char* const xyz :
       {" 1  -0.5 20 ", "1\t-.5\n20", "\r\n1.\r\n-5e-1 +2E+1\r\n", "+1 -0.5 2e1", "1&#9;-0.5&#10;20"}) {
    CAPTURE(xyz);
    CHECK(norm(tip_of(xyz) - Vec<3, double>{1, -0.5, 20}) < 1e-15);
  }
  for (const char* const xyz : {"0 0 nan", "0 0 inf", "0 0 0x1", "0 0 0,1", "0, 0, 1", "0 0", "0 0 0 0", "0 0 1e999",
                                "", "0 0 +-1", "0 0 1m", "0 0 --1"}) {
    CAPTURE(xyz);
    CHECK_THROWS_WITH_AS(tip_of(xyz), doctest::Contains("joint 'b': origin: wanted "), Error);
  }
  const auto limits_of = [](const std::string& values) {
    const auto joint = chain_of(two_links("revolute", "<limit " + values + " effort='1' velocity='1'/>")).joints[0];
    return std::pair{joint.lower, joint.upper};
  };
  CHECK(limits_of("lower='-2.0 ' upper='\n2.0'") == std::pair{-2.0, 2.0});
  CHECK(limits_of("lower='-2.5e+00' upper='+2.5E0'") == std::pair{-2.5, 2.5});
  CHECK(limits_of("upper='2'") == std::pair{0.0, 2.0});
  for (const char* const values : {"lower='2' upper='-1'", "lower='-inf' upper='inf'", "lower='0' upper='1e999'",
                                   "lower='-1e16' upper='1e16'", "lower='0' upper='1 2'"})
    CHECK_THROWS_WITH_AS(limits_of(values), doctest::Contains("joint 'b': "), Error);
}

TEST_CASE("urdf: a byte order mark, line ends of Windows, a declaration") {
  const std::string xml = two_links("revolute", "\r\n" + limits + "\r\n");
  for (const std::string& before :
       {std::string("\xef\xbb\xbf"), std::string("<?xml version='1.0' encoding='utf-8'?>\r\n"),
        std::string("\xef\xbb\xbf<?xml version='1.0'?><!DOCTYPE robot><!-- \xc3\xbc -->")}) {
    CHECK(chain_of(before + xml + "\r\n").joints.size() == 1);
  }
}

TEST_CASE("urdf: names are any text in UTF-8") {
  const auto joint_named = [](const std::string& name) {
    return robot(link("a") + link("b") + "<joint name='" + name +
                 "' type='revolute'><parent link='a'/><child link='b'/>" + limits + "</joint>");
  };
  const auto name_of = [&](const std::string& name) { return chain_of(joint_named(name)).joints[0].name; };
  CHECK(name_of("axis 1, base") == "axis 1, base");
  CHECK(name_of("axis \"2\"") == "axis \"2\"");
  CHECK(name_of("&lt;/script&gt;") == "</script>");
  CHECK(name_of("a&#10;b") == "a\nb");
  CHECK(name_of("achse \xc3\xb6 \xe2\x82\xac \xf0\x9f\xa6\xbe") == "achse \xc3\xb6 \xe2\x82\xac \xf0\x9f\xa6\xbe");
  // Latin-1, an overlong form, a surrogate, beyond U+10FFFF, a character cut short.
  for (const char* const name :
       {"pr\xe9", "pr\xc0\xaf", "pr\xed\xa0\x80", "pr\xf4\x90\x80\x80", "pr\xe2\x82", "pr\xff"}) {
    const std::string error = test::error_of([&] { name_of(name); });
    CHECK(error.starts_with("dir/file: line 1: joint: wanted name in UTF-8, got the byte "));
    CHECK(error.ends_with(" after 'pr'"));
  }
}

TEST_CASE("urdf: soft limits narrow the limits") {
  const auto limits_of = [](const std::string& type, const std::string& soft) {
    const auto joint = chain_of(two_links(type, limits + "<safety_controller k_velocity='0' " + soft + "/>")).joints[0];
    return std::pair{joint.lower, joint.upper};
  };
  const double pi = std::numbers::pi;
  CHECK(limits_of("revolute", "soft_lower_limit='-0.4' soft_upper_limit='0.4' k_position='20'") ==
        std::pair{-0.4, 0.4});
  CHECK(limits_of("prismatic", "soft_lower_limit='-3' soft_upper_limit='0.5'") == std::pair{-1.0, 0.5});
  CHECK(limits_of("revolute", "k_position='20'") == std::pair{-1.0, 2.0});
  CHECK(limits_of("continuous", "soft_lower_limit='2' soft_upper_limit='4'") == std::pair{2.0, 4.0});
  CHECK(limits_of("continuous", "soft_lower_limit='-9' soft_upper_limit='9'") == std::pair{-pi, pi});
  const auto error_of = [&](const std::string& soft) { return test::error_of([&] { limits_of("revolute", soft); }); };
  const std::string at = "dir/file: line 1: joint 'b': safety_controller: wanted ";
  CHECK(error_of("soft_lower_limit='1' soft_upper_limit='0'") ==
        at + "the lower soft limit not above the upper, got 1 to 0");
  CHECK(error_of("soft_lower_limit='3' soft_upper_limit='4'") ==
        at + "a soft limit within the limits -1 to 2, got 3 to 4");
  CHECK(error_of("soft_upper_limit='1'") == at + "both soft limits or neither, got one");
}

TEST_CASE("urdf: a joint whose limits are equal is held there") {
  const auto arm_with = [](const std::string& limit, const std::string& type = "revolute") {
    return robot(link("a") + link("b") + link("c") + joint("revolute", "a", "b") +
                 joint(type, "b", "c", limit + "<origin xyz='1 0 0'/><axis xyz='0 0 1'/>"));
  };
  const ChainDescription held = chain_of(arm_with("<limit lower='0.5' upper='0.5' effort='1' velocity='1'/>"), "c");
  REQUIRE(held.joints.size() == 1);
  const ChainDescription moving = chain_of(arm_with(limits), "c");
  const Pose<double> is = held.chain<1, double>().pose({0.3}), wanted = moving.chain<2, double>().pose({0.3, 0.5});
  CHECK(norm(is.position - wanted.position) < 1e-15);
  CHECK(norm(is.x - wanted.x) < 1e-15);
  CHECK(norm(is.y - wanted.y) < 1e-15);
  // Limits without values are zero, up to version 1.1.
  CHECK(chain_of(arm_with("<limit effort='1' velocity='1'/>"), "c").joints.size() == 1);
  CHECK(norm(chain_of(arm_with("<limit lower='2' upper='2' effort='1' velocity='1'/>", "prismatic"), "c")
                 .chain<1, double>()
                 .pose({})
                 .position -
             Vec<3, double>{1, 0, 2}) < 1e-15);
  CHECK(test::error_of([] { chain_of(two_links("revolute", "<limit effort='1' velocity='1'/>")); }) ==
        "dir/file: wanted 1 to 16 joints that move on the way to 'b', got 0");
}

TEST_CASE("urdf: version 1.1 has quaternions, 1.2 limits that may be missing") {
  const auto of_version = [](const std::string& version, const std::string& inside) {
    return "<robot name='a' version='" + version + "'>" + link("a") + link("b") + joint("revolute", "a", "b", inside) +
           "</robot>";
  };
  for (const char* const version : {"1", "1.0", "1.1", "1.2"})
    CHECK(chain_of(of_version(version, limits)).joints.size() == 1);
  CHECK_THROWS_AS(chain_of(of_version("2.0", limits)), Error);
  const double h = std::sqrt(0.5);
  const std::string turned =
      "<axis xyz='0 0 1'/><origin xyz='0 0 1' quat_xyzw='0.70710678118654752 0 0 0.70710678118654752'/>";
  const Pose<double> origin = chain_of(of_version("1.1", limits + turned)).joints[0].origin;
  CHECK(norm(origin.position - Vec<3, double>{0, 0, 1}) < 1e-15);
  CHECK(norm(origin.y - Vec<3, double>{0, 0, 2 * h * h}) < 1e-15);  // a quarter turn about x
  const auto error_of = [&](const std::string& version, const std::string& inside) {
    return test::error_of([&] { chain_of(of_version(version, inside)); });
  };
  CHECK(error_of("1.0", limits + turned).ends_with("origin: wanted xyz, rpy, got the attribute 'quat_xyzw'"));
  CHECK(error_of("1.2", limits + "<origin rpy='0 0 0' quat_xyzw='0 0 0 1'/>")
            .ends_with("wanted rpy or quat_xyzw, got both"));
  CHECK(error_of("1.2", limits + "<origin quat_xyzw='0 0 0 2'/>").ends_with("wanted a quat_xyzw of length 1, got 2"));
  CHECK(chain_of(of_version("1.2", "<limit lower='-1' upper='1' jerk='5'/>")).joints[0].upper == 1);
  CHECK(test::contains(error_of("1.2", "<limit upper='1'/>"), "joint 'b': wanted limits from -1e4 to 1e4 at most"));
}

TEST_CASE("urdf: sixteen joints and no more") {
  CHECK(chain_of(row_of_links(16), "16").chain<16>().joints == 16);
  CHECK(chain_of(row_of_links(30), "16").joints.size() == 16);
  CHECK(test::error_of([] { chain_of(row_of_links(17), "17"); }) ==
        "dir/file: wanted 1 to 16 joints that move on the way to '17', got 17");
  // A long row neither overflows the stack nor takes for ever.
  CHECK_THROWS_AS(chain_of(row_of_links(10000), "10000"), Error);
}

TEST_CASE("urdf: very many attributes are refused at once") {
  std::string many;
  for (int i = 0; i < 200000; ++i) many += " a" + std::to_string(i) + "=''";
  CHECK(test::error_of([&] { chain_of("<robot" + many + "/>"); }) ==
        "dir/file: line 1: wanted at most 100 attributes in an element, got more");
  CHECK(test::contains(test::error_of([&] { chain_of("<robot\n\n<a " + many + "/>"); }), "XML_ERROR"));
}

TEST_CASE("urdf: comments do not count as depth") {
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
