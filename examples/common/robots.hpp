// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <type_traits>
#include <utility>

#include "common/device.hpp"
#include "mace/collision/arm.hpp"
#include "mace/core/error.hpp"
#include "mace/io/json.hpp"
#include "mace/io/scene.hpp"
#include "mace/robot/panda_arm.hpp"
#ifdef MACE_EXAMPLES_URDF
#include "mace/robot/urdf_arm.hpp"
#endif

/// Which robots the programs know, and how a program for any number of joints gets to the one that it was asked for.
namespace mace::examples {

/// Which arm: the built-in one, or a URDF file with what it leaves open.
struct RobotSettings {
  std::string name = "panda", tip, srdf;
};

inline void add_robot_flags(CLI::App& app, RobotSettings& s) {
  app.add_option("--robot", s.name, "panda, or a URDF file")->capture_default_str();
  app.add_option("--tip", s.tip, "of a URDF's links, the one whose position counts");
  app.add_option("--srdf", s.srdf,
                 "which pairs of a URDF's links are checked against each other; without it they are found by sampling");
}

/// Refuses names that neither a prior nor a page could hold, before the work that they are to label.
inline void require_utf8_names(const std::string& file, const ArmDescription& arm) {
  using mace::detail::require_utf8;
  require_utf8(arm.chain.base_name, file + ": the base's name");
  require_utf8(arm.chain.tip_name, file + ": the tip's name");
  for (const auto& joint : arm.chain.joints) require_utf8(joint.name, file + ": a joint's name");
  for (const ArmLink& link : arm.links) require_utf8(link.name, file + ": a link's name");
}

/// The arm that the flags name, with what its joints beside the chain stand at. Errors: what is wrong with its files;
/// flags, and `fingers` of a scene file, that do not go together.
inline ArmDescription read_robot(const RobotSettings& s, const SceneFile& fingers = {}) {
  if (s.name == "panda") {
    for (const auto& [flag, value] : {std::pair{"--tip", &s.tip}, std::pair{"--srdf", &s.srdf}})
      require(value->empty(), flag, ": wanted it with a URDF file alone, got ", *value, " for the built-in panda");
    require(fingers.joint_values.empty(), "fingers: wanted a number, the opening of the built-in panda, got an object");
    const double opening = fingers.opening.value_or(0);
    require(opening <= 0.08, "fingers: wanted an opening of 0 to 0.08 m, got ", opening);
    return panda_arm({.finger_opening = 0.5 * opening});
  }
  require(!fingers.opening, "fingers: wanted an object, positions of the joints of ", s.name, ", got a number");
#ifdef MACE_EXAMPLES_URDF
  require(!s.tip.empty(), "--tip: wanted the link whose position counts, to go with ", s.name, ", got none");
  const ArmDescription arm = read_urdf_arm(s.name, s.tip, {.srdf = s.srdf, .joint_values = fingers.joint_values});
  require_utf8_names(s.name, arm);
  return arm;
#else
  fail("--robot: wanted panda, got ", s.name, "; URDF files take a build with TinyXML-2");
#endif
}

/// The fewest and the most joints that the programs are compiled for: each number takes the compiler some ten seconds.
/// The library knows 1 to 16.
#ifndef MACE_PROGRAM_JOINTS_MIN
#define MACE_PROGRAM_JOINTS_MIN 5
#define MACE_PROGRAM_JOINTS_MAX 7
#endif

/// Calls use(std::integral_constant<int, J>) for the J that is `joints`. Errors: a number that the programs do not
/// know.
template <class Use>
void with_joints(std::size_t joints, const Use& use) {
  constexpr int least = MACE_PROGRAM_JOINTS_MIN, most = MACE_PROGRAM_JOINTS_MAX;
  static_assert(least >= 1 && least <= most && most <= max_joints);
  const bool found = [&]<int... J>(std::integer_sequence<int, J...>) {
    return ((joints == least + J && (use(std::integral_constant<int, least + J>()), true)) || ...);
  }
  (std::make_integer_sequence<int, most - least + 1>());
  require(found, "wanted an arm of ", least, " to ", most, " joints that move, got ", joints,
          "; for others, configure with -DMACE_PROGRAM_JOINTS_MIN and -DMACE_PROGRAM_JOINTS_MAX, 1 to ", max_joints);
}

/// The joints of the arms that the programs can take to a device: each number takes nvcc minutes.
#ifndef MACE_PROGRAM_CUDA_JOINTS
#define MACE_PROGRAM_CUDA_JOINTS 7
#endif

/// on_device for an arm. Errors: cuda asked for an arm of other joints than the programs are compiled for.
template <int Joints, class Use>
void on_arm_device(const std::string& device, const CpuOptions& options, const Use& use) {
  if constexpr (Joints == MACE_PROGRAM_CUDA_JOINTS) {
    on_device(device, options, use);
  } else {
    require(device == "cpu", "--device cuda: wanted an arm of ", MACE_PROGRAM_CUDA_JOINTS, " joints that move, got ",
            Joints, "; for those, configure with -DMACE_PROGRAM_CUDA_JOINTS=", Joints);
    Cpu host = cpu(options);
    use(host, host);
  }
}

}  // namespace mace::examples
