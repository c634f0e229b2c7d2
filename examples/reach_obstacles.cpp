// SPDX-License-Identifier: Apache-2.0
// Reaches a goal among obstacles: draws from the posterior over an arm's configurations (paper, 4.2), and finds exact
// ones.
#include <cstdio>
#include <optional>

#include "common/arm_panels.hpp"
#include "common/arm_reach.hpp"
#include "common/arm_scene.hpp"
#include "common/arm_scene_file.hpp"
#include "common/command_line.hpp"
#include "common/exact_search.hpp"
#include "common/frame.hpp"
#include "common/reach_presets.hpp"
#include "common/robots.hpp"
#include "mace/tune/exact_solutions.hpp"
#include "mace/tune/observers.hpp"

using namespace mace;
using namespace mace::examples;

namespace {

constexpr Index judged = 1000;  // samples that are looked at, as in the paper
constexpr std::size_t shown = 12;

struct Settings : TaskSettings {
  std::string scene = "cwall", method = "mace", preset = "quick";
  RobotSettings robot;
  std::vector<double> goal, rpy;
  std::optional<double> metres_per_radian;
  double tolerance = 1e-3, turn_tolerance = 1e-2, deadline = 1;
  double metres_per_penetration = 0, margin = 0, width = 0;
  Index solutions = 10;
  bool exact = false, flat_prior = false;

  ExactOptions exact_options() const {
    return {.solutions = solutions, .deadline = deadline, .polish = {.distance = tolerance, .turn = turn_tolerance}};
  }
  /// How tuning grades what is in the way. Errors: numbers that make no sense.
  Reach score() const {
    require(
        metres_per_penetration >= 0 && std::isfinite(metres_per_penetration) && std::isfinite(margin) && margin >= 0,
        "--metres-per-penetration, --margin: wanted finite numbers of at least 0, got ", metres_per_penetration,
        " and ", margin);
    require((samples_posterior() ? width > 0 : width >= 0) && std::isfinite(width),
            "--width: wanted finite metres, of the posterior above 0, got ", width);
    return {.metres_per_penetration = static_cast<float>(metres_per_penetration),
            .margin = static_cast<float>(margin),
            .width = static_cast<float>(width)};
  }
  bool samples_posterior() const { return method == "posterior"; }
  /// Errors: whatever a run would refuse, known before the work.
  void checked() const {
    score();
    if (samples_posterior())
      posterior_options(tuner(), flat_prior).checked();
    else
      tuner().checked();
    require(samples_posterior() || !flat_prior, "--flat-prior: wanted --mode posterior, got ", method);
    require(!samples_posterior() || device == "cpu", "--device: wanted cpu for --method posterior, got ", device);
  }
};

/// What shall be done, read from files and flags.
struct Task {
  ArmDescription arm;
  mace::Scene scene;
  Goal<double> goal;
  Safetensors prior;
};

struct Result {
  JudgedSamples prior, posterior;
  Report report;
  std::optional<PosteriorReport> sampled;  ///< with --method posterior
  ExactReport exact;
  std::vector<std::vector<double>> solutions;
  Index solution_modes = 0;
};

/// The hyper-parameters by name, where no flag says otherwise.
void apply_preset(const CLI::App& app, Settings& s) {
  const ReachPreset preset = s.samples_posterior() ? posterior_reach(s.flat_prior)
                             : s.preset == "paper" ? paper_reach(s.scene)
                                                   : quick_reach(s.scene);
  apply_preset(app, s, preset.options, preset.rate);
  set_unless_given(app, "--metres-per-penetration", s.metres_per_penetration, preset.metres_per_penetration);
  set_unless_given(app, "--margin", s.margin, preset.margin);
  set_unless_given(app, "--width", s.width, preset.width);
}

Task read_task(const Settings& s) {
  Task task{.arm = read_robot(s.robot), .scene = {}, .goal = {}, .prior = {}};
  std::optional<Goal<double>> goal;
  if (std::find(arm_scenes.begin(), arm_scenes.end(), s.scene) != arm_scenes.end()) {
    task.scene = named_scene(s.scene);
    goal = Goal<double>{{.position = named_goal(s.scene)}};
  } else {
    const bool file = s.scene.ends_with(".json") || std::filesystem::exists(s.scene);
    require(file, "--scene: wanted wall, cwall, window, box or a JSON file, got \"", s.scene, "\"");
    SceneFile read = read_scene(s.scene);
    task.scene = std::move(read.scene);
    goal = read.goal;
  }
  require(goal || !s.goal.empty(), "--goal: wanted one, as ", s.scene, " has none");
  const auto vec = [](const std::vector<double>& v) { return Vec<3, double>{v[0], v[1], v[2]}; };
  task.goal = goal.value_or(Goal<double>{});
  if (!s.goal.empty()) task.goal.tip.position = vec(s.goal);
  if (!s.rpy.empty()) task.goal = {placed(task.goal.tip.position, vec(s.rpy)), default_metres_per_radian};
  require(!s.metres_per_radian || task.goal.metres_per_radian > 0,
          "--metres-per-radian: wanted an orientation that it weighs, by --goal-rpy or in the scene's file, got none");
  if (s.metres_per_radian) task.goal.metres_per_radian = *s.metres_per_radian;
  task.prior = read_safetensors(s.prior);
  return task;
}

/// Tunes the model, and judges what is drawn from it then.
template <class Arm, class Observer>
void tune(Arm& arm, const Settings& s, const Observer& observer, Result& result) {
  auto tuner = arm.tuner(s.tuner(), s.rate, s.method == "is", s.score());
  result.report = tuner.run(ShowProgress(), observer);
  result.posterior = arm.judge(judged);
}

/// Samples the posterior. Errors: none is possible.
template <class Arm>
void sample_posterior(Arm& arm, const Settings& s, Result& result) {
  auto posterior = arm.posterior(posterior_options(s.tuner(), s.flat_prior), s.rate, s.score());
  result.sampled = posterior.run(ShowProgress());
  std::vector<typename Arm::Model::Sample> q(judged);
  posterior.resample({s.seed, Stream::evaluation, ReachRound::judged}, q);
  result.posterior = arm.judge(q, arm.check());
  result.report.rounds = result.sampled->rounds;
  result.report.steps = result.sampled->steps;
  result.report.seconds = result.sampled->seconds;
}

template <int Joints, class Exec>
Result reach(Exec& exec, Cpu& host, const Settings& s, const Task& task) {
  ArmReach<Joints, Exec> arm(exec, host, task.arm, task.scene, task.goal,
                             read_arm_prior<ArmNetwork<Joints>>(task.prior, task.arm.chain));
  require_in_reach(arm.chain(), arm.goal_in_base(), s.exact_options().checked().polish, {s.seed, Stream::restart, 0});
  Result result;
  result.prior = result.posterior = arm.judge(judged);
  std::optional<ExactSolutions<Cpu, Joints, ExactCheck>> exact;
  if (s.exact) exact.emplace(host, arm.chain(), arm.check(), arm.goal_in_base(), s.exact_options());
  if (s.exact) search_prior(*exact, arm, 0.5 * s.deadline);
  // Tuning goes on when there are enough: the samples after it are reported too.
  const auto try_elites = [&](const RoundRecord& round, const Snapshot<Vec<Joints>>& seen) {
    if (exact) (*exact)(round, seen);
  };
  if constexpr (std::same_as<Exec, Cpu>)
    if (s.samples_posterior()) sample_posterior(arm, s, result);
  if (s.method == "mace" || s.method == "is") tune(arm, s, try_elites, result);
  if (!s.exact) return result;
  search_uniform(*exact, s.deadline);
  result.exact = exact->report();
  for (const auto& q : exact->solutions()) result.solutions.push_back(numbers(q));
  result.solution_modes = count_modes(exact->solutions());
  return result;
}

Json samples_json(const JudgedSamples& samples) {
  const std::optional<double> best = samples.best_free();
  return {{"n", samples.q.size()},
          {"score", samples.score},
          {"success", samples.success},
          {"distance_m",
           {{"mean", samples.mean_distance()},
            {"median", samples.median_distance()},
            {"best_free", best ? Json(*best) : Json()}}},
          {"turn_rad", samples.turn},
          {"joint_spread", samples.joint_spread},
          {"modes", samples.modes}};
}

/// Of samples that there are.
const char* status(const PosteriorReport& report) {
  return report.status == PosteriorStatus::reached ? "reached" : "tempered";
}

Json posterior_json(const PosteriorReport& report) {
  return {{"status", status(report)},
          {"power", report.power},
          {"effective_samples", report.effective_samples},
          {"log_evidence", report.log_evidence}};
}

Json summary(const Settings& s, const Task& task, const Result& r) {
  const auto& at = task.goal.tip.position;
  Json seconds = seconds_json(r.report.seconds);
  if (s.exact) seconds["first"] = r.exact.first ? Json(*r.exact.first) : Json();
  Json json{{"task", "reach_obstacles"},
            {"device", s.device},
            {"seed", s.seed},
            {"threads", s.threads},
            {"robot", s.robot.name},
            {"scene", s.scene},
            {"goal", {at[0], at[1], at[2]}},
            {"metres_per_radian", task.goal.metres_per_radian},
            {"method", s.method},
            {"preset", s.preset},
            {"samples", s.samples},
            {"elites", s.method == "is" || s.samples_posterior() ? s.samples : elite_count(s.samples, s.quantile)},
            {"rounds", r.report.rounds},
            {"steps", r.report.steps},
            {"steps_per_round", s.steps_per_round},
            {"rate", s.rate},
            {"batches", s.batches},
            {"metres_per_penetration", s.metres_per_penetration},
            {"margin", s.margin},
            {"width", s.width},
            {"flat_prior", s.flat_prior},
            {"seconds", seconds},
            {"prior", samples_json(r.prior)},
            {"posterior", samples_json(r.posterior)}};
  if (s.method == "is" && !r.report.history.empty())
    json["effective_samples"] = r.report.history.back().effective_samples;
  if (r.sampled) json.update(posterior_json(*r.sampled));
  if (!s.exact) return json;
  json["certified"] = r.solutions.size();
  json["exact"] = {{"tolerance_m", s.tolerance}, {"turn_tolerance_rad", s.turn_tolerance},
                   {"deadline", s.deadline},     {"tries", r.exact.tries},
                   {"at_goal", r.exact.at_goal}, {"free", r.exact.free},
                   {"modes", r.solution_modes},  {"seconds", r.exact.seconds}};
  return json;
}

void print(const Settings& s, const Task& task, const Result& r) {
  const auto& at = task.goal.tip.position;
  std::printf("reaching (%g, %g, %g) in %s: %s, %td samples a round, %td rounds, %td steps, %d threads\n", at[0], at[1],
              at[2], s.scene.c_str(), s.method.c_str(), s.samples, r.report.rounds, r.report.steps, s.threads);
  std::printf("%-30s %10s %10s\n", "", "prior", "posterior");
  const auto row = [&](const char* name, const char* format, auto value) {
    char prior[32], posterior[32];
    std::snprintf(prior, sizeof prior, format, value(r.prior));
    std::snprintf(posterior, sizeof posterior, format, value(r.posterior));
    std::printf("%-30s %10s %10s\n", name, prior, posterior);
  };
  row("score", "%.3f", [](const JudgedSamples& x) { return x.score; });
  row("not in collision", "%.3f", [](const JudgedSamples& x) { return x.success; });
  row("distance, mean (mm)", "%.1f", [](const JudgedSamples& x) { return 1e3 * x.mean_distance(); });
  row("distance, median (mm)", "%.1f", [](const JudgedSamples& x) { return 1e3 * x.median_distance(); });
  if (r.prior.best_free() && r.posterior.best_free())
    row("distance, best free (mm)", "%.2f", [](const JudgedSamples& x) { return 1e3 * *x.best_free(); });
  if (task.goal.metres_per_radian > 0)
    row("turned away, mean (rad)", "%.3f", [](const JudgedSamples& x) { return x.turn; });
  row("spread of the joints (rad)", "%.3f", [](const JudgedSamples& x) { return x.joint_spread; });
  row("modes", "%.0f", [](const JudgedSamples& x) { return static_cast<double>(x.modes); });
  print_seconds(r.report.seconds);
  if (r.sampled)
    std::printf("%s: of prior times score^%.3g, worth %.0f samples of equal weight, log evidence %.3f\n",
                status(*r.sampled), r.sampled->power, r.sampled->effective_samples, r.sampled->log_evidence);
  if (!s.exact) return;
  if (r.exact.first)
    std::printf("exact: %zu certified solutions in %td modes, the first after %.2f ms, the search took %.1f ms\n",
                r.solutions.size(), r.solution_modes, 1e3 * *r.exact.first, 1e3 * r.exact.seconds);
  else
    std::printf("exact: no solution within %g s: of %td tries %td came to the goal, none of them free\n", s.deadline,
                r.exact.tries, r.exact.at_goal);
}

std::vector<std::filesystem::path> result_files(const Settings& s) {
  std::vector<std::filesystem::path> files{"reach_obstacles.png", "prior.csv", "posterior.csv"};
  if (s.exact) files.push_back("solutions.csv");
  return files;
}

void write(const ResultFolder& folder, const Settings& s, const Task& task, const Result& r) {
  ArmPanelsSpec picture{.panels = {}, .scene = task.scene, .goal = task.goal.tip.position};
  for (const auto& [name, samples] : {std::pair{"prior", &r.prior}, std::pair{"posterior", &r.posterior}}) {
    char note[64];
    std::snprintf(note, sizeof note, "%.1f %% not in collision", 100 * samples->success);
    ArmPanel panel{.title = name, .note = note};
    for (std::size_t i = 0; i < shown; ++i)
      panel.arms.push_back(placed_arm(task.arm, task.scene.base, samples->q[i], samples->free[i] != 0));
    write_csv(folder.file(std::string(name) + ".csv"), task.arm.chain, samples->q);
    if (s.method != "prior" || samples == &r.prior)
      picture.panels.push_back(std::move(panel));  // else both are the same
  }
  if (s.exact) {
    write_csv(folder.file("solutions.csv"), task.arm.chain, r.solutions);
    ArmPanel panel{.title = "exact", .note = std::to_string(r.solutions.size()) + " certified"};
    for (std::size_t i = 0; i < std::min(shown, r.solutions.size()); ++i)
      panel.arms.push_back(placed_arm(task.arm, task.scene.base, r.solutions[i], true));
    picture.panels.push_back(std::move(panel));
  }
  draw_arm_panels(folder.file("reach_obstacles.png"), picture);
}

/// The program's claims: tuning makes nearly all samples free, and there are exact solutions.
void check_claims(const Settings& s, const Result& r) {
  require((s.method != "mace" && !s.samples_posterior()) ||
              (r.posterior.success >= 0.9 && r.posterior.score > r.prior.score),
          "--check: wanted at least 0.9 of the tuned samples free and a better score than ", r.prior.score, ", got ",
          r.posterior.success, " and ", r.posterior.score);
  require(!r.sampled || r.sampled->status == PosteriorStatus::reached,
          "--check: wanted the score to count in full, got a power of ", r.sampled ? r.sampled->power : 1);
  const auto wanted = static_cast<std::size_t>(s.solutions);
  require(!s.exact || r.solutions.size() == wanted, "--check: wanted ", wanted, " certified solutions, got ",
          r.solutions.size());
}

void run(const Settings& s) {
  ResultFolder folder(s.out, result_files(s));
  if (!s.json.empty()) require_writable(s.json);
  s.checked();
  const Task task = read_task(s);
  Result result;
  with_joints(task.arm.chain.joints.size(), [&](auto joints) {
    on_arm_device<joints>(s.device, {.seed = s.seed, .threads = s.threads},
                          [&](auto& exec, Cpu& host) { result = reach<joints>(exec, host, s, task); });
  });
  print(s, task, result);
  if (s.check) check_claims(s, result);
  if (folder.wanted()) write(folder, s, task, result);
  if (!s.json.empty()) write_json(s.json, summary(s, task, result));
  folder.commit();
}

void add_flags(CLI::App& app, Settings& s) {
  app.add_option("--scene", s.scene, "wall, cwall, window, box or a JSON file (docs/reach.md)")->capture_default_str();
  app.add_option("--goal", s.goal, "x y z, where the tip shall be, in the world; by default the scene's")->expected(3);
  app.add_option("--goal-rpy", s.rpy, "roll pitch yaw that the tip shall have")->expected(3);
  app.add_option("--metres-per-radian", s.metres_per_radian, "how much the orientation counts (0.3)");
  add_robot_flags(app, s.robot);
  app.add_option("--method,--mode", s.method,
                 "mace, posterior (samples of the posterior itself), is (importance sampling) or prior (no tuning)")
      ->check(CLI::IsMember({"mace", "posterior", "is", "prior"}))
      ->capture_default_str();
  app.add_option("--preset", s.preset, "hyper-parameters: quick (ours) or paper (the paper's)")
      ->check(CLI::IsMember({"quick", "paper"}))
      ->capture_default_str();
  app.add_option(
      "--metres-per-penetration", s.metres_per_penetration,
      "while tuning, of a collision: 0, it is impossible (the paper's score); else it costs as much as such a miss");
  app.add_option("--margin", s.margin, "while tuning and graded so, the clearance that is wanted, metres");
  app.add_option("--width", s.width,
                 "of the goal, metres: the score is exp(-miss^2 / 2 W^2); 0: exp(-miss) (the paper's)");
  app.add_flag("--flat-prior", s.flat_prior,
               "with --mode posterior: uniform within the joints' limits, which the network only stands in for");
  CLI::Option* exact = app.add_flag("--exact", s.exact, "find exact solutions, certified to be free");
  const auto of_exact = [&](const char* flag, auto& value, const char* what) {
    app.add_option(flag, value, what)->needs(exact)->capture_default_str();
  };
  of_exact("--solutions", s.solutions, "so many exact solutions are enough");
  of_exact("--deadline", s.deadline, "seconds to find them in");
  of_exact("--tolerance", s.tolerance, "metres that they may miss the goal by");
  of_exact("--turn-tolerance", s.turn_tolerance, "radians, likewise");
  app.add_option("--seed", s.seed, "of all random numbers")->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  s.prior = MACE_SOURCE_DIR "/priors/panda.safetensors";
  CLI::App app("Reaches a goal among obstacles: draws from the posterior over an arm's configurations.",
               "reach_obstacles");
  add_flags(app, s);
  add_task_flags(app, s, "the tuned samples are nearly all free, and, with --exact, there are solutions");
  for (const char* flag : {"--samples", "--quantile", "--steps", "--steps-per-round", "--rate",
                           "--metres-per-penetration", "--margin", "--width"})
    app.get_option(flag)->default_str("the preset's");
  return run_program(app, argc, argv, [&] {
    require(s.robot.name == "panda" || app.count("--prior") > 0, "--prior: wanted one for ", s.robot.name,
            " (train_arm writes it), got none");
    apply_preset(app, s);
    run(s);
  });
}
