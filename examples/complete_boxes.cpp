// SPDX-License-Identifier: Apache-2.0
// Completes a box of which a part was seen: tunes a model of whole boxes to it, or draws from their posterior (paper,
// App. C).
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>

#include "common/box_completion.hpp"
#include "common/cloud_page.hpp"
#include "common/command_line.hpp"
#include "common/picture.hpp"
#include "common/program.hpp"
#include "common/report_page.hpp"
#include "common/sample_files.hpp"
#include "common/thinned.hpp"
#include "mace/core/number_text.hpp"
#include "mace/io/cloud.hpp"
#include "mace/prior/vae_prior.hpp"

using namespace mace;
using namespace mace::examples;

namespace {

constexpr const char* data = MACE_SOURCE_DIR "/priors/";

// What is completed if nothing else is said: a shipped observation, and the plane it was cut by.
const std::string shipped_observation = std::string(data) + "observations/box.ply";
constexpr CutPlane shipped_cut{{-0.255319148f, 0.959376156f, 0.120039366f}, 0.0444107018f};

struct Settings : TaskSettings {
  std::string observation;
  std::vector<float> plane;
  bool from_seed = false;
};

struct Result {
  ScoredBoxes prior, after;
  double best_of_4096 = 0;
  Index rounds = 0, steps = 0;
  PhaseSeconds seconds;
  std::vector<RoundRecord> history;
  CloudKeyframes keyframes;
  std::optional<double> latent_spread;     ///< of a tuned model
  std::optional<PosteriorReport> sampled;  ///< of --mode posterior

  void note(const auto& report) {
    rounds = report.rounds, steps = report.steps, seconds = report.seconds, history = report.history;
  }
};

PartialBox read_observation(const Settings& s) {
  if (s.from_seed) return draw_partial_box(s.seed);
  if (s.observation.empty()) return {.xyz = read_cloud(shipped_observation), .cut = shipped_cut};
  PartialBox seen{.xyz = read_cloud(s.observation), .cut = {}};
  if (!s.plane.empty()) {
    const std::span<const float> p = s.plane;
    for (const float v : p) require(numeric::is_finite(v), "--plane: wanted four finite numbers, got ", v);
    require(p[0] != 0 || p[1] != 0 || p[2] != 0, "--plane: wanted a normal that is not zero");
    seen.cut = CutPlane{{p[0], p[1], p[2]}, p[3]};
    std::size_t outside = 0;
    for (std::size_t i = 0; i < seen.xyz.size(); i += 3) outside += seen.cut->contains(&seen.xyz[i]) ? 0 : 1;
    require(10 * outside <= seen.xyz.size() / 3, "--plane: wanted the observation where n.p >= d, got ", outside,
            " of ", seen.xyz.size() / 3, " points on the other side");
  }
  return seen;
}

/// What samples are scored by. A score sums over all points, so of two observations of a box the one with more points
/// would have the smaller scores: of more than a sample has, as many are drawn.
PartialBox scored_part(const PartialBox& seen, std::uint64_t seed) {
  PartialBox part = seen;
  part.xyz = drawn_points(seen.xyz, box_points, Random({seed, Stream::evaluation, EvaluationRound::thinned}, 0));
  return part;
}

template <class Shape, class Exec>
Result complete(Exec& exec, const Settings& s, const Safetensors& file, const PartialBox& seen) {
  const VaePrior prior = read_vae<Shape>(file);
  LatentVae<Exec, Shape> model(exec, prior.weights, prior.prior_sigma);
  BoxCompletion<Shape, Exec> task(exec, model, seen);
  Result result;
  CloudKeyframes* const keyframes = s.out.empty() ? nullptr : &result.keyframes;
  const auto before = [&] {
    result.best_of_4096 = task.best_of_prior(4096);
    result.prior = task.draw(model, drawn_samples, EvaluationRound::shown, true);
  };
  // The methods are made before anything else, since they may refuse their options.
  if (s.mode == "posterior") {
    auto posterior = task.posterior(latent_posterior_options(s));
    before();
    const auto draw = [&](Index count) { return task.draw(posterior, count, EvaluationRound::keyframe, false); };
    result.note(result.sampled.emplace(run_with_keyframes(posterior, keyframes, draw)));
    result.after = task.draw(posterior, drawn_samples, EvaluationRound::shown, true);
    return result;
  }
  auto tuner = task.tuner(s.tuner(), Adam{.rate = s.rate});
  before();
  result.note(run_with_keyframes(tuner, keyframes));
  result.after = task.draw(model, drawn_samples, EvaluationRound::shown, true);
  result.latent_spread = latent_spread(exec, model);
  return result;
}

Json summary(const Settings& s, const PartialBox& seen, const Result& r) {
  Json plane = nullptr;
  if (seen.cut) plane = {seen.cut->normal[0], seen.cut->normal[1], seen.cut->normal[2], seen.cut->offset};
  Json json{
      {"task", "complete_boxes"},
      {"device", s.device},
      {"precision", name_of(s.precision)},
      {"mode", s.mode},
      {"seed", s.seed},
      {"threads", s.threads},
      {"samples", s.samples},
      {"rounds", r.rounds},
      {"steps", r.steps},
      {"seconds", seconds_json(r.seconds)},
      {"observation",
       {{"points", seen.xyz.size() / 3},
        {"scored", std::min<std::size_t>(seen.xyz.size() / 3, box_points)},
        {"plane", plane}}},
      {"prior",
       {{"n", drawn_samples},
        {"score", r.prior.score},
        {"best_of_4096", r.best_of_4096},
        {"cd_k", r.prior.cd_k},
        {"diversity", r.prior.diversity}}},
      {s.found(),
       {{"n", drawn_samples}, {"score", r.after.score}, {"cd_k", r.after.cd_k}, {"diversity", r.after.diversity}}}};
  if (r.sampled) {
    json.update(posterior_json(*r.sampled));
  } else {
    json["elites"] = elite_count(s.samples, s.quantile);
    json[s.found()]["latent_spread"] = *r.latent_spread;
  }
  return json;
}

ResultTable table(const Settings& s, const Result& r) {
  ResultTable table(s.found());
  table.add("score", 3, r.prior.score, r.after.score);
  table.add_of_prior("best of 4096 samples", 3, r.best_of_4096);
  table.add("CD_5 to the observation", 2, r.prior.cd_k, r.after.cd_k);
  table.add("diversity", 2, r.prior.diversity, r.after.diversity);
  return table;
}

void print(const Settings& s, const PartialBox& seen, const Result& r) {
  if (seen.xyz.size() / 3 > box_points)
    std::printf("of the %zu points seen, %d drawn at random are scored: more would make every score smaller\n",
                seen.xyz.size() / 3, box_points);
  std::printf("box completion: %zu points seen, cut %s; %s, %td samples a round, %td rounds, %td steps, %d threads\n",
              seen.xyz.size() / 3, seen.cut ? "known" : "unknown", s.mode.c_str(), s.samples, r.rounds, r.steps,
              s.threads);
  table(s, r).print();
  if (r.after.score < 0.01)
    std::printf(
        "the samples hardly agree with the observation: is the cloud in the prior's frame and units "
        "(docs/completion.md)?\n");
  if (r.sampled) print_posterior(*r.sampled);
  print_seconds(r.seconds);
}

void write(const ResultFolder& folder, const Settings& s, const PartialBox& seen, const Result& r) {
  const MatrixView<const float> observation(seen.xyz.data(), 3, static_cast<Index>(seen.xyz.size() / 3));
  write_ply(folder.file("observation.ply"), observation);
  CloudPanelsSpec picture;
  picture.sample_label = "sample: a whole box";
  picture.observation_label = "what was seen";
  if (seen.cut)  // nearly along the cut: the seen part on one side, the unseen on the other
    picture.azimuth = 70.0 + 57.29578 * std::atan2(static_cast<double>(seen.cut->normal[1]),
                                                   static_cast<double>(seen.cut->normal[0]));
  for (const auto& [name, samples] : {std::pair{"prior", &r.prior}, std::pair{s.found(), &r.after}}) {
    const std::string note = "mean score " + mace::detail::fixed_text(samples->score, 2);
    picture.panels.push_back(write_samples(folder, name, note, *samples, observation));
  }
  paint_cloud_panels(folder.file("complete_boxes.png"), picture);
}

SettingsList settings_of(const Settings& s, const PartialBox& seen) {
  SettingsList list = common_settings(s);
  list.emplace_back("mode", s.mode);
  list.emplace_back("observation", s.from_seed             ? "drawn from the seed"
                                   : s.observation.empty() ? setting_path(shipped_observation)
                                                           : s.observation);
  if (seen.cut)
    list.emplace_back("plane",
                      settings_text(seen.cut->normal) + " " + setting_text(static_cast<double>(seen.cut->offset)));
  add_round_settings(list, s, s.mode == "mace");
  if (s.mode == "posterior") add_share_note(list);
  return list;
}

RunPage page_of(const Settings& s, const PartialBox& seen, const Result& r) {
  RunPage page{
      .title = "Completing a box",
      .summary =
          std::string("Of a box only the points labelled seen are known; the clouds are whole boxes that the model "
                      "draws, from before it heard of those points (prior) to when it agrees with them (") +
          s.found() + "), always the first 16 drawn, not the best." + (s.mode == "mace" ? tuned_note : ""),
      .settings = settings_of(s, seen),
      .table = table(s, r),
      .seconds = r.seconds,
      .history = r.history,
      .has_elites = !r.sampled,
      .scene = cloud_scene(r.keyframes.all(cloud_keyframe(0, r.prior), cloud_keyframe(r.rounds, r.after)), s.found(),
                           {points_item("seen", thinned(seen.xyz, 4096))})};
  if (r.sampled) add_rows(page.table, *r.sampled);
  return page;
}

/// The claim: tuning closes at least half of the distance to the best that the prior can do; a posterior is reached.
void check(const Result& r) {
  if (r.sampled) return require_reached(*r.sampled);
  const double closed = (r.after.score - r.prior.score) / (r.best_of_4096 - r.prior.score);
  require(closed >= 0.5, "--check: wanted half of the distance to the best prior sample closed, got ", closed);
}

void run(const Settings& s) {
  const ReportPage page(MACE_REPORT_PAGE);
  ResultFolder folder(s.out,
                      ReportPage::with_report(with_sample_files({"observation.ply", "complete_boxes.png"}, s.found())));
  if (!s.json.empty()) require_writable(s.json);
  const Safetensors file = read_safetensors(s.prior);
  require_task(file, "boxes");
  const PartialBox seen = read_observation(s), scored = scored_part(seen, s.seed);
  Result result;
  on_device(s.device, {.seed = s.seed, .threads = s.threads, .precision = s.precision}, [&](auto& exec, Cpu&) {
    with_vae_shape<SmallVae, PaperVae>(file, [&]<class Shape>() { result = complete<Shape>(exec, s, file, scored); });
  });
  print(s, seen, result);
  if (s.check) check(result);
  if (folder.wanted()) {
    write(folder, s, seen, result);
    page.write(folder, page_of(s, seen, result));
  }
  if (!s.json.empty()) write_json(s.json, summary(s, seen, result));
  folder.commit();
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  s.prior = std::string(data) + "boxes.safetensors";
  s.quantile = 1.0 / 32, s.steps = 4000, s.steps_per_round = 128, s.rate = 1e-3;  // the paper's (App. C)
  CLI::App app(
      "Completes a box of which a part was seen: tunes a model of whole boxes to it, or draws from their posterior.",
      "complete_boxes");
  add_mode_flag(app, s.mode, {"mace", "posterior"},
                "mace: tune; posterior: sample the posterior in the prior's latents");
  add_task_flags(app, s,
                 "half of the way to the best of 4096 prior samples is gone; a posterior: unless it is reached");
  add_precision_flag(app, s.precision);
  CLI::Option* seed = app.add_option(
      "--seed", s.seed, "of all random numbers; without --observation a box and a cut are drawn from it too");
  CLI::Option* observation =
      app.add_option("--observation", s.observation, "what was seen, a .ply or .npy file in the task's frame");
  app.add_option("--plane", s.plane, "nx ny nz d: the part with n.p >= d was seen")->expected(4)->needs(observation);
  return run_program(app, argc, argv, [&] {
    if (s.mode == "posterior") apply_posterior_preset(app, s);
    s.from_seed = seed->count() > 0 && observation->count() == 0;
    run(s);
  });
}
