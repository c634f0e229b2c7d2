// SPDX-License-Identifier: Apache-2.0
// Reaches a goal among obstacles: tunes a model of an arm's configurations to it, or draws from their posterior (paper,
// 4.2), and finds exact ones.
#include <cstdio>
#include <optional>

#include "common/arm_page.hpp"
#include "common/arm_panels.hpp"
#include "common/arm_reach.hpp"
#include "common/command_line.hpp"
#include "common/keyframes.hpp"
#include "common/latent_posterior.hpp"
#include "common/program.hpp"
#include "common/reach_settings.hpp"
#include "common/report_page.hpp"
#include "mace/core/number_text.hpp"
#include "mace/ik.hpp"
#include "mace/tune/observers.hpp"

using namespace mace;
using namespace mace::examples;

namespace {

constexpr Index judged = 1000;  // samples that are looked at, as in the paper
constexpr std::size_t shown = 12;

/// What the search for exact solutions came to.
struct ExactResult {
  IkStatus status = IkStatus::timed_out;
  std::string explained;
  std::vector<std::vector<double>> solutions;
  std::vector<double> miss;  ///< the nearest one, where there is no solution
  std::optional<double> first;
  Index tries = 0, at_goal = 0, free = 0, modes = 0;
  double seconds = 0;
};

struct Result {
  std::optional<JudgedSamples> prior;  ///< where there is one
  std::optional<JudgedSamples> after;  ///< not with --mode prior
  Report report;
  std::optional<PosteriorReport> sampled;  ///< with --mode posterior
  ExactResult exact;
  std::vector<ArmKeyframe> keyframes;  ///< of the run, for its page
};

/// Searches for exact solutions, from some starts first. What an earlier search found is kept.
void search_exact(IkSolver& solver, const ReachSettings& s, const ReachTask& task, double deadline,
                  const std::vector<std::vector<double>>& starts, ExactResult& exact) {
  std::vector<double> rows;
  for (const auto& q : exact.solutions) rows.insert(rows.end(), q.begin(), q.end());
  for (const auto& q : starts) rows.insert(rows.end(), q.begin(), q.end());
  IkOptions options = s.exact_options();
  options.deadline = deadline;
  options.starts = rows;
  const IkResult& found = solver.solve(task.goal, options);
  if (found.first && !exact.first) exact.first = exact.seconds + *found.first;
  exact.status = found.status;
  exact.explained = found.explained();
  exact.solutions.clear();
  for (const IkSolution& solution : found.solutions) exact.solutions.emplace_back(solution.q.begin(), solution.q.end());
  exact.miss.clear();
  if (found.miss) exact.miss.assign(found.miss->q.begin(), found.miss->q.end());
  exact.tries += found.tries;
  exact.at_goal += found.at_goal;
  exact.free += found.free;
  exact.seconds += found.seconds;
}

/// The number of modes among configurations of any number of joints.
Index modes_of(const std::vector<std::vector<double>>& configurations, std::size_t joints) {
  Index modes = 0;
  const auto count = [&]<int Joints>() {
    std::vector<Vec<Joints, double>> all(configurations.size());
    for (std::size_t i = 0; i < all.size(); ++i) std::copy_n(configurations[i].begin(), Joints, all[i].v);
    modes = count_modes(std::span<const Vec<Joints, double>>(all));
  };
  [&]<int... J>(std::integer_sequence<int, J...>) {
    ((joints == J + 1 ? count.template operator()<J + 1>() : void()), ...);
  }
  (std::make_integer_sequence<int, max_joints>());
  return modes;
}

/// Of a run, as its model draws them, not judged yet.
template <class Arm>
using DrawnKeyframes = Keyframes<typename Arm::Model::Sample>;

/// Tunes the model, and judges what is drawn from it then.
template <class Arm>
void tune(Arm& arm, const ReachSettings& s, DrawnKeyframes<Arm>& keyframes, Result& result) {
  auto tuner = arm.tuner(s.tuner(), s.rate, s.mode == "is", s.score());
  result.report = tuner.run(ShowProgress(), keyframes);
  result.after = arm.judge(judged);
}

/// Samples the posterior. Errors: none is feasible.
template <class Arm>
void sample_posterior(Arm& arm, const ReachSettings& s, DrawnKeyframes<Arm>& keyframes, Result& result) {
  auto posterior = arm.posterior(posterior_options(s.tuner(), s.flat_prior), s.rate, s.score());
  const auto drawn = [&](std::size_t count, std::uint32_t use) {
    std::vector<typename Arm::Model::Sample> q(count);
    posterior.resample({s.seed, Stream::evaluation, use}, q);
    return q;
  };
  result.sampled = posterior.run(ShowProgress(), [&](const RoundRecord& record) {
    if (s.out.empty() || !(record.effective_samples > 0)) return;
    using Drawn = Keyframe<typename Arm::Model::Sample>;
    const Index round = record.round + 1;
    keyframes.keep(round, [&] { return Drawn{.round = round, .samples = drawn(most_samples, ReachRound::keyframe)}; });
  });
  result.after = arm.judge(drawn(judged, ReachRound::judged), arm.check());
  result.report.rounds = result.sampled->rounds;
  result.report.steps = result.sampled->steps;
  result.report.seconds = result.sampled->seconds;
  result.report.history = result.sampled->history;
}

/// What a run's page shows of it: at its ends the samples that are reported, all of them judged as these are.
template <class Arm>
std::vector<ArmKeyframe> keyframes_of(const Arm& arm, const DrawnKeyframes<Arm>& keyframes, const Result& r) {
  const auto keyframe = [](Index round, const JudgedSamples& all) {
    const auto count = static_cast<Index>(std::min(most_samples, all.q.size()));
    return ArmKeyframe{round, {all.q.begin(), all.q.begin() + count}, {all.scores.begin(), all.scores.begin() + count}};
  };
  std::vector<ArmKeyframe> run{keyframe(0, *r.prior)};
  if (!r.after) return run;
  for (const auto& drawn : keyframes.between(r.report.rounds))
    run.push_back(keyframe(drawn.round, arm.judge(drawn.samples, arm.check())));
  run.push_back(keyframe(r.report.rounds, *r.after));
  return run;
}

/// Adapts the prior, if there is one, and searches for exact solutions: before that with half of the time, and if they
/// are too few afterwards with the rest, from the samples that were found.
template <int Joints, class Exec>
void adapt(Exec& exec, Cpu& host, const ReachSettings& s, const ReachTask& task, Result& result) {
  ArmReach<Joints, Exec> arm(exec, host, task.arm, task.scene, task.goal,
                             read_arm_prior<ArmNetwork<Joints>>(*task.prior, task.arm.chain));
  if (!s.exact) {
    const RefineOptions tolerances{.distance = s.tolerance, .turn = s.turn_tolerance};
    require_in_reach(arm.chain(), arm.goal_in_base(), tolerances, {s.seed, Stream::restart, 0});
  }
  result.prior = arm.judge(judged);
  DrawnKeyframes<decltype(arm)> keyframes;
  if constexpr (std::same_as<Exec, Cpu>)
    if (s.samples_posterior()) sample_posterior(arm, s, keyframes, result);
  if (s.mode == "mace" || s.mode == "is") tune(arm, s, keyframes, result);
  if (!s.out.empty()) result.keyframes = keyframes_of(arm, keyframes, result);
}

/// The exact solutions, or the nearest miss, as the last keyframe of the run's page.
void add_keyframe(const ExactResult& exact, Index round, std::vector<ArmKeyframe>& keyframes) {
  ArmKeyframe keyframe{.round = round, .label = exact.solutions.empty() ? "nearest miss" : "exact"};
  for (std::size_t i = 0; i < std::min(most_samples, exact.solutions.size()); ++i)
    keyframe.samples.push_back(exact.solutions[i]);
  if (exact.solutions.empty()) keyframe.samples.push_back(exact.miss);
  keyframe.scores.assign(keyframe.samples.size(), exact.solutions.empty() ? 0.0 : 1.0);
  if (keyframes.size() == most_keyframes) keyframes.erase(keyframes.begin() + most_keyframes / 2);
  keyframes.push_back(std::move(keyframe));
}

Result reach(const ReachSettings& s, const ReachTask& task) {
  Result result;
  std::optional<IkSolver> solver;
  if (s.exact) {
    solver.emplace(task.arm, task.scene, s.threads);
    search_exact(*solver, s, task, (task.prior ? 0.5 : 1) * s.deadline, {}, result.exact);
  }
  if (task.prior)
    with_joints(task.arm.chain.joints.size(), [&](auto joints) {
      on_arm_device<joints>(s.device, {.seed = s.seed, .threads = s.threads},
                            [&](auto& exec, Cpu& host) { adapt<joints>(exec, host, s, task, result); });
    });
  if (s.exact && task.prior && result.exact.status != IkStatus::solved)
    search_exact(*solver, s, task, 0.5 * s.deadline, (result.after ? *result.after : *result.prior).q, result.exact);
  if (s.exact && (!result.exact.solutions.empty() || !result.exact.miss.empty()))
    add_keyframe(result.exact, result.report.rounds, result.keyframes);
  result.exact.modes = modes_of(result.exact.solutions, task.arm.chain.joints.size());
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

Json summary(const ReachSettings& s, const ReachTask& task, const Result& r) {
  const auto& at = task.goal.pose.position;
  Json seconds = seconds_json(r.report.seconds);
  if (s.exact) seconds["first"] = r.exact.first ? Json(*r.exact.first) : Json();
  Json json{{"task", "reach_obstacles"},
            {"device", s.device},
            {"seed", s.seed},
            {"threads", s.threads},
            {"robot", s.robot.name},
            {"scene", s.scene},
            {"goal", {at[0], at[1], at[2]}},
            {"meters_per_radian", task.goal.meters_per_radian},
            {"mode", s.mode},
            {"preset", s.preset},
            {"samples", s.samples},
            {"elites", s.mode == "is" || s.samples_posterior() ? s.samples : elite_count(s.samples, s.quantile)},
            {"rounds", r.report.rounds},
            {"steps", r.report.steps},
            {"steps_per_round", s.steps_per_round},
            {"rate", s.rate},
            {"batches", s.batches},
            {"meters_per_penetration", s.meters_per_penetration},
            {"margin", s.margin},
            {"width", s.width},
            {"flat_prior", s.flat_prior},
            {"seconds", seconds}};
  if (r.prior) json["prior"] = samples_json(*r.prior);
  if (r.after) json[s.found()] = samples_json(*r.after);
  if (s.mode == "is" && !r.report.history.empty())
    json["effective_samples"] = r.report.history.back().effective_samples;
  if (r.sampled) json.update(posterior_json(*r.sampled));
  if (!s.exact) return json;
  json["certified"] = r.exact.solutions.size();
  json["exact"] = {{"status", status_name(r.exact.status)},
                   {"explained", r.exact.explained},
                   {"tolerance_m", s.tolerance},
                   {"turn_tolerance_rad", s.turn_tolerance},
                   {"deadline", s.deadline},
                   {"tries", r.exact.tries},
                   {"at_goal", r.exact.at_goal},
                   {"free", r.exact.free},
                   {"modes", r.exact.modes},
                   {"seconds", r.exact.seconds}};
  return json;
}

ResultTable table(const ReachSettings& s, const ReachTask& task, const Result& r) {
  ResultTable table(r.after ? s.found() : "");
  const auto row = [&](const char* name, int decimals, auto value) {
    if (r.after)
      table.add(name, decimals, value(*r.prior), value(*r.after));
    else
      table.add_of_prior(name, decimals, value(*r.prior));
  };
  if (!r.prior) return table;
  row("score", 3, [](const JudgedSamples& x) { return x.score; });
  row("not in collision", 3, [](const JudgedSamples& x) { return x.success; });
  row("distance, mean (mm)", 1, [](const JudgedSamples& x) { return 1e3 * x.mean_distance(); });
  row("distance, median (mm)", 1, [](const JudgedSamples& x) { return 1e3 * x.median_distance(); });
  if (r.prior->best_free() && (!r.after || r.after->best_free()))
    row("distance, best free (mm)", 2, [](const JudgedSamples& x) { return 1e3 * *x.best_free(); });
  if (task.goal.meters_per_radian > 0) row("turned away, mean (rad)", 3, [](const JudgedSamples& x) { return x.turn; });
  row("spread of the joints (rad)", 3, [](const JudgedSamples& x) { return x.joint_spread; });
  row("modes", 0, [](const JudgedSamples& x) { return static_cast<double>(x.modes); });
  return table;
}

void print(const ReachSettings& s, const ReachTask& task, const Result& r) {
  const auto& at = task.goal.pose.position;
  std::printf("reaching (%g, %g, %g) in %s", at[0], at[1], at[2], s.scene.c_str());
  if (r.prior) {
    std::printf(": %s, %td samples a round, %td rounds, %td steps, %d threads\n", s.mode.c_str(), s.samples,
                r.report.rounds, r.report.steps, s.threads);
    table(s, task, r).print();
    print_seconds(r.report.seconds);
  } else {
    std::printf(": no prior, %d threads\n", s.threads);
  }
  if (r.sampled)
    std::printf("%s: of prior times score^%.3g, worth %.0f samples of equal weight, log evidence %.3f\n",
                status_name(r.sampled->status), r.sampled->power, r.sampled->effective_samples,
                r.sampled->log_evidence);
  if (!s.exact) return;
  std::printf("exact: %s\n", r.exact.explained.c_str());
  if (r.exact.first)
    std::printf("exact: %zu certified solutions in %td modes, the first after %.2f ms, the search took %.1f ms\n",
                r.exact.solutions.size(), r.exact.modes, 1e3 * *r.exact.first, 1e3 * r.exact.seconds);
}

std::vector<std::filesystem::path> result_files(const ReachSettings& s) {
  std::vector<std::filesystem::path> files{"reach_obstacles.png"};
  if (!s.prior.empty()) files.push_back("prior.csv");
  if (s.mode != "prior") files.push_back(std::string(s.found()) + ".csv");
  if (s.exact) files.push_back("solutions.csv");
  return files;
}

void write(const ResultFolder& folder, const ReachSettings& s, const ReachTask& task, const Result& r) {
  ArmPanelsSpec picture{.panels = {}, .scene = task.scene, .goal = task.goal.pose.position};
  const auto add = [&](const std::string& name, const JudgedSamples& samples) {
    ArmPanel panel{.title = name, .note = mace::detail::fixed_text(100 * samples.success, 1) + " % not in collision"};
    for (std::size_t i = 0; i < shown; ++i)
      panel.arms.push_back(placed_arm(task.arm, task.scene.base, samples.q[i], samples.free[i] != 0));
    picture.panels.push_back(std::move(panel));
    write_csv(folder.file(name + ".csv"), task.arm.chain, samples.q);
  };
  if (r.prior) add("prior", *r.prior);
  if (r.after) add(s.found(), *r.after);
  if (s.exact) {
    write_csv(folder.file("solutions.csv"), task.arm.chain, r.exact.solutions);
    ArmPanel panel{.title = "exact", .note = std::to_string(r.exact.solutions.size()) + " certified"};
    for (std::size_t i = 0; i < std::min(shown, r.exact.solutions.size()); ++i)
      panel.arms.push_back(placed_arm(task.arm, task.scene.base, r.exact.solutions[i], true));
    picture.panels.push_back(std::move(panel));
  }
  paint_arm_panels(folder.file("reach_obstacles.png"), picture);
}

RunPage page_of(const ReachSettings& s, const ReachTask& task, const Result& r) {
  RunPage page{
      .title = "Reaching around obstacles",
      .summary = r.prior ? std::string("An arm shall have its tip at the goal and touch nothing; what is drawn are "
                                       "configurations as the model has them, from before it heard of the obstacles "
                                       "(prior)") +
                               (r.after ? std::string(" to when it reaches around them (") + s.found() + ")" : "") +
                               ", always the first 16 drawn, not the best; the score of one in collision is 0." +
                               (s.mode == "mace" ? tuned_note : "")
                         : "An arm has its tip at the goal: " + r.exact.explained + ".",
      .settings = settings_of(s),
      .table = table(s, task, r),
      .seconds = r.report.seconds,
      .history = r.report.history,
      .has_elites = s.mode == "mace",
      .scene = arm_scene(task.arm, task.scene, task.goal, r.keyframes, s.found())};
  if (r.sampled) add_rows(page.table, *r.sampled);
  return page;
}

/// The program's claims: tuning makes nearly all samples free, and there are exact solutions.
void check_claims(const ReachSettings& s, const Result& r) {
  require(!r.after || (s.mode != "mace" && !s.samples_posterior()) ||
              (r.after->success >= 0.9 && r.after->score > r.prior->score),
          "--check: wanted at least 0.9 of the ", s.found(), " samples free and a better score than ",
          r.prior ? r.prior->score : 0, ", got ", r.after ? r.after->success : 0, " and ",
          r.after ? r.after->score : 0);
  require(!r.sampled || r.sampled->status == PosteriorStatus::reached,
          "--check: wanted the score to count in full, got a power of ", r.sampled ? r.sampled->power : 1);
  const auto wanted = static_cast<std::size_t>(s.solutions);
  require(!s.exact || r.exact.solutions.size() == wanted, "--check: wanted ", wanted, " certified solutions, got ",
          r.exact.solutions.size());
}

void run(const ReachSettings& s) {
  const ReportPage page(MACE_REPORT_PAGE);
  ResultFolder folder(s.out, ReportPage::with_report(result_files(s)));
  if (!s.json.empty()) require_writable(s.json);
  s.checked();
  const ReachTask task = read_reach_task(s);
  const Result result = reach(s, task);
  print(s, task, result);
  if (s.check) check_claims(s, result);
  if (folder.wanted()) {
    write(folder, s, task, result);
    // Without a prior there is nothing to show of a goal that is known to be infeasible before the first start.
    if (!result.keyframes.empty()) page.write(folder, page_of(s, task, result));
  }
  if (!s.json.empty()) write_json(s.json, summary(s, task, result));
  folder.commit();
}

}  // namespace

int main(int argc, char** argv) {
  ReachSettings s;
  s.prior = MACE_SOURCE_DIR "/priors/panda.safetensors";
  CLI::App app(
      "Reaches a goal among obstacles: tunes a model of an arm's configurations to it, or draws from their posterior.",
      "reach_obstacles");
  add_reach_flags(app, s);
  add_task_flags(app, s, "the tuned samples are nearly all free, and, with --exact, there are solutions");
  for (const char* flag : {"--samples", "--quantile", "--steps", "--steps-per-round", "--rate",
                           "--meters-per-penetration", "--margin", "--width"})
    app.get_option(flag)->default_str("the preset's");
  return run_program(app, argc, argv, [&] {
    if (s.robot.name != "panda" && app.count("--prior") == 0) {
      require(s.exact, "--prior: wanted one for ", s.robot.name, " (train_arm writes it), or --exact, got neither");
      require(app.count("--mode") == 0 || s.mode == "prior", "--mode ", s.mode, ": wanted --prior with it, got none");
      s.prior.clear();
      s.mode = "prior";
    }
    apply_reach_preset(app, s);
    run(s);
  });
}
