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

/// The meshes of the built-in Panda's links from files as Franka Robotics calls them: link0 to link7, hand, a finger.
/// @throws Error if a file cannot be read.
inline std::vector<LinkMeshes> panda_meshes(const ArmDescription& arm, const std::filesystem::path& folder) {
  std::vector<LinkMeshes> meshes;
  for (const ArmLink& link : arm.links) {
    const std::string stem = is_finger(link.name) ? "finger" : link.name.substr(std::string("panda_").size());
    LinkMeshes& made = meshes.emplace_back();
    if (const auto file = detail::find_mesh_of(folder, stem); !file.empty())
      made.parts.push_back(detail::read_model(file, to_fcl(link.frame)));
  }
  return meshes;
}

/// What urdfdom says of a robot's links.
class UrdfLinks {
 public:
  /// @throws Error if urdfdom cannot read the file.
  explicit UrdfLinks(const std::string& file) : robot_(urdf::parseURDFFile(file)) {
    require(robot_ != nullptr, file, ": wanted a URDF that urdfdom can read");
  }

  /// Positions of the joints that open sliding fingers, but for those on the way to the link `tip`; by name, meters.
  std::map<std::string, double> open_fingers(const std::string& tip) const {
    std::map<std::string, double> values;
    for (const auto& [name, joint] : robot_->joints_)
      if (joint->type == urdf::Joint::PRISMATIC && is_finger(joint->child_link_name) && !joint->mimic && joint->limits)
        values[name] = std::min(std::max(finger_opening, joint->limits->lower), joint->limits->upper);
    for (auto link = robot_->getLink(tip); link && link->parent_joint; link = link->getParent())
      values.erase(link->parent_joint->name);
    return values;
  }

  /// The links' collision elements, their meshes from `folder`.
  /// @throws Error if it lacks one.
  std::vector<LinkMeshes> collision(const ArmDescription& arm, const std::filesystem::path& folder) const {
    std::vector<LinkMeshes> meshes;
    for (const ArmLink& link : arm.links) {
      LinkMeshes& made = meshes.emplace_back();
      for (const auto& element : robot_->getLink(link.name)->collision_array) {
        const fcl::Transform3d place = to_fcl(link.frame) * to_transform(element->origin);
        const auto* mesh = dynamic_cast<const urdf::Mesh*>(element->geometry.get());
        made.parts.push_back(mesh ? read(folder, place, *mesh) : primitive(*element->geometry, place));
        require(made.parts.back() != nullptr, folder.string(), ": wanted a mesh, .stl or .obj, of link ", link.name,
                ", got none");
      }
    }
    return meshes;
  }

  /// The links' visual elements that are meshes in `folder`; of a link without, what is called as its collision meshes.
  std::vector<LinkMeshes> visual(const ArmDescription& arm, const std::filesystem::path& folder) const {
    std::vector<LinkMeshes> meshes;
    for (const ArmLink& link : arm.links) {
      LinkMeshes& made = meshes.emplace_back();
      const auto add = [&](const auto& elements) {
        for (const auto& element : elements)
          if (const auto* mesh = dynamic_cast<const urdf::Mesh*>(element->geometry.get()))
            if (auto model = read(folder, to_fcl(link.frame) * to_transform(element->origin), *mesh))
              made.parts.push_back(std::move(model));
      };
      const auto of = robot_->getLink(link.name);
      add(of->visual_array);
      if (of->visual_array.empty()) add(of->collision_array);
    }
    return meshes;
  }

 private:
  static fcl::Transform3d to_transform(const urdf::Pose& p) {
    fcl::Transform3d made = fcl::Transform3d::Identity();
    made.linear() =
        fcl::Quaterniond(p.rotation.w, p.rotation.x, p.rotation.y, p.rotation.z).normalized().toRotationMatrix();
    made.translation() = fcl::Vector3d(p.position.x, p.position.y, p.position.z);
    return made;
  }
  /// Nothing if the folder lacks it.
  static std::shared_ptr<const TriangleModel> read(const std::filesystem::path& folder, const fcl::Transform3d& place,
                                                   const urdf::Mesh& mesh) {
    const auto file = detail::find_mesh_of(folder, std::filesystem::path(mesh.filename).stem().string());
    if (file.empty()) return nullptr;
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

  urdf::ModelInterfaceSharedPtr robot_;
};

}  // namespace mace::benchmarks
