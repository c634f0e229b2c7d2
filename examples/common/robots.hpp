// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <type_traits>
#include <utility>

#include "mace/core/error.hpp"
#include "mace/geometry/arm.hpp"
#include "mace/robot/panda_arm.hpp"
#ifdef MACE_EXAMPLES_URDF
#include "mace/robot/urdf_arm.hpp"
#endif

/// Which robots the programs know, and how a program for any number of joints gets to the one that it was asked for.
namespace mace::examples {

/// The arm that a flag names: "panda", or a URDF file and the link that is its tip. Errors: what is wrong with either.
inline ArmDescription read_robot(const std::string& robot, const std::string& tip) {
  if (robot == "panda") {
    require(tip.empty(), "--tip: wanted it with a URDF file alone, got ", tip, " for the built-in panda");
    return panda_arm();
  }
#ifdef MACE_EXAMPLES_URDF
  require(!tip.empty(), "--tip: wanted the link whose position counts, to go with ", robot, ", got none");
  return read_urdf_arm(robot, tip);
#else
  fail("--robot: wanted panda, got ", robot, "; URDF files take a build with urdfdom");
#endif
}

/// The most joints that the programs are compiled for: each number takes the compiler some ten seconds. The library has no
/// such bound below its own, 16.
#ifndef MACE_PROGRAM_JOINTS
#define MACE_PROGRAM_JOINTS 8
#endif

/// Calls use(std::integral_constant<int, J>) for the J that is `joints`. Errors: fewer than 1 or more than the programs know.
template <class Use>
void with_joints(std::size_t joints, const Use& use) {
  const bool found = [&]<int... J>(std::integer_sequence<int, J...>) {
    return ((joints == J + 1 && (use(std::integral_constant<int, J + 1>()), true)) || ...);
  }
  (std::make_integer_sequence<int, MACE_PROGRAM_JOINTS>());
  require(found, "wanted an arm of 1 to ", MACE_PROGRAM_JOINTS, " joints that move, got ", joints,
          "; for more, configure with -DMACE_PROGRAM_JOINTS=", max_joints);
}

}  // namespace mace::examples
