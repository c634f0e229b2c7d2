// SPDX-License-Identifier: Apache-2.0
// The reference values that the tests judge kinematics and collisions by. KDL says where links are, FCL how far they
// are from each other, and Bullet must agree on which of them meet. Nothing of the library is used.
//   reference_values write tests/reference    writes the tables of each robot
//   reference_values check tests/reference    fails where a table is not what would be written
#include <kdl/config.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "columns.hpp"
#include "robot.hpp"

namespace {

using namespace reference;
using Wanted = std::function<bool(const std::string&, const std::string&)>;

constexpr int rows = 200;
/// Nearer to contact than this, signs are a matter of rounding; meters.
constexpr double contact = 1e-4;
/// What counts as near contact; meters.
constexpr double near = 0.01;

struct Arm {
  std::string name, tip;
  /// Where the root link stands in the world of the scenes, meters.
  Eigen::Vector3d base = Eigen::Vector3d::Zero();
  /// Two links whose hulls overlap in all configurations.
  std::pair<std::string, std::string> overlapping{};
};

struct Table {
  /// What it is, without line breaks.
  std::string about;
  std::vector<std::string> names;
  std::vector<std::vector<double>> rows;
  /// Digits behind the point, from which column on.
  std::map<std::size_t, int> digits;
};

/// Pairs of links by name, in either order.
Wanted among(const std::map<std::string, std::set<std::string>>& pairs) {
  return [=](const std::string& a, const std::string& b) {
    const auto has = [&](const std::string& from, const std::string& to) {
      const auto found = pairs.find(from);
      return found != pairs.end() && found->second.contains(to);
    };
    return has(a, b) || has(b, a);
  };
}

/// The Panda's further columns: its hulls in the pairs that MoveIt's configuration for the meshes leaves enabled, and
/// its maker's capsules for self-collision, without their safety distance, in the pairs that are checked with them.
void add_panda_columns(Columns& columns) {
  const std::string hand = "panda_hand", left = "panda_leftfinger", right = "panda_rightfinger";
  std::string link[8];
  for (int i = 0; i < 8; ++i) link[i] = "panda_link" + std::to_string(i);
  const std::set<std::string> outer{link[5], link[6], link[7], hand, left, right};
  columns.add_self(
      "self_moveit",
      among({{link[0], outer}, {link[1], outer}, {link[2], outer}, {link[3], {link[5], link[7], hand, left, right}}}));
  const std::set<std::string> wrist{link[5], link[6], link[7], hand};
  columns.add_capsules("capsules",
                       {{link[0], {{-0.09, 0, 0.06}, {-0.06, 0, 0.06}}, 0.06},
                        {link[1], {{0, 0, -0.333}, {0, 0, -0.05}}, 0.06},
                        {link[2], {{0, 0, -0.06}, {0, 0, 0.06}}, 0.06},
                        {link[3], {{0, 0, -0.22}, {0, 0, -0.07}}, 0.06},
                        {link[4], {{0, 0, -0.06}, {0, 0, 0.06}}, 0.06},
                        {link[5], {{0, 0, -0.31}, {0, 0, -0.21}}, 0.06},
                        {link[5], {{0, 0.08, -0.2}, {0, 0.08, -0.06}}, 0.025},
                        {link[6], {{0, 0, -0.07}, {0, 0, 0.01}}, 0.05},
                        {link[7], {{0, 0, -0.06}, {0, 0, 0.08}}, 0.04},
                        {link[7], {{0.03889, 0.03889, 0.082}, {0.04596, 0.04596, 0.082}}, 0.03},
                        {hand, {{0, -0.05, 0.04}, {0, 0.05, 0.04}}, 0.04},
                        {hand, {{0, -0.05, 0.10}, {0, 0.05, 0.10}}, 0.02}},
                       among({{link[0], wrist}, {link[1], wrist}, {link[2], wrist}, {link[3], {link[7], hand}}}));
}

std::vector<std::string> joint_names(const Robot& robot) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= robot.joints(); ++i) names.push_back("q" + std::to_string(i));
  return names;
}

Table kinematics(const Robot& robot, const Arm& arm) {
  std::mt19937_64 random(1);
  Table table{arm.name + ": configurations uniform within the limits (rad), and the pose of " + arm.tip +
                  " in the root link's frame: position (m), rotation matrix by rows. By KDL " KDL_VERSION_STRING ".",
              joint_names(robot),
              {},
              {{0, 6}, {robot.joints(), 13}}};
  for (const char* column : {"x", "y", "z", "r00", "r01", "r02", "r10", "r11", "r12", "r20", "r21", "r22"})
    table.names.push_back(column);
  for (int i = 0; i < rows; ++i) {
    std::vector<double>& row = table.rows.emplace_back(robot.draw(random));
    const Pose pose = robot.tip_pose(row);
    for (int k = 0; k < 3; ++k) row.push_back(pose.translation()[k]);
    for (int k = 0; k < 9; ++k) row.push_back(pose.linear()(k / 3, k % 3));
  }
  return table;
}

/// Signed distances, in all columns, at configurations that `draw` makes for row i. Where bodies are apart, each
/// library finds two of their points that are as far apart as it says: the lesser distance is the better one. How deep
/// bodies are in each other is FCL's word.
Table distances(const Robot& robot, const Columns& columns, const std::string& about,
                const std::function<std::vector<double>(int)>& draw) {
  Table table{about, joint_names(robot), {}, {{0, 6}, {robot.joints(), 9}}};
  for (const auto& column : columns.all()) table.names.push_back(column.name);
  int touching = 0, disputed = 0;
  while (table.rows.size() < rows) {
    std::vector<double> row = draw(static_cast<int>(table.rows.size()));
    const std::vector<Pose> at = columns.poses(row);
    bool touches = false, agree = true;
    for (const auto& column : columns.all()) {
      const double distance = columns.least(column, at, fcl_distance),
                   other = columns.least(column, at, bullet_distance);
      row.push_back(distance < 0 ? distance : std::min(distance, other));
      touches = touches || std::abs(distance) < contact;
      agree = agree && (distance < 0) == (other < 0);
    }
    if (touches)
      ++touching;
    else if (!agree)
      ++disputed;
    else
      table.rows.push_back(row);
  }
  std::ostringstream text;
  text << table.about << " Signed distances in m, below zero where bodies meet: by FCL " FCL_VERSION " and Bullet "
       << btGetVersion() / 100 << '.' << btGetVersion() % 100
       << ", which agree on all signs, on KDL " KDL_VERSION_STRING "'s kinematics. Left out: " << touching
       << " rows nearer than 0.0001 m to contact, " << disputed << " on which FCL and Bullet do not agree.";
  table.about = text.str();
  return table;
}

/// Near contact by each column in turn, and by turns free and in collision. Errors: that does not happen.
std::vector<double> draw_near(const Robot& robot, const Columns& columns, std::mt19937_64& random, int row) {
  const auto& all = columns.all();
  const std::size_t turn = static_cast<std::size_t>(row);
  const double side = turn / all.size() % 2 == 0 ? 1 : -1;
  for (int draws = 0; draws < 1000000; ++draws) {
    const std::vector<double> q = robot.draw(random);
    const double distance = side * columns.least(all[turn % all.size()], columns.poses(q), fcl_distance);
    if (distance >= contact && distance <= near) return q;
  }
  throw std::runtime_error(all[turn % all.size()].name + ": never near contact");
}

std::string printed(const Table& table) {
  std::string text = "# " + table.about + "\n";
  for (std::size_t i = 0; i < table.names.size(); ++i) text += (i == 0 ? "" : ",") + table.names[i];
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      char cell[40];
      std::snprintf(cell, sizeof cell, "%.*f", std::prev(table.digits.upper_bound(i))->second, row[i]);
      text += (i == 0 ? '\n' : ',') + std::string(cell);
    }
  }
  return text + "\n";
}

/// Errors: the file does not hold this table, numbers to within what printing rounds them by, and 1e-12.
void check(const Table& table, const std::filesystem::path& path) {
  std::ifstream file(path);
  std::istringstream wanted(printed(table));
  std::string line, wanted_line;
  std::getline(file, line), std::getline(wanted, wanted_line);  // what it is: versions may differ
  std::getline(file, line), std::getline(wanted, wanted_line);
  if (line != wanted_line) throw std::runtime_error(path.string() + ": wanted columns " + wanted_line);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    std::getline(file, line);
    std::istringstream cells(line);
    for (std::size_t k = 0; k < table.names.size(); ++k) {
      std::string cell;
      std::getline(cells, cell, ',');
      const double most = 0.5 * std::pow(10, -std::prev(table.digits.upper_bound(k))->second) + 1e-12;
      if (cell.empty() || !(std::abs(std::stod(cell) - table.rows[i][k]) <= most)) {
        std::ostringstream what;
        what.precision(17);
        what << path.string() << ": row " << i << ", " << table.names[k] << ": wanted " << table.rows[i][k] << ", got "
             << cell;
        throw std::runtime_error(what.str());
      }
    }
  }
  if (std::getline(file, line)) throw std::runtime_error(path.string() + ": wanted no more rows");
}

/// Hands each table of an arm to `use`, with the file it belongs into.
void make(const std::filesystem::path& folder, const Arm& arm,
          const std::function<void(const Table&, const std::filesystem::path&)>& use) {
  const Robot robot(folder / arm.name / (arm.name + ".urdf"), arm.tip);
  Pose base = Pose::Identity();
  base.translation() = arm.base;
  Columns columns(robot, base);
  const Wanted overlap = among({{arm.overlapping.first, {arm.overlapping.second}}});
  columns.add_self("self",
                   [&](const std::string& a, const std::string& b) { return robot.may_meet(a, b) && !overlap(a, b); });
  if (arm.name == "panda") add_panda_columns(columns);
  columns.add_scenes(folder / arm.name / "boxes.csv");

  use(kinematics(robot, arm), folder / arm.name / "kinematics.csv");
  std::mt19937_64 uniform(2), close(3);
  use(distances(robot, columns, arm.name + ": configurations uniform within the limits (rad).",
                [&](int) { return robot.draw(uniform); }),
      folder / arm.name / "distances_uniform.csv");
  use(distances(robot, columns,
                arm.name + ": configurations (rad) within 0.01 m of contact, by each column in turn, on either side.",
                [&](int row) { return draw_near(robot, columns, close, row); }),
      folder / arm.name / "distances_near.csv");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string task = argc == 3 ? argv[1] : "";
  if (task != "write" && task != "check") {
    std::cerr << "usage: reference_values write|check FOLDER\n";
    return 2;
  }
  try {
    const auto use = [&](const Table& table, const std::filesystem::path& path) {
      if (task == "check")
        check(table, path);
      else
        std::ofstream(path) << printed(table);
      std::cout << table.about << '\n';
    };
    for (const Arm& arm : {Arm{"panda", "panda_grasptarget", {-0.6, 0, 0}}, Arm{"xarm6", "link6"},
                           Arm{"kr5_sixx_r650", "palm", {0, 0, 0}, {"forearm", "palm"}}})
      make(argv[2], arm, use);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "reference_values: " << error.what() << '\n';
    return 1;
  }
}
