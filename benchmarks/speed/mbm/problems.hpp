// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mace/collision/scene.hpp"
#include "mace/core/error.hpp"
#include "mace/io/byte_reader.hpp"
#include "mace/io/json.hpp"

/// The problems of MotionBenchMaker (Chamzas et al., "MotionBenchMaker: a tool to generate and benchmark motion
/// planning datasets", 2021), one JSON object a line.
namespace mace::benchmarks {

/// A scene and a configuration that reaches for one of its objects.
struct MbmProblem {
  /// "problems.jsonl:7", for messages.
  std::string place;
  std::string set;
  std::int64_t id = 0;
  /// Boxes and cylinders, all with names. The base is at the origin.
  Scene scene;
  /// The robot's joints, by name, and a position of each at the goal; radians or meters.
  std::vector<std::string> joints;
  std::vector<double> goal;
};

namespace detail {

/// A value of a line, and where it is.
class MbmValue {
 public:
  MbmValue(const nlohmann::json& value, std::string place) : value_(value), place_(std::move(place)) {}

  /// @throws Error unless the value is an object with exactly these keys.
  void require_keys(std::initializer_list<const char*> keys) const {
    wants(value_.is_object(), "an object");
    std::string all;
    for (const char* key : keys) all.append(all.empty() ? "" : ", ").append(key);
    const std::set<std::string> known(keys.begin(), keys.end());
    for (const auto& [key, value] : value_.items())
      require(known.contains(key), place_, ": wanted one of the keys ", all, ", got ", mace::detail::printable(key));
    for (const char* key : keys) require(value_.contains(key), place_, ": wanted the key \"", key, "\", got none");
  }
  MbmValue operator[](const char* key) const { return {value_.at(key), place_ + ": " + key}; }

  double number() const {
    wants(value_.is_number(), "a number");
    return value_.get<double>();
  }
  double size() const {
    wants(value_.is_number() && value_.get<double>() > 0, "a size above 0");
    return number();
  }
  std::int64_t index() const {
    wants(value_.is_number_unsigned() && value_.get<std::uint64_t>() < (std::uint64_t{1} << 53), "a whole number");
    return value_.get<std::int64_t>();
  }
  std::string text() const {
    wants(value_.is_string() && !value_.get_ref<const std::string&>().empty(), "a text that is not empty");
    return value_.get<std::string>();
  }
  /// The values of a list.
  std::vector<MbmValue> list() const {
    wants(value_.is_array(), "a list");
    std::vector<MbmValue> values;
    for (std::size_t i = 0; i < value_.size(); ++i)
      values.emplace_back(value_.at(i), place_ + "[" + std::to_string(i) + "]");
    return values;
  }
  template <int N>
  Vec<N, double> vector() const {
    wants(value_.is_array() && value_.size() == N, "a list of " + std::to_string(N) + " numbers");
    Vec<N, double> numbers;
    int i = 0;
    for (const MbmValue& value : list()) numbers[i++] = value.number();
    return numbers;
  }
  /// The pose that "center" and "quaternion_xyzw" say.
  Pose<double> pose() const {
    const Vec<4, double> q = (*this)["quaternion_xyzw"].vector<4>();
    (*this)["quaternion_xyzw"].wants(std::abs(norm(q) - 1) < 1e-3, "a quaternion of length 1");
    return Pose<double>::from_quaternion(q[3], q[0], q[1], q[2], (*this)["center"].vector<3>());
  }

 private:
  void wants(bool holds, const std::string& wanted) const {
    if (holds) return;
    const std::string got = value_.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    fail(place_, ": wanted ", wanted, ", got ", got.size() > 60 ? got.substr(0, 60) + "..." : got);
  }

  const nlohmann::json& value_;
  std::string place_;
};

inline MbmProblem read_mbm_problem(const MbmValue& line, const std::string& place) {
  line.require_keys({"set", "id", "boxes", "cylinders", "joints", "goal_configuration", "start"});
  MbmProblem problem{place, line["set"].text(), line["id"].index(), {}, {}, {}};
  for (const MbmValue& box : line["boxes"].list()) {
    box.require_keys({"name", "center", "quaternion_xyzw", "size"});
    for (const MbmValue& edge : box["size"].list()) edge.size();
    problem.scene.boxes.push_back({{box.pose(), 0.5 * box["size"].vector<3>()}, box["name"].text()});
  }
  for (const MbmValue& cylinder : line["cylinders"].list()) {
    cylinder.require_keys({"name", "center", "quaternion_xyzw", "height", "radius"});
    problem.scene.cylinders.push_back(
        {{cylinder.pose(), cylinder["radius"].size(), 0.5 * cylinder["height"].size()}, cylinder["name"].text()});
  }
  for (const MbmValue& joint : line["joints"].list()) problem.joints.push_back(joint.text());
  const auto positions = [&](const char* key) {
    std::vector<double> q;
    for (const MbmValue& value : line[key].list()) q.push_back(value.number());
    require(q.size() == problem.joints.size(), place, ": ", key, ": wanted a number for each of ",
            problem.joints.size(), " joints, got ", q.size());
    return q;
  };
  problem.goal = positions("goal_configuration");
  positions("start");  // of a motion, which is not asked for here
  problem.scene.checked(place);
  return problem;
}

}  // namespace detail

/// Reads a file of problems.
/// @throws Error if the file cannot be read or has no problems; if a line is not JSON, lacks a key, has another one or
///   a value of another shape; if two obstacles of a problem have the same name. The message begins with file:line.
inline std::vector<MbmProblem> read_mbm_problems(const std::filesystem::path& path) {
  std::ifstream file(path);
  require(!std::filesystem::is_directory(path) && file.good(), path.string(), ": cannot be read");
  std::vector<MbmProblem> problems;
  std::size_t number = 0;
  for (std::string text; std::getline(file, text);) {
    const std::string place = path.string() + ":" + std::to_string(++number);
    const nlohmann::json line = mace::detail::parse_json(text, place);
    problems.push_back(detail::read_mbm_problem({line, place}, place));
  }
  require(!problems.empty(), path.string(), ": wanted at least one problem, got none");
  return problems;
}

}  // namespace mace::benchmarks
