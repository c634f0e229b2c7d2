// SPDX-License-Identifier: Apache-2.0
// How long random restarts take to the first configuration at a goal, within the limits and free of collision: with
// KDL's solver, the family behind MoveIt's default, and with ours. Same starts, goals, scenes and collision check; one
// thread.
#include <cstdio>
#include <string>
#include <vector>

#include "common/command_line.hpp"
#include "common/program.hpp"
#include "mace/robot/named_scenes.hpp"
#include "paper/reach_goals.hpp"
#include "paper/series.hpp"
#include "speed/peers/kdl.hpp"

using namespace mace;
using namespace mace::benchmarks;
using examples::Json;

namespace {

struct Settings {
  std::vector<std::string> scenes{"none", "window", "cwall", "box"};
  std::string json;
  std::size_t goals = 100;
  std::uint64_t seed = 0;
  double tolerance = 1e-3, deadline = 10, spread = 0.03;
  int iterations = 500;
};

/// One solver's restarts over all goals of a scene.
struct Runs {
  Series solved, milliseconds, tries, at_goal;

  void add(const Restarts<7>& run) {
    solved.values.push_back(run.solution ? 1 : 0);
    milliseconds.values.push_back(1e3 * run.seconds);
    tries.values.push_back(run.tries);
    at_goal.values.push_back(run.at_goal);
  }
  Json json() const {
    return {{"solved", solved.mean()},
            {"milliseconds",
             {{"mean", milliseconds.mean()},
              {"median", milliseconds.median()},
              {"q10", milliseconds.quantile(0.1)},
              {"q90", milliseconds.quantile(0.9)},
              {"max", milliseconds.quantile(1)}}},
            {"tries", {{"mean", tries.mean()}, {"median", tries.median()}}},
            {"at_goal", {{"mean", at_goal.mean()}, {"median", at_goal.median()}}}};
  }
  void print(const std::string& scene, const char* solver) const {
    std::printf("%-7s %-5s %6.2f %9.3f %9.3f %9.3f %9.3f %9.1f %9.1f\n", scene.c_str(), solver, solved.mean(),
                milliseconds.median(), milliseconds.mean(), milliseconds.quantile(0.9), milliseconds.quantile(1),
                tries.median(), tries.mean());
  }
};

/// A scene by its name; "none": the ground alone, its goal that of the window.
Scene scene_of(const std::string& name) {
  if (name != "none") return named_scene(name);
  Scene scene = named_scene("window");
  scene.boxes.clear();
  return scene;
}

Json run_scene(const Settings& s, const std::string& name) {
  const Scene scene = scene_of(name);
  const Vec<3, double> center = named_goal(name == "none" ? "window" : name);
  const auto goals = draw_goals(scene, GoalRange::around(center, s.spread), s.goals, s.seed);
  const SerialChain<7, double> chain = panda_chain<double>();
  const ExactCheck check(panda_arm(), scene);
  const Pose<double> from_world = scene.base.inverse();

  KdlSolver<7> solver(chain, s.tolerance, s.iterations);
  Runs kdl, ours;
  for (std::uint32_t i = 0; i < goals.size(); ++i) {
    const Vec<3, double> goal = from_world * goals[i];
    // Not the starts that the goals were drawn with, of which one is known to succeed.
    const RandomKey starts{s.seed + 1, Stream::restart, i};
    solver.aim(goal);
    kdl.add(random_restarts(chain, check, solver, starts, {.seconds = s.deadline}));
    const RefineTo<7> refiner{chain, {.pose = {.position = goal}}, {.distance = s.tolerance}};
    ours.add(random_restarts(chain, check, refiner, starts, {.seconds = s.deadline}));
  }
  kdl.print(name, "KDL");
  ours.print(name, "ours");
  return {{"kdl", kdl.json()}, {"ours", ours.json()}};
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  CLI::App app("Random-restart inverse kinematics around obstacles, with KDL's solver and with ours.", "kdl_reach");
  app.add_option("--scene", s.scenes, "none, wall, cwall, window or box")->capture_default_str();
  app.add_option("--goals", s.goals, "a scene")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--spread", s.spread, "meters that goals may be off the scene's, along each axis")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--tolerance", s.tolerance, "meters")->check(CLI::Range(1e-9, 1.0))->capture_default_str();
  app.add_option("--deadline", s.deadline, "seconds a goal")->check(CLI::Range(1e-3, 1e6))->capture_default_str();
  app.add_option("--iterations", s.iterations, "KDL's, a start")->check(CLI::Range(1, 10000))->capture_default_str();
  app.add_option("--seed", s.seed, "of goals and starts")->capture_default_str();
  app.add_option("--json", s.json, "a file for the results");
  return examples::run_program(app, argc, argv, [&] {
    if (!s.json.empty()) examples::require_writable(s.json);
    Json json{
        {"benchmark", "kdl_reach"},   {"goals", s.goals},         {"spread_m", s.spread},          {"seed", s.seed},
        {"tolerance_m", s.tolerance}, {"deadline_s", s.deadline}, {"kdl_iterations", s.iterations}};
    std::printf("scene   with  solved median/ms   mean/ms    q90/ms    max/ms     tries  (mean)\n");
    for (const std::string& scene : s.scenes) json["scenes"][scene] = run_scene(s, scene);
    if (!s.json.empty()) examples::write_json(s.json, json);
  });
}
