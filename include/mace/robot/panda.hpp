// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/kinematics/serial_chain.hpp"

namespace mace {

/// The Franka Emika Panda, from its base frame `panda_link0` to `panda_grasptarget` between its fingertips, 0.105 m
/// beyond the hand's frame. (The `hand_tcp` of the URDF is at 0.1034 m.) The joint frames are the frames of
/// `panda_link1` to `panda_link7`.
///
/// Sources: origins, hand and limits from Franka Robotics' franka_description (github.com/frankaemika/franka_ros,
/// Apache-2.0); `grasptarget` from the Panda that comes with PyBullet (github.com/bulletphysics/bullet3,
/// data/franka_panda, Apache-2.0), whose `<limit>` elements are wider and not used here.
template <class Real = float>
MACE_HD constexpr SerialChain<7, Real> panda_chain() {
  using Axis = Vec<3, Real>;
  const Axis x{1, 0, 0}, y{0, 1, 0}, minus_y{0, -1, 0}, z{0, 0, 1}, minus_z{0, 0, -1};
  const Real h = Real(0.70710678118654752440);  // cos(pi / 4): the hand is rotated by -pi / 4 about z
  const auto turning = JointKind::revolute;
  // Axes (y to z is a roll of pi / 2, y to -z one of -pi / 2) and origin of each frame, and the limits in radians.
  return {{{turning, {x, y, z, {0, 0, Real(0.333)}}, Real(-2.8973), Real(2.8973)},
           {turning, {x, minus_z, y, {0, 0, 0}}, Real(-1.7628), Real(1.7628)},
           {turning, {x, z, minus_y, {0, Real(-0.316), 0}}, Real(-2.8973), Real(2.8973)},
           {turning, {x, z, minus_y, {Real(0.0825), 0, 0}}, Real(-3.0718), Real(-0.0698)},
           {turning, {x, minus_z, y, {Real(-0.0825), Real(0.384), 0}}, Real(-2.8973), Real(2.8973)},
           {turning, {x, z, minus_y, {0, 0, 0}}, Real(-0.0175), Real(3.7525)},
           {turning, {x, z, minus_y, {Real(0.088), 0, 0}}, Real(-2.8973), Real(2.8973)}},
          // The flange (origin of the hand's frame) is 0.107 m beyond joint 7, the target another 0.105 m.
          {Axis{h, -h, 0}, Axis{h, h, 0}, z, {0, 0, Real(0.212)}}};
}

}  // namespace mace
