// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <urdf_parser/urdf_parser.h>

#include <cmath>
#include <filesystem>
#include <kdl/tree.hpp>
#include <kdl/treefksolverpos_recursive.hpp>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bodies.hpp"

/// Robots from their URDF: kinematics by KDL, and the bodies of the links.
namespace reference {

inline KDL::Frame to_kdl(const urdf::Pose& p) {
  return {KDL::Rotation::Quaternion(p.rotation.x, p.rotation.y, p.rotation.z, p.rotation.w),
          KDL::Vector(p.position.x, p.position.y, p.position.z)};
}

inline Pose to_eigen(const KDL::Frame& f) {
  Pose pose = Pose::Identity();
  for (int i = 0; i < 3; ++i) {
    pose.translation()[i] = f.p(i);
    for (int j = 0; j < 3; ++j) pose.linear()(i, j) = f.M(i, j);
  }
  return pose;
}

/// A robot whose joints move that lie between its root and its tip. All others stay at zero, which closes a gripper.
class Robot {
 public:
  /// Errors: what urdfdom refuses, a tip that is not there, a mesh that cannot be read.
  Robot(const std::filesystem::path& file, const std::string& tip) : folder_(file.parent_path()), tip_(tip) {
    const auto model = urdf::parseURDFFile(file.string());
    if (!model || !model->getLink(tip)) throw std::runtime_error(file.string() + ": wanted a URDF with a link " + tip);
    for (auto link = model->getLink(tip); link->parent_joint; link = link->getParent())
      if (link->parent_joint->type != urdf::Joint::FIXED) joints_.insert(joints_.begin(), link->parent_joint);
    tree_ = KDL::Tree(model->getRoot()->name);
    add(*model->getRoot(), "", model->getRoot()->name);
    solver_ = std::make_unique<KDL::TreeFkSolverPos_recursive>(tree_);
  }

  struct LinkBody {
    std::string link;
    Body body;
  };
  const std::vector<LinkBody>& bodies() const { return bodies_; }
  std::size_t joints() const { return joints_.size(); }
  bool moves(const std::string& link) const { return follows_.at(link) != follows_.at(tree_.getRootSegment()->first); }

  /// True if the links can come nearer to each other and are not made to touch: they follow different joints, and
  /// neither is the last before the other that has a body.
  bool may_meet(const std::string& a, const std::string& b) const {
    return follows_.at(a) != follows_.at(b) && before_.at(a) != b && before_.at(b) != a;
  }

  /// A configuration, uniform within the limits, in whole microradians: a short decimal number says it exactly.
  std::vector<double> draw(std::mt19937_64& random) const {
    std::vector<double> q;
    for (const auto& joint : joints_) {
      const double lowest = std::ceil(1e6 * joint->limits->lower), highest = std::floor(1e6 * joint->limits->upper);
      const double share = std::ldexp(static_cast<double>(random() >> 11), -53);
      q.push_back((lowest + std::floor(share * (highest - lowest + 1))) / 1e6);
    }
    return q;
  }

  /// Where a link is in the root's frame.
  Pose pose(const std::vector<double>& q, const std::string& link) const {
    KDL::JntArray all(tree_.getNrOfJoints());
    for (std::size_t i = 0; i < q.size(); ++i)
      all(GetTreeElementQNr(tree_.getSegment(joints_[i]->child_link_name)->second)) = q[i];
    KDL::Frame frame;
    if (solver_->JntToCart(all, frame, link) < 0) throw std::runtime_error("KDL: no link " + link);
    return to_eigen(frame);
  }
  Pose tip_pose(const std::vector<double>& q) const { return pose(q, tip_); }

 private:
  void add(const urdf::Link& link, const std::string& before, const std::string& follows) {
    before_[link.name] = before;
    follows_[link.name] = follows;
    for (const auto& collision : link.collision_array)
      for (Points& piece : pieces(*collision->geometry)) {
        const Pose origin = to_eigen(to_kdl(collision->origin));
        for (auto& point : piece) point = origin * point;
        bodies_.push_back({link.name, make_body(piece)});
      }
    for (const auto& child : link.child_links) {
      const urdf::Joint& joint = *child->parent_joint;
      const KDL::Frame origin = to_kdl(joint.parent_to_joint_origin_transform);
      const KDL::Vector axis = origin.M * KDL::Vector(joint.axis.x, joint.axis.y, joint.axis.z);
      const bool turns = joint.type == urdf::Joint::REVOLUTE, slides = joint.type == urdf::Joint::PRISMATIC;
      if (!turns && !slides && joint.type != urdf::Joint::FIXED)
        throw std::runtime_error(joint.name + ": wanted a fixed, revolute or prismatic joint");
      const KDL::Joint moving = turns    ? KDL::Joint(joint.name, origin.p, axis, KDL::Joint::RotAxis)
                                : slides ? KDL::Joint(joint.name, origin.p, axis, KDL::Joint::TransAxis)
                                         : KDL::Joint(joint.name, KDL::Joint::None);
      tree_.addSegment(KDL::Segment(child->name, moving, origin), link.name);
      const bool is_driven = std::find(joints_.begin(), joints_.end(), child->parent_joint) != joints_.end();
      add(*child, link.collision_array.empty() ? before : link.name, is_driven ? child->name : follows);
    }
  }

  std::vector<Points> pieces(const urdf::Geometry& geometry) const {
    if (geometry.type == urdf::Geometry::MESH)
      return mesh_points(folder_ / static_cast<const urdf::Mesh&>(geometry).filename);
    if (geometry.type != urdf::Geometry::BOX) throw std::runtime_error("wanted meshes and boxes");
    const urdf::Vector3& size = static_cast<const urdf::Box&>(geometry).dim;
    return {box_points({size.x, size.y, size.z})};
  }

  std::filesystem::path folder_;
  std::string tip_;
  std::vector<urdf::JointSharedPtr> joints_;
  KDL::Tree tree_;
  std::unique_ptr<KDL::TreeFkSolverPos_recursive> solver_;
  std::vector<LinkBody> bodies_;
  /// Of each link: the last one before it that has a body; the last one before it, or itself, that a joint moves.
  std::map<std::string, std::string> before_, follows_;
};

}  // namespace reference
