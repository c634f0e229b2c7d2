// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

/// Makes small robots as URDF texts.
namespace robot_test {

/// A link, with what is inside it.
inline std::string link(const std::string& name, const std::string& inside = "") {
  return "<link name='" + name + "'>" + inside + "</link>";
}

inline const std::string limits = "<limit lower='-1' upper='2' effort='1' velocity='1'/>";

/// A joint called like its child.
inline std::string joint(const std::string& type, const std::string& parent, const std::string& child,
                         const std::string& inside = limits) {
  return "<joint name='" + child + "' type='" + type + "'><parent link='" + parent + "'/><child link='" + child +
         "'/>" + inside + "</joint>";
}

inline std::string robot(const std::string& content) {
  return "<robot name='test'>" + content + "</robot>";
}

/// A shape of a link; `origin` is where it stands there, as attributes of that element.
inline std::string collision(const std::string& shape, const std::string& origin = "xyz='0 0 0'") {
  return "<collision><origin " + origin + "/><geometry>" + shape + "</geometry></collision>";
}

}  // namespace robot_test
