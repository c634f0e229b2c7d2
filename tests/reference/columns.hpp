// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bodies.hpp"
#include "robot.hpp"

/// What a robot is measured against: itself, and each scene.
namespace reference {

/// The bodies of a robot and its scenes, and for each column of a table the pairs whose least distance it holds.
class Columns {
 public:
  struct Column {
    std::string name;
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
  };

  /// `base` is where the root stands in the world.
  Columns(const Robot& robot, const Pose& base) : robot_(robot), base_(base) {
    for (const auto& [link, body] : robot.bodies()) bodies_.push_back({link, body, Pose::Identity()});
  }

  /// The robot's links against each other, where they are wanted.
  void add_self(const std::string& name,
                const std::function<bool(const std::string&, const std::string&)>& are_wanted) {
    add_pairs(name, 0, robot_.bodies().size(), are_wanted);
  }

  /// Capsules around links against each other. `ends` are in the link's frame.
  struct LinkCapsule {
    std::string link;
    Points ends;
    double radius;
  };
  void add_capsules(const std::string& name, const std::vector<LinkCapsule>& capsules,
                    const std::function<bool(const std::string&, const std::string&)>& are_wanted) {
    const std::size_t first = bodies_.size();
    for (const auto& [link, ends, radius] : capsules)
      bodies_.push_back({link, make_body(ends, radius), Pose::Identity()});
    add_pairs(name, first, bodies_.size(), are_wanted);
  }

  /// The robot against the boxes of a file, a column a scene. What stands still may touch the ground.
  void add_scenes(const std::filesystem::path& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error(path.string() + ": cannot be read");
    std::string line;
    std::getline(file, line), std::getline(file, line);  // what they are, and the columns' names
    while (std::getline(file, line)) {
      std::istringstream cells(line);
      std::string scene;
      std::getline(cells, scene, ',');
      double v[10];
      for (double& value : v) {
        std::string cell;
        std::getline(cells, cell, ',');
        value = std::stod(cell);
      }
      if (columns_.back().name != scene) columns_.push_back({scene, {}});
      Placed box{"", make_body(box_points({v[3], v[4], v[5]})), Pose::Identity()};
      box.fixed.translation() << v[0], v[1], v[2];
      box.fixed.linear() = Eigen::Quaterniond(v[9], v[6], v[7], v[8]).normalized().toRotationMatrix();
      for (std::size_t i = 0; i < robot_.bodies().size(); ++i)
        if (scene != "ground" || robot_.moves(bodies_[i].link)) columns_.back().pairs.emplace_back(i, bodies_.size());
      bodies_.push_back(std::move(box));
    }
  }

  const std::vector<Column>& all() const { return columns_; }

  /// Where all bodies are.
  std::vector<Pose> poses(const std::vector<double>& q) const {
    std::map<std::string, Pose> of_link;
    std::vector<Pose> poses;
    for (const Placed& body : bodies_) {
      if (!body.link.empty() && !of_link.contains(body.link)) of_link[body.link] = base_ * robot_.pose(q, body.link);
      poses.push_back(body.link.empty() ? body.fixed : of_link[body.link]);
    }
    return poses;
  }

  /// The least distance of a column's pairs, by one of the two libraries.
  template <class Distance>
  double least(const Column& column, const std::vector<Pose>& at, const Distance& distance) const {
    double least = std::numeric_limits<double>::infinity();
    for (const auto& [i, j] : column.pairs) {
      const Body &a = bodies_[i].body, &b = bodies_[j].body;
      const double apart = (at[i] * a.center - at[j] * b.center).norm() - a.radius - b.radius;
      if (apart < least) least = std::min(least, distance(a, at[i], b, at[j]));
    }
    return least;
  }

 private:
  struct Placed {
    /// Whose frame it is in; none: it stands still.
    std::string link;
    Body body;
    Pose fixed;
  };

  void add_pairs(const std::string& name, std::size_t first, std::size_t last,
                 const std::function<bool(const std::string&, const std::string&)>& are_wanted) {
    columns_.push_back({name, {}});
    for (std::size_t i = first; i < last; ++i)
      for (std::size_t j = i + 1; j < last; ++j)
        if (are_wanted(bodies_[i].link, bodies_[j].link)) columns_.back().pairs.emplace_back(i, j);
  }

  const Robot& robot_;
  Pose base_;
  std::vector<Placed> bodies_;
  std::vector<Column> columns_;
};

}  // namespace reference
