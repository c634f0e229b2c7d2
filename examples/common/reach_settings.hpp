// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/program.hpp"
#include "common/report_page.hpp"
#include "common/robots.hpp"
#include "mace/collision/arm.hpp"
#include "mace/collision/attached_object.hpp"
#include "mace/collision/scene.hpp"
#include "mace/ik/options.hpp"
#include "mace/ik/presets.hpp"
#include "mace/io/safetensors.hpp"
#include "mace/io/scene.hpp"
#include "mace/kinematics/goal.hpp"
#include "mace/robot/named_scenes.hpp"
#include "mace/score/reach.hpp"

namespace mace::examples {

/// What shall be done, as the flags say.
struct ReachSettings : TaskSettings {
  std::string scene = "cwall", preset = "quick";
  RobotSettings robot;
  std::vector<double> goal, rpy;
  std::optional<double> meters_per_radian;
  double tolerance = 1e-3, turn_tolerance = 1e-2, deadline = 1;
  double meters_per_penetration = 0, margin = 0, width = 0;
  Index solutions = 10;
  bool exact = false, flat_prior = false;

  IkOptions exact_options() const {
    return {.solutions = solutions,
            .deadline = deadline,
            .tolerance = tolerance,
            .turn_tolerance = turn_tolerance,
            .seed = seed};
  }
  /// How tuning grades what is in the way. Errors: numbers that make no sense.
  Reach score() const {
    require(
        meters_per_penetration >= 0 && std::isfinite(meters_per_penetration) && std::isfinite(margin) && margin >= 0,
        "--meters-per-penetration, --margin: wanted finite numbers of at least 0, got ", meters_per_penetration,
        " and ", margin);
    require((samples_posterior() ? width > 0 : width >= 0) && std::isfinite(width),
            "--width: wanted finite meters, of the posterior above 0, got ", width);
    return {.meters_per_penetration = static_cast<float>(meters_per_penetration),
            .margin = static_cast<float>(margin),
            .width = static_cast<float>(width)};
  }
  bool samples_posterior() const { return mode == "posterior"; }
  /// Errors: whatever a run would refuse, known before the work.
  void checked() const {
    score();
    if (samples_posterior())
      posterior_options(tuner(), flat_prior).checked();
    else
      tuner().checked();
    require(samples_posterior() || !flat_prior, "--flat-prior: wanted --mode posterior, got ", mode);
    require(!samples_posterior() || device == "cpu", "--device: wanted cpu for --mode posterior, got ", device);
  }
};

/// The hyper-parameters by name, where no flag says otherwise.
inline void apply_reach_preset(const CLI::App& app, ReachSettings& s) {
  const ReachPreset preset = s.samples_posterior() ? posterior_reach(s.flat_prior)
                             : s.preset == "paper" ? paper_reach(is_cramped(s.scene))
                                                   : quick_reach(is_cramped(s.scene));
  apply_preset(app, s, preset.options, preset.rate);
  set_unless_given(app, "--meters-per-penetration", s.meters_per_penetration, preset.meters_per_penetration);
  set_unless_given(app, "--margin", s.margin, preset.margin);
  set_unless_given(app, "--width", s.width, preset.width);
}

/// What shall be done, read from files and flags.
struct ReachTask {
  ArmDescription arm;
  Scene scene;
  Goal<double> goal;
  std::optional<Safetensors> prior;  ///< not where exact solutions alone are wanted
};

inline ReachTask read_reach_task(const ReachSettings& s) {
  ReachTask task{.arm = {}, .scene = {}, .goal = {}, .prior = {}};
  std::optional<Goal<double>> goal;
  if (std::find(scene_names.begin(), scene_names.end(), s.scene) != scene_names.end()) {
    task.arm = read_robot(s.robot);
    task.scene = named_scene(s.scene);
    goal = Goal<double>{{.position = named_goal(s.scene)}};
  } else {
    const bool file = s.scene.ends_with(".json") || std::filesystem::exists(s.scene);
    require(file, "--scene: wanted wall, cwall, window, box or a JSON file, got \"", s.scene, "\"");
    SceneFile read = read_scene(s.scene);
    task.arm = read_robot(s.robot, read);
    for (const AttachedObject& object : read.attached) task.arm = with_attached(std::move(task.arm), object);
    task.scene = std::move(read.scene);
    goal = read.goal;
  }
  require(goal || !s.goal.empty(), "--goal: wanted one, as ", s.scene, " has none");
  const auto vec = [](const std::vector<double>& v) { return Vec<3, double>{v[0], v[1], v[2]}; };
  task.goal = goal.value_or(Goal<double>{});
  if (!s.goal.empty()) task.goal.pose.position = vec(s.goal);
  if (!s.rpy.empty())
    task.goal = {Pose<double>::from_rpy(vec(s.rpy), task.goal.pose.position), default_meters_per_radian};
  require(!s.meters_per_radian || task.goal.meters_per_radian > 0,
          "--meters-per-radian: wanted an orientation that it weighs, by --goal-rpy or in the scene's file, got none");
  if (s.meters_per_radian) task.goal.meters_per_radian = *s.meters_per_radian;
  if (!s.prior.empty()) task.prior = read_safetensors(s.prior);
  return task;
}

inline SettingsList settings_of(const ReachSettings& s) {
  SettingsList list = common_settings(s);
  const auto add_if = [&](bool said, const char* name, const std::string& value) {
    if (said) list.emplace_back(name, value);
  };
  const auto add_number = [&](const char* name, double number) { list.emplace_back(name, setting_text(number)); };
  list.insert(list.end(), {{"mode", s.mode}, {"scene", s.scene}, {"robot", s.robot.name}});
  add_if(!s.robot.tip.empty(), "tip", s.robot.tip);
  add_if(!s.robot.srdf.empty(), "srdf", s.robot.srdf);
  add_if(!s.goal.empty(), "goal", settings_text(s.goal));
  add_if(!s.rpy.empty(), "goal rpy", settings_text(s.rpy));
  if (s.meters_per_radian) add_number("meters per radian", *s.meters_per_radian);
  if (s.mode == "prior") return list;
  add_if(!s.samples_posterior(), "preset", s.preset);
  add_round_settings(list, s, s.mode == "mace");
  add_number("meters per penetration", s.meters_per_penetration);
  add_number("margin", s.margin);
  add_number("width", s.width);
  add_if(s.flat_prior, "flat prior", "yes");
  if (s.samples_posterior())
    add_share_note(list);
  else
    list.emplace_back("scores of rounds", "as tuning grades them");
  return list;
}

inline void add_reach_flags(CLI::App& app, ReachSettings& s) {
  app.add_option("--scene", s.scene, "wall, cwall, window, box or a JSON file (docs/reach.md)")->capture_default_str();
  app.add_option("--goal", s.goal, "x y z, where the tip shall be, in the world; by default the scene's")->expected(3);
  app.add_option("--goal-rpy", s.rpy, "roll pitch yaw that the tip shall have")->expected(3);
  app.add_option("--meters-per-radian", s.meters_per_radian, "how much the orientation counts (0.3)");
  add_robot_flags(app, s.robot);
  add_mode_flag(app, s.mode, {"mace", "posterior", "is", "prior"},
                "mace, posterior (samples of the posterior itself), is (importance sampling) or prior (no tuning)");
  app.add_option("--preset", s.preset, "hyper-parameters: quick (ours) or paper (the paper's)")
      ->check(CLI::IsMember({"quick", "paper"}))
      ->capture_default_str();
  app.add_option(
      "--meters-per-penetration", s.meters_per_penetration,
      "while tuning, of a collision: 0, it is infeasible (the paper's score); else it costs as much as such a miss");
  app.add_option("--margin", s.margin, "while tuning and graded so, the clearance that is wanted, meters");
  app.add_option("--width", s.width,
                 "of the goal, meters: the score is exp(-miss^2 / 2 W^2); 0: exp(-miss) (the paper's)");
  app.add_flag("--flat-prior", s.flat_prior,
               "with --mode posterior: uniform within the joints' limits, which the network only stands in for");
  CLI::Option* exact = app.add_flag("--exact", s.exact, "find exact solutions, certified to be free");
  const auto of_exact = [&](const char* flag, auto& value, const char* what) {
    app.add_option(flag, value, what)->needs(exact)->capture_default_str();
  };
  of_exact("--solutions", s.solutions, "so many exact solutions are enough");
  of_exact("--deadline", s.deadline, "seconds to find them in");
  of_exact("--tolerance", s.tolerance, "meters that they may miss the goal by");
  of_exact("--turn-tolerance", s.turn_tolerance, "radians, likewise");
  app.add_option("--seed", s.seed, "of all random numbers")->capture_default_str();
}

}  // namespace mace::examples
