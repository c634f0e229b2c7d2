// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "mace/collision/arm.hpp"
#include "mace/collision/scene.hpp"
#include "mace/kinematics/serial_chain.hpp"

#ifdef MACE_BENCHMARKS_BULLET
#include <btBulletCollisionCommon.h>

#include "mace/simulate/bullet.hpp"
#endif
#ifdef MACE_BENCHMARKS_FCL
#include <fcl/broadphase/broadphase_dynamic_AABB_tree.h>
#include <fcl/narrowphase/collision.h>
#endif

/// An arm's covering capsules among boxes and above the ground, in collision libraries for comparison.
namespace mace::benchmarks {

/// What of an arm is checked against what: all capsules that move against the scene, and pairs of links against each
/// other.
template <int Joints>
struct CapsuleArm {
  struct Part {
    Capsule<double> capsule;
    int link, joint;
  };

  SerialChain<Joints, double> chain;
  Pose<double> base;
  std::vector<Part> parts;
  std::vector<char> checked;  ///< [links, links]
  int links;

  CapsuleArm(const ArmDescription& arm, const Scene& scene)
      : chain(arm.chain.template chain<Joints, double>()), base(scene.base), links(static_cast<int>(arm.links.size())) {
    for (int link = 0; link < links; ++link)
      for (const auto& capsule : arm.links[static_cast<std::size_t>(link)].capsules)
        parts.push_back({capsule, link, arm.links[static_cast<std::size_t>(link)].joint});
    checked.resize(static_cast<std::size_t>(links * links));
    for (const auto& [a, b] : arm.pairs) at(a, b) = at(b, a) = 1;
  }

  bool are_checked(const Part& a, const Part& b) const {
    return checked[static_cast<std::size_t>(a.link * links + b.link)] != 0;
  }
  /// How many pairs of a capsule and a box, the ground or another capsule there are.
  double pairs(const Scene& scene) const {
    double count = 0;
    for (const Part& a : parts) {
      if (a.joint >= 0) count += static_cast<double>(scene.boxes.size()) + (scene.ground ? 1 : 0);
      for (const Part& b : parts) count += are_checked(a, b) ? 0.5 : 0;
    }
    return count;
  }
  /// A frame in the middle of each capsule, its z axis along it, where the arm is at q.
  void place(const Vec<Joints>& q, std::vector<Pose<double>>& poses) const {
    const auto frames = chain.frames(q.template as<double>());
    poses.clear();
    for (const Part& part : parts) {
      const Pose<double> frame = part.joint < 0 ? base : base * frames.joint[part.joint];
      poses.push_back(along(frame * part.capsule.a, frame * part.capsule.b));
    }
  }

 private:
  char& at(int a, int b) { return checked[static_cast<std::size_t>(a * links + b)]; }
  static Pose<double> along(const Vec<3, double>& a, const Vec<3, double>& b) {
    const double length = norm(b - a);
    const Vec<3, double> z = length > 0 ? (1 / length) * (b - a) : Vec<3, double>{0, 0, 1};
    const Vec<3, double> other = z[0] * z[0] < 0.5 ? Vec<3, double>{1, 0, 0} : Vec<3, double>{0, 1, 0};
    Vec<3, double> x = cross(other, z);
    x = (1 / norm(x)) * x;
    return {x, cross(z, x), z, 0.5 * (a + b)};
  }
};

#ifdef MACE_BENCHMARKS_BULLET

/// Bullet's world, its broad phase a pair of trees.
template <int Joints>
class BulletWorld {
 public:
  BulletWorld(const ArmDescription& arm, const Scene& scene) : arm_(arm, scene), filter_{&arm_} {
    world_.getPairCache()->setOverlapFilterCallback(&filter_);
    for (const auto& box : scene.boxes) {
      shapes_.push_back(std::make_unique<btBoxShape>(mace::detail::to_bullet(box.half)));
      shapes_.back()->setMargin(0);
      add(mace::detail::to_bullet(box.pose), -1);
    }
    if (scene.ground) {
      shapes_.push_back(std::make_unique<btStaticPlaneShape>(btVector3(0, 0, 1), *scene.ground));
      shapes_.back()->setMargin(0);
      add(btTransform::getIdentity(), -1);
    }
    first_ = objects_.size();
    for (std::size_t i = 0; i < arm_.parts.size(); ++i) {
      const Capsule<double>& c = arm_.parts[i].capsule;
      shapes_.push_back(std::make_unique<btCapsuleShapeZ>(c.radius, norm(c.b - c.a)));
      add(btTransform::getIdentity(), static_cast<int>(i));
    }
  }

  bool is_free(const Vec<Joints>& q) {
    arm_.place(q, poses_);
    for (std::size_t i = 0; i < poses_.size(); ++i)
      objects_[first_ + i]->setWorldTransform(mace::detail::to_bullet(poses_[i]));
    world_.performDiscreteCollisionDetection();
    for (int m = 0; m < dispatcher_.getNumManifolds(); ++m) {
      const btPersistentManifold* manifold = dispatcher_.getManifoldByIndexInternal(m);
      for (int c = 0; c < manifold->getNumContacts(); ++c)
        if (manifold->getContactPoint(c).getDistance() < 0) return false;
    }
    return true;
  }

 private:
  /// What may meet: a part that moves and the scene, parts of links that are checked.
  struct Filter : btOverlapFilterCallback {
    const CapsuleArm<Joints>* arm;
    explicit Filter(const CapsuleArm<Joints>* of) : arm(of) {}
    bool needBroadphaseCollision(btBroadphaseProxy* a, btBroadphaseProxy* b) const override {
      const int i = static_cast<btCollisionObject*>(a->m_clientObject)->getUserIndex();
      const int j = static_cast<btCollisionObject*>(b->m_clientObject)->getUserIndex();
      if (i < 0 && j < 0) return false;
      if (i >= 0 && j >= 0)
        return arm->are_checked(arm->parts[static_cast<std::size_t>(i)], arm->parts[static_cast<std::size_t>(j)]);
      return arm->parts[static_cast<std::size_t>(i >= 0 ? i : j)].joint >= 0;
    }
  };

  void add(const btTransform& at, int part) {
    objects_.push_back(std::make_unique<btCollisionObject>());
    objects_.back()->setCollisionShape(shapes_.back().get());
    objects_.back()->setWorldTransform(at);
    objects_.back()->setUserIndex(part);
    world_.addCollisionObject(objects_.back().get());
  }

  CapsuleArm<Joints> arm_;
  Filter filter_;
  btDefaultCollisionConfiguration configuration_;
  btCollisionDispatcher dispatcher_{&configuration_};
  btDbvtBroadphase broad_phase_;
  btCollisionWorld world_{&dispatcher_, &broad_phase_, &configuration_};
  std::vector<std::unique_ptr<btCollisionShape>> shapes_;
  std::vector<std::unique_ptr<btCollisionObject>> objects_;
  std::vector<Pose<double>> poses_;
  std::size_t first_ = 0;
};

#endif
#ifdef MACE_BENCHMARKS_FCL

/// FCL's trees, one for the scene and one for the arm.
template <int Joints>
class FclWorld {
 public:
  FclWorld(const ArmDescription& arm, const Scene& scene) : arm_(arm, scene) {
    for (const auto& box : scene.boxes) {
      add(std::make_shared<fcl::Boxd>(2 * box.half[0], 2 * box.half[1], 2 * box.half[2]), transform(box.pose), -1);
      scene_.registerObject(objects_.back().get());
    }
    if (scene.ground)
      ground_ = std::make_unique<fcl::CollisionObjectd>(
          std::make_shared<fcl::Halfspaced>(Eigen::Vector3d(0, 0, 1), *scene.ground));
    scene_.setup();
    first_ = objects_.size();
    for (std::size_t i = 0; i < arm_.parts.size(); ++i) {
      const Capsule<double>& c = arm_.parts[i].capsule;
      add(std::make_shared<fcl::Capsuled>(c.radius, norm(c.b - c.a)), fcl::Transform3d::Identity(),
          static_cast<int>(i));
      links_.registerObject(objects_.back().get());
      if (arm_.parts[i].joint >= 0) moving_.push_back(objects_.back().get());
    }
    links_.setup();
  }

  bool is_free(const Vec<Joints>& q) {
    arm_.place(q, poses_);
    for (std::size_t i = 0; i < poses_.size(); ++i) {
      objects_[first_ + i]->setTransform(transform(poses_[i]));
      objects_[first_ + i]->computeAABB();
    }
    links_.update();
    Found found{&arm_, false};
    scene_.collide(&links_, &found, meet);
    if (!found.touched) links_.collide(&found, meet);
    if (ground_)
      for (std::size_t i = 0; i < moving_.size() && !found.touched; ++i)
        found.touched = touch(ground_.get(), moving_[i]);
    return !found.touched;
  }

 private:
  struct Found {
    const CapsuleArm<Joints>* arm;
    bool touched;
  };

  static fcl::Transform3d transform(const Pose<double>& p) {
    fcl::Transform3d t = fcl::Transform3d::Identity();
    t.linear() << p.x[0], p.y[0], p.z[0], p.x[1], p.y[1], p.z[1], p.x[2], p.y[2], p.z[2];
    t.translation() << p.position[0], p.position[1], p.position[2];
    return t;
  }
  void add(std::shared_ptr<fcl::CollisionGeometryd> shape, const fcl::Transform3d& at, int part) {
    objects_.push_back(std::make_unique<fcl::CollisionObjectd>(std::move(shape), at));
    objects_.back()->setUserData(reinterpret_cast<void*>(static_cast<std::intptr_t>(part)));
  }
  static bool touch(fcl::CollisionObjectd* a, fcl::CollisionObjectd* b) {
    fcl::CollisionResultd result;
    return fcl::collide(a, b, fcl::CollisionRequestd(), result) > 0;
  }
  /// Called for each pair that a tree lets through; true ends the search.
  static bool meet(fcl::CollisionObjectd* a, fcl::CollisionObjectd* b, void* data) {
    Found& found = *static_cast<Found*>(data);
    const auto i = reinterpret_cast<std::intptr_t>(a->getUserData()),
               j = reinterpret_cast<std::intptr_t>(b->getUserData());
    const auto& parts = found.arm->parts;
    const bool wanted = i >= 0 && j >= 0 ? found.arm->are_checked(parts[static_cast<std::size_t>(i)],
                                                                  parts[static_cast<std::size_t>(j)])
                                         : parts[static_cast<std::size_t>(i >= 0 ? i : j)].joint >= 0;
    if (wanted) found.touched = found.touched || touch(a, b);
    return found.touched;
  }

  CapsuleArm<Joints> arm_;
  std::vector<std::unique_ptr<fcl::CollisionObjectd>> objects_;
  std::unique_ptr<fcl::CollisionObjectd> ground_;
  std::vector<fcl::CollisionObjectd*> moving_;
  fcl::DynamicAABBTreeCollisionManagerd scene_, links_;
  std::vector<Pose<double>> poses_;
  std::size_t first_ = 0;
};

#endif

}  // namespace mace::benchmarks
