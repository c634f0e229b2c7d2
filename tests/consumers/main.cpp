// SPDX-License-Identifier: Apache-2.0
// The smallest program that uses the library.
#include <mace/cpu.hpp>
#ifdef WITH_IK
#include <mace/ik.hpp>
#endif
#ifdef WITH_URDF
#include <mace/robot/urdf.hpp>
#endif
#ifdef WITH_BULLET
#include <mace/simulate/bullet.hpp>
#endif

int main() {
  auto exec = mace::cpu({.seed = 7, .threads = 1});
  static_cast<void>(exec);
#ifdef WITH_URDF
  try {
    mace::read_urdf_chain("missing.urdf", "tip");
    return 1;
  } catch (const mace::Error&) {
  }
#endif
#if defined(WITH_IK) || defined(WITH_BULLET)
  const mace::Polytope point = {{0, 0, 0}};
  const mace::ArmDescription slide{
      {"base", "tip", {{{mace::JointKind::prismatic, {}, 0, 1}, "slide"}}, {}}, {{"cart", 0, {point}, {}}}, {}};
#endif
#ifdef WITH_IK
  if (mace::solve_ik(slide, {}, mace::Vec<3, double>{0, 0, 0.5}).status != mace::IkStatus::solved) return 1;
#endif
#ifdef WITH_BULLET
  mace::Scene scene;
  scene.spheres = {{{{0, 0, 3}, 0.5}}};
  const double q = 1;
  const double clearance = mace::BulletArm<1>(slide, scene).clearance({&q, 1});
  if (clearance < 1.499 || clearance > 1.501) return 1;
#endif
}
