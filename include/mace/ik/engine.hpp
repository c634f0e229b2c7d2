// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>

#include "mace/collision/arm.hpp"
#include "mace/collision/exact_check.hpp"
#include "mace/collision/scene.hpp"
#include "mace/ik/options.hpp"
#include "mace/ik/result.hpp"
#include "mace/kinematics/goal_region.hpp"

/// Programs that link to the target mace::ik find the search there, compiled once; all others compile it themselves.
#if defined(MACE_IK_COMPILED)
#define MACE_IK_INLINE
#else
#define MACE_IK_INLINE inline
#endif

namespace mace::detail {

/// The search behind IkSolver, for any number of joints.
class IkEngine {
 public:
  virtual ~IkEngine() = default;
  virtual void set_scene(const Scene& scene) = 0;
  virtual const IkResult& solve(std::span<const GoalRegion<>> goals, const IkOptions& options) = 0;
  virtual const ExactCheck& check() const = 0;
  virtual Pose<double> pose(std::span<const double> q) const = 0;
};

/// The engine for an arm, defined in ik/search_cpu.hpp.
/// @throws Error unless the arm has 1 to 16 joints, and whatever ExactCheck throws.
MACE_IK_INLINE std::unique_ptr<IkEngine> make_ik_engine(const ArmDescription& arm, const Scene& scene, int threads);

}  // namespace mace::detail
