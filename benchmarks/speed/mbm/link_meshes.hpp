// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcl/geometry/bvh/BVH_model.h>
#include <fcl/geometry/geometric_shape_to_BVH_model.h>
#include <urdf_parser/urdf_parser.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "mace/collision/arm.hpp"
#include "mace/core/error.hpp"
#include "mace/io/stl.hpp"
#include "mace/robot/panda_arm.hpp"
#include "speed/mbm/task.hpp"

/// The triangles of a robot's links as its maker's files have them, without the library's hulls and, but for STL, its
/// readers: a judge must not share these with who is judged.
namespace mace::benchmarks {

using TriangleModel = fcl::BVHModel<fcl::OBBRSSd>;

inline fcl::Vector3d to_fcl(const Vec<3, double>& v) {
  return {v[0], v[1], v[2]};
}

inline fcl::Transform3d to_fcl(const Pose<double>& p) {
  fcl::Transform3d made = fcl::Transform3d::Identity();
  made.linear() << to_fcl(p.x), to_fcl(p.y), to_fcl(p.z);
  made.translation() = to_fcl(p.position);
  return made;
}

/// Models of a link's parts in the frame of its joint. A link without files has none.
struct LinkMeshes {
  std::vector<std::shared_ptr<const TriangleModel>> parts;
};

namespace detail {

using Triangles = std::vector<std::array<Vec<3, double>, 3>>;

/// The triangles of an OBJ; a face of more corners is a fan.
inline Triangles read_obj_triangles(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<Vec<3, double>> points;
  Triangles triangles;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "v") {
      Vec<3, double> p;
      require(static_cast<bool>(words >> p[0] >> p[1] >> p[2]), path.string(), ": wanted vertices of three numbers");
      points.push_back(p);
    }
    if (word != "f") continue;
    std::vector<Vec<3, double>> corners;
    while (words >> word) {
      const long index = std::strtol(word.c_str(), nullptr, 10), count = static_cast<long>(points.size());
      require(index != 0 && index <= count && index >= -count, path.string(), ": wanted faces of vertices, got ", word);
      corners.push_back(points[static_cast<std::size_t>(index > 0 ? index - 1 : count + index)]);
    }
    for (std::size_t i = 2; i < corners.size(); ++i) triangles.push_back({corners[0], corners[i - 1], corners[i]});
  }
  return triangles;
}

inline std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// The STL or OBJ in a folder that is called `stem`, or `stem` and more after a "_"; empty: there is none.
inline std::filesystem::path find_mesh_of(const std::filesystem::path& folder, const std::string& stem) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().stem().string(), kind = lower_case(entry.path().extension().string());
    if ((name == stem || name.starts_with(stem + "_")) && (kind == ".stl" || kind == ".obj"))
      found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found.empty() ? std::filesystem::path() : found.front();
}

inline std::shared_ptr<const TriangleModel> read_model(const std::filesystem::path& path,
                                                       const Eigen::Affine3d& place) {
  Triangles triangles;
  if (lower_case(path.extension().string()) == ".obj") {
    triangles = read_obj_triangles(path);
  } else {
    const Polytope corners = read_stl(path);
    for (std::size_t i = 0; i + 2 < corners.size(); i += 3)
      triangles.push_back({corners[i], corners[i + 1], corners[i + 2]});
  }
  require(!triangles.empty(), path.string(), ": wanted triangles, got none");
  auto model = std::make_shared<TriangleModel>();
  model->beginModel(static_cast<int>(triangles.size()), static_cast<int>(3 * triangles.size()));
  const auto placed = [&](const Vec<3, double>& p) -> fcl::Vector3d { return place * to_fcl(p); };
  for (const auto& [a, b, c] : triangles) model->addTriangle(placed(a), placed(b), placed(c));
  model->endModel();
  model->computeLocalAABB();
  return model;
}

}  // namespace detail

/// The meshes of the links of the Panda with open fingers from files as Franka Robotics calls them: link0 to link7, hand, and a left
/// finger.
/// @throws Error if a file cannot be read.
inline std::vector<LinkMeshes> panda_meshes(const ArmDescription& arm, const std::filesystem::path& folder) {
  Pose<double> hand = arm.chain.tip;  // but for its position
  hand.position = {0, 0, 0.107};
  std::vector<LinkMeshes> meshes;
  for (const ArmLink& link : arm.links) {
    std::string stem = link.name.substr(std::string("panda_").size());
    Pose<double> place;
    if (stem == "hand") place = hand;
    if (is_finger(stem)) {
      const Pose<double> turned{{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}, {}}, open{.position = {0, finger_opening, 0.0584}};
      place = hand * (stem == "rightfinger" ? turned * open : open);
      stem = "finger";
    }
    LinkMeshes& made = meshes.emplace_back();
    if (const auto file = detail::find_mesh_of(folder, stem); !file.empty())
      made.parts.push_back(detail::read_model(file, to_fcl(place)));
  }
  return meshes;
}

/// A robot's links by urdfdom, with open fingers: what opens them, and where their meshes are.
class UrdfLinks {
 public:
  /// @throws Error if urdfdom cannot read the file.
  UrdfLinks(const std::filesystem::path& file, const ArmDescription& arm)
      : arm_(arm), robot_(urdf::parseURDFFile(file.string())), chain_(arm.chain.frames({}, zeros(arm))) {
    require(robot_ != nullptr, file.string(), ": wanted a URDF that urdfdom can read");
    for (std::size_t i = 0; i < arm.chain.joints.size(); ++i) moving_[arm.chain.joints[i].name] = i + 1;
    add(*robot_->getRoot(), fcl::Transform3d::Identity(), 0, false);
    add(*robot_->getRoot(), fcl::Transform3d::Identity(), 0, true);
  }

  /// The arm, which was read with closed fingers, with open ones.
  ArmDescription opened() const {
    ArmDescription arm = arm_;
    for (ArmLink& link : arm.links) {
      const auto& [closed, open] = places_.at(link.name);
      const fcl::Transform3d moved = open * closed.inverse();
      const auto move = [&](Vec<3, double>& point) {
        const fcl::Vector3d to = moved * to_fcl(point);
        point = {to[0], to[1], to[2]};
      };
      if (!is_finger(link.name)) continue;
      for (Polytope& hull : link.hulls) std::for_each(hull.begin(), hull.end(), move);
      for (auto& capsule : link.capsules) move(capsule.a), move(capsule.b);
    }
    return arm;
  }

  /// The links' collision elements, their meshes from `folder`.
  /// @throws Error if it lacks one.
  std::vector<LinkMeshes> collision(const std::filesystem::path& folder) const {
    return meshes([&](const urdf::Link& link, LinkMeshes& made) {
      for (const auto& element : link.collision_array) {
        const auto place = places_.at(link.name).second * to_transform(element->origin);
        if (const auto* mesh = dynamic_cast<const urdf::Mesh*>(element->geometry.get())) {
          const auto file = detail::find_mesh_of(folder, std::filesystem::path(mesh->filename).stem().string());
          require(!file.empty(), folder.string(), ": wanted ", mesh->filename, " of link ", link.name, ", got none");
          made.parts.push_back(read(file, place, *mesh));
        } else {
          made.parts.push_back(primitive(*element->geometry, place));
        }
      }
    });
  }

  /// The links' visual elements that are meshes in `folder`, or what is called like their collision meshes.
  std::vector<LinkMeshes> visual(const std::filesystem::path& folder) const {
    return meshes([&](const urdf::Link& link, LinkMeshes& made) {
      const auto add_mesh = [&](const auto& element) {
        const auto* mesh = dynamic_cast<const urdf::Mesh*>(element->geometry.get());
        const auto file =
            mesh ? detail::find_mesh_of(folder, std::filesystem::path(mesh->filename).stem().string()) : "";
        if (!file.empty())
          made.parts.push_back(read(file, places_.at(link.name).second * to_transform(element->origin), *mesh));
      };
      for (const auto& element : link.visual_array) add_mesh(element);
      if (link.visual_array.empty())
        for (const auto& element : link.collision_array) add_mesh(element);
    });
  }

 private:
  static std::vector<double> zeros(const ArmDescription& arm) { return std::vector<double>(arm.chain.joints.size()); }
  static fcl::Transform3d to_transform(const urdf::Pose& p) {
    fcl::Transform3d made = fcl::Transform3d::Identity();
    made.linear() =
        fcl::Quaterniond(p.rotation.w, p.rotation.x, p.rotation.y, p.rotation.z).normalized().toRotationMatrix();
    made.translation() = fcl::Vector3d(p.position.x, p.position.y, p.position.z);
    return made;
  }
  static std::shared_ptr<const TriangleModel> read(const std::filesystem::path& file, const fcl::Transform3d& place,
                                                   const urdf::Mesh& mesh) {
    return detail::read_model(file, place * Eigen::Scaling(mesh.scale.x, mesh.scale.y, mesh.scale.z));
  }
  /// What is round becomes a polyhedron inside, off by 0.1 % of the radius.
  static std::shared_ptr<const TriangleModel> primitive(const urdf::Geometry& geometry, const fcl::Transform3d& place) {
    auto model = std::make_shared<TriangleModel>();
    if (const auto* box = dynamic_cast<const urdf::Box*>(&geometry))
      fcl::generateBVHModel(*model, fcl::Boxd(box->dim.x, box->dim.y, box->dim.z), place);
    if (const auto* ball = dynamic_cast<const urdf::Sphere*>(&geometry))
      fcl::generateBVHModel(*model, fcl::Sphered(ball->radius), place, 72, 72);
    if (const auto* rod = dynamic_cast<const urdf::Cylinder*>(&geometry))
      fcl::generateBVHModel(*model, fcl::Cylinderd(rod->radius, rod->length), place, 72, 1);
    model->computeLocalAABB();
    return model;
  }

  /// Position of a joint: zero, or the limit nearest to it; of a finger that slides, as open as it is to be.
  double held(const urdf::Joint& joint, bool open) const {
    if (joint.mimic)
      if (const auto other = robot_->getJoint(joint.mimic->joint_name); other && !other->mimic)
        return joint.mimic->offset + joint.mimic->multiplier * held(*other, open);
    const bool opens = open && joint.type == urdf::Joint::PRISMATIC && is_finger(joint.child_link_name);
    const double wanted = opens ? finger_opening : 0;
    if (!joint.limits || joint.type == urdf::Joint::CONTINUOUS) return wanted;
    return std::min(std::max(wanted, joint.limits->lower), joint.limits->upper);
  }

  /// Notes where a link is in the frame of the chain's last joint before it, and those behind it. `at`: in the base's
  /// frame, where the chain's joints are at zero. `frame`: 0 for the base, 1 for the first joint.
  void add(const urdf::Link& link, const fcl::Transform3d& at, std::size_t frame, bool open) {
    auto& place = places_[link.name];
    (open ? place.second : place.first) = to_fcl(chain_[frame]).inverse() * at;
    for (const auto& child : link.child_links) {
      const urdf::Joint& joint = *child->parent_joint;
      const auto moves = moving_.find(joint.name);
      const double q = moves != moving_.end() ? 0 : held(joint, open);
      const fcl::Vector3d axis = fcl::Vector3d(joint.axis.x, joint.axis.y, joint.axis.z);
      fcl::Transform3d next = at * to_transform(joint.parent_to_joint_origin_transform);
      if (joint.type == urdf::Joint::PRISMATIC) next.translate(q * axis.normalized());
      if (joint.type == urdf::Joint::REVOLUTE || joint.type == urdf::Joint::CONTINUOUS)
        next.rotate(fcl::AngleAxisd(q, axis.normalized()));
      add(*child, next, moves != moving_.end() ? moves->second : frame, open);
    }
  }

  template <class Add>
  std::vector<LinkMeshes> meshes(const Add& add_parts) const {
    std::vector<LinkMeshes> meshes;
    for (const ArmLink& link : arm_.links) add_parts(*robot_->getLink(link.name), meshes.emplace_back());
    return meshes;
  }

  ArmDescription arm_;
  urdf::ModelInterfaceSharedPtr robot_;
  std::vector<Pose<double>> chain_;
  std::map<std::string, std::size_t> moving_;
  /// Of each link, with closed and with open fingers.
  std::map<std::string, std::pair<fcl::Transform3d, fcl::Transform3d>> places_;
};

}  // namespace mace::benchmarks
