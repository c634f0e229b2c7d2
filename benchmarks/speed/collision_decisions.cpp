// SPDX-License-Identifier: Apache-2.0
// How long it takes to decide whether the Panda is free of collision, one configuration after another, on one thread.
// The scenes are the first problem of some sets of MotionBenchMaker, cylinders as capsules; configurations are drawn
// uniformly within the limits, or around the problem's goal. `collision_decisions --problems panda_problems.jsonl`
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/command_line.hpp"
#include "common/program.hpp"
#include "mace/collision/exact_check.hpp"
#include "mace/cpu.hpp"
#include "mace/robot/panda_arm.hpp"
#include "mace/simulate/arm.hpp"
#include "paper/series.hpp"

using namespace mace;
using examples::Json;

namespace {

struct Settings {
  std::string problems, json;
  std::vector<std::string> sets{"cage", "table_pick", "bookshelf_thin"};
  std::size_t configurations = 100'000;
  int repeats = 5;
  double spread = 0.2;
  std::uint64_t seed = 0;
};

struct Problem {
  Scene scene;
  Vec<7> goal;
};

Pose<double> pose_of(const Json& shape) {
  const Json &q = shape.at("quaternion_xyzw"), &p = shape.at("center");
  return Pose<double>::from_quaternion(q.at(3), q.at(0), q.at(1), q.at(2), {p.at(0), p.at(1), p.at(2)});
}

Problem problem_of(const Json& line) {
  Problem problem;
  for (const Json& box : line.at("boxes")) {
    const Json& size = box.at("size");
    problem.scene.boxes.push_back({pose_of(box), 0.5 * Vec<3, double>{size.at(0), size.at(1), size.at(2)}});
  }
  for (const Json& cylinder : line.at("cylinders")) {
    const Pose<double> at = pose_of(cylinder);
    const Vec<3, double> half = 0.5 * cylinder.at("height").get<double>() * at.z;
    problem.scene.capsules.push_back({at.position - half, at.position + half, cylinder.at("radius")});
  }
  for (int j = 0; j < 7; ++j) problem.goal[j] = line.at("goal_configuration").at(static_cast<std::size_t>(j));
  return problem;
}

/// The first problem of a set in a file of one JSON object per line.
/// Errors: the file cannot be read or has no such set; a line is no problem.
Problem read_problem(const std::string& path, const std::string& set) {
  std::ifstream file(path);
  require(file.good(), path, ": wanted a file of problems, got none that can be read");
  for (std::string line; std::getline(file, line);) {
    const Json json = Json::parse(line);
    if (json.at("set") == set) return problem_of(json);
  }
  fail(path, ": wanted a problem of the set ", set, ", got none");
}

/// Uniform within the limits, or normal around a goal, within the limits.
std::vector<Vec<7>> draw(const Settings& s, const Vec<7>* goal) {
  const SerialChain<7> chain = panda_chain<float>();
  std::vector<Vec<7>> q(s.configurations);
  for (std::size_t i = 0; i < q.size(); ++i) {
    Random random({s.seed, Stream::evaluation, goal != nullptr ? 1u : 0u}, static_cast<std::uint32_t>(i));
    for (int j = 0; j < 7; ++j) {
      const float lower = chain.joint[j].lower, upper = chain.joint[j].upper;
      q[i][j] = goal == nullptr ? random.uniform(lower, upper)
                                : std::clamp((*goal)[j] + static_cast<float>(s.spread) * random.normal(), lower, upper);
    }
  }
  return q;
}

/// A way to decide, what it says, and how long it takes.
struct Decider {
  const char* name;
  std::function<void(std::vector<std::uint8_t>& free)> decide;
  std::vector<std::uint8_t> free{};
  benchmarks::Series nanoseconds{};

  void run(std::size_t count) {
    free.assign(count, 0);
    const std::clock_t start = std::clock();
    decide(free);
    const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    nanoseconds.values.push_back(1e9 * seconds / static_cast<double>(count));
  }
};

/// How many one decider calls free and another one does not, and the other way round.
struct Agreement {
  std::size_t free = 0, freer = 0, stricter = 0;

  Agreement(const std::vector<std::uint8_t>& said, const std::vector<std::uint8_t>& other) {
    for (std::size_t i = 0; i < said.size(); ++i) {
      free += said[i];
      freer += said[i] > other[i] ? 1 : 0;
      stricter += said[i] < other[i] ? 1 : 0;
    }
  }
};

/// Times all deciders on the same configurations, in turn. The capsules and the hulls of an arm enclose the same meshes
/// but not each other, so either may be freer than the other.
Json measure(const Settings& s, const Scene& scene, const std::vector<Vec<7>>& q, const std::string& name) {
  Cpu exec({.threads = 1});
  const ExactCheck check(panda_arm(), scene);
  const Arm<7> arm(exec, panda_arm(), scene);
  std::vector<ArmOutcome<float>> outcomes(q.size());
  std::vector<Decider> deciders{
      {"ExactCheck::is_free",
       [&](auto& free) {
         for (std::size_t i = 0; i < q.size(); ++i) free[i] = check.is_free(q[i].as<double>().v) ? 1 : 0;
       }},
      {"Arm::simulate",
       [&](auto& free) {
         arm.simulate(exec, std::span<const Vec<7>>(q), std::span(outcomes));
         for (std::size_t i = 0; i < q.size(); ++i) free[i] = outcomes[i].clearance >= 0 ? 1 : 0;
       }},
      {"Arm::decide", [&](auto& free) { arm.decide(exec, std::span<const Vec<7>>(q), std::span(free)); }}};
  for (int repeat = 0; repeat < s.repeats; ++repeat)
    for (Decider& decider : deciders) decider.run(q.size());
  Json json{{"configurations", name}};
  for (const Decider& decider : deciders) {
    const Agreement with_exact(decider.free, deciders[0].free), with_clearances(decider.free, deciders[1].free);
    std::printf("%-23s %-19s %5.0f ns, %zu free; than the exact check freer %zu, stricter %zu\n", name.c_str(),
                decider.name, decider.nanoseconds.median(), with_exact.free, with_exact.freer, with_exact.stricter);
    json[decider.name] = {{"nanoseconds", decider.nanoseconds.median()},
                          {"free", with_exact.free},
                          {"freer_than_exact", with_exact.freer},
                          {"stricter_than_exact", with_exact.stricter}};
    if (std::string_view(decider.name) == "Arm::decide")
      require(with_clearances.freer == 0 && with_clearances.stricter == 0, name,
              ": wanted the decisions of the clearances, got ", with_clearances.freer, " freer and ",
              with_clearances.stricter, " stricter");
  }
  return json;
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  CLI::App app("Decisions about the Panda's collisions.", "collision_decisions");
  app.add_option("--problems", s.problems, "problems of MotionBenchMaker, one JSON object per line")->required();
  app.add_option("--sets", s.sets, "whose first problem is a scene")->capture_default_str();
  app.add_option("--configurations", s.configurations, "of each kind in a scene")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  app.add_option("--repeats", s.repeats, "whose median counts")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--spread", s.spread, "standard deviation around a goal, radians")->capture_default_str();
  app.add_option("--seed", s.seed, "of the configurations")->capture_default_str();
  app.add_option("--json", s.json, "a file for the results");
  return examples::run_program(app, argc, argv, [&] {
    if (!s.json.empty()) examples::require_writable(s.json);
    Json json{{"benchmark", "collision_decisions"}, {"configurations", s.configurations}, {"seed", s.seed}};
    for (const std::string& set : s.sets) {
      const Problem problem = read_problem(s.problems, set);
      json["results"].push_back(measure(s, problem.scene, draw(s, nullptr), set + ", uniform"));
      json["results"].push_back(measure(s, problem.scene, draw(s, &problem.goal), set + ", goal"));
    }
    if (!s.json.empty()) examples::write_json(s.json, json);
  });
}
