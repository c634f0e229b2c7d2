// SPDX-License-Identifier: Apache-2.0
// Tells an airplane's shape from where fingers touch it: tunes a model of whole shapes to it, or draws from their
// posterior (paper, 4.1).
#include <cstdio>

#include "common/cloud_page.hpp"
#include "common/command_line.hpp"
#include "common/grasp.hpp"
#include "common/grasp_contacts.hpp"
#include "common/grasp_settings.hpp"
#include "common/picture.hpp"
#include "common/program.hpp"
#include "common/report_page.hpp"
#include "common/sample_files.hpp"
#include "mace/core/number_text.hpp"
#include "mace/io/cloud.hpp"
#include "mace/io/cloud_set.hpp"
#include "mace/prior/vae_prior.hpp"

using namespace mace;
using namespace mace::examples;

namespace {

/// What shall be done, read from files and flags.
struct Task {
  std::vector<float> object;
  std::vector<Ray> fingers;
  Safetensors prior, cvae;  ///< the latter empty where it is not asked for
};

struct Result {
  ScoredSamples prior, after;
  double best_of_4096 = 0;
  std::optional<double> latent_spread = {};      ///< of a tuned model
  std::optional<PosteriorReport> sampled = {};   ///< of --mode posterior
  std::optional<double> effective_samples = {};  ///< of importance sampling
  Index rounds = 0, steps = 0;
  PhaseSeconds seconds = {};
  std::vector<RoundRecord> history = {};
  CloudKeyframes keyframes = {};

  void note(const auto& report) {
    rounds = report.rounds, steps = report.steps, seconds = report.seconds, history = report.history;
  }
  /// The share of the way from the prior's mean score to its best.
  double closed() const { return (after.score - prior.score) / (best_of_4096 - prior.score); }
};

std::vector<float> read_object(const GraspSettings& s) {
  if (s.object.empty()) return draw_airplane(s.seed);
  std::vector<float> xyz;
  if (s.index) {
    const auto set = read_cloud_set<cloud_points>(s.object);
    require(*s.index < set.size(), "--index: wanted 0 to ", set.size() - 1, ", got ", *s.index);
    xyz.assign(set[*s.index].xyz, set[*s.index].xyz + 3 * cloud_points);
  } else {
    xyz = read_cloud(s.object);
  }
  require_in_frame(s.object, xyz);
  return xyz;
}

Task read_task(const GraspSettings& s) {
  Task task{.object = read_object(s),
            .fingers = grasp_rays(s.fingers == "in"),
            .prior = read_safetensors(s.prior),
            .cvae = {}};
  require(s.finger.empty() || s.mode != "cvae",
          "--mode cvae: wanted it without --finger, as it was trained on the five of --fingers");
  if (!s.finger.empty()) task.fingers.clear();
  for (const auto& v : s.finger) {
    require(v.size() == 3, "--finger: wanted three numbers a finger, each after a --finger of its own, got ", v.size());
    task.fingers.push_back({{v[0], v[1], v[2]}});
  }
  if (s.mode == "cvae") task.cvae = read_safetensors(s.cvae);
  return task;
}

template <class Shape, class Exec>
Result feel(Exec& exec, const GraspSettings& s, const Task& task, const Grasp& grasp) {
  const VaePrior prior = read_vae<Shape>(task.prior);
  LatentVae<Exec, Shape> model(exec, prior.weights, prior.prior_sigma);
  Result result;
  CloudKeyframes* const keyframes = s.out.empty() ? nullptr : &result.keyframes;
  const auto before = [&] {
    result.prior = grasp.draw(exec, model);
    result.best_of_4096 = grasp.best_of_4096(exec, model);
  };
  // The methods are made before anything else, since they may refuse their options.
  if (s.mode == "posterior") {
    auto posterior = grasp.posterior(exec, model, latent_posterior_options(s));
    before();
    const auto draw = [&](Index count) { return grasp.draw_on_the_way(exec, posterior, count); };
    result.note(result.sampled.emplace(run_with_keyframes(posterior, keyframes, draw)));
    result.after = grasp.draw(exec, posterior);
    return result;
  }
  auto tuner = grasp.tuner(exec, model, s.tuner(), s.rate, s.mode == "is");
  before();
  if (s.mode == "cvae") {
    with_cvae(exec, task.cvae, grasp.felt(), [&](auto& cvae) { result.after = grasp.draw(exec, cvae); });
  } else {
    const Report report = run_with_keyframes(tuner, keyframes);
    result.note(report);
    if (s.mode == "is") result.effective_samples = report.history.back().effective_samples;
    result.after = grasp.draw(exec, model, s.best_of);
    result.latent_spread = latent_spread(exec, model);
  }
  return result;
}

Json samples_json(const ScoredSamples& samples) {
  return {{"n", samples.clouds.size()},
          {"score", samples.score},
          {"error", 1 - samples.score},
          {"diversity", samples.diversity}};
}

Json summary(const GraspSettings& s, const Task& task, const Grasp& grasp, const Result& r) {
  Json json{{"task", "grasp_shapes"},
            {"device", s.device},
            {"precision", name_of(s.precision)},
            {"seed", s.seed},
            {"threads", s.threads},
            {"mode", s.mode},
            {"fingers", s.finger.empty() ? s.fingers : "given"},
            {"samples", s.samples},
            {"rounds", r.rounds},
            {"steps", r.steps},
            {"seconds", seconds_json(r.seconds)},
            {"object", {{"points", task.object.size() / 3}}},
            {"observation", {{"points", contact_points(grasp).size() / 3}}},
            {"contacts", contacts_json(grasp)},
            {"prior", samples_json(r.prior)},
            {s.found(), samples_json(r.after)}};
  json["prior"]["best_of_4096"] = r.best_of_4096;
  json[s.found()]["closed"] = r.closed();
  if (r.latent_spread) json[s.found()]["latent_spread"] = *r.latent_spread;
  if (r.effective_samples) json["effective_samples"] = *r.effective_samples;
  if (r.sampled) {
    json.update(posterior_json(*r.sampled));
  } else {
    json["elites"] = s.mode == "is" ? s.samples : elite_count(s.samples, s.quantile);
    json["best_of"] = s.mode == "cvae" ? 1 : s.best_of;
  }
  return json;
}

ResultTable table(const GraspSettings& s, const Result& r) {
  ResultTable table(s.found());
  table.add("score", 3, r.prior.score, r.after.score);
  table.add_of_prior("best of 4096 samples", 3, r.best_of_4096);
  table.add_after("of the way there (%)", 0, 100 * r.closed());
  table.add("mean contact error", 3, 1 - r.prior.score, 1 - r.after.score);
  table.add("diversity", 2, r.prior.diversity, r.after.diversity);
  return table;
}

void print(const GraspSettings& s, const Task& task, const Grasp& grasp, const Result& r) {
  std::printf(
      "grasping: %zu points, %zu of %d fingers touch; %s, %td samples a round, %td rounds, %td steps, %d threads\n",
      task.object.size() / 3, contact_points(grasp).size() / 3, grasp.felt().count, s.mode.c_str(), s.samples, r.rounds,
      r.steps, s.threads);
  table(s, r).print();
  if (r.sampled) print_posterior(*r.sampled);
  print_seconds(r.seconds);
}

void write(const ResultFolder& folder, const GraspSettings& s, const Task& task, const Grasp& grasp, const Result& r) {
  write_ply(folder.file("object.ply"), {task.object.data(), 3, static_cast<Index>(task.object.size() / 3)});
  write_contacts(folder.file("contacts.csv"), grasp);
  CloudPanelsSpec picture{.panels = {},
                          .sample_label = "sample: a whole shape",
                          .observation_label = "contact that was felt",
                          .azimuth = -50,
                          .elevation = 38,
                          .point_radius = 3,
                          .observation_radius = 3,
                          .ground = -0.2,
                          .rods = {}};
  const std::vector<float> contacts = contact_points(grasp);
  for (int f = 0; f < grasp.felt().count; ++f) picture.rods.push_back(finger_end(grasp, f));
  const MatrixView<const float> observation(contacts.data(), 3, static_cast<Index>(contacts.size() / 3));
  for (const auto& [name, samples] : {std::pair{"prior", &r.prior}, std::pair{s.found(), &r.after}}) {
    const std::string note = "mean contact error " + mace::detail::fixed_text(1 - samples->score, 3);
    picture.panels.push_back(write_samples(folder, name, note, *samples, observation));
  }
  paint_cloud_panels(folder.file("grasp_shapes.png"), picture);
}

RunPage page_of(const GraspSettings& s, const Task& task, const Grasp& grasp, const Result& r) {
  const bool chosen = s.best_of > 1 && (s.mode == "mace" || s.mode == "is");
  RunPage page{
      .title = "Telling a shape from touch",
      .summary =
          "Of an airplane only the places where fingers touch it are known; the clouds are whole airplanes that the "
          "model draws, from before it heard of those places (prior) to when it agrees with them (" +
          std::string(s.found()) + "), always the first 16 drawn, not the best" +
          (chosen ? ", but at the end, where of " + std::to_string(s.best_of) + " times as many the best are kept."
                  : std::string(".")) +
          (s.mode == "mace" ? tuned_note : ""),
      .settings = settings_of(s),
      .table = table(s, r),
      .seconds = r.seconds,
      .history = r.history,
      .has_elites = s.mode == "mace",
      .scene = cloud_scene(r.keyframes.all(cloud_keyframe(0, r.prior), cloud_keyframe(r.rounds, r.after)), s.found(),
                           grasp_items(grasp, task.object))};
  if (r.sampled) add_rows(page.table, *r.sampled);
  return page;
}

/// The claim: half of the distance to the best that the prior can do is closed; a posterior is reached.
void check(const Result& r) {
  if (r.sampled) return require_reached(*r.sampled);
  require(r.closed() >= 0.5, "--check: wanted half of the distance to the best prior sample closed, got ", r.closed());
}

void run(const GraspSettings& s) {
  const ReportPage page(MACE_REPORT_PAGE);
  ResultFolder folder(
      s.out, ReportPage::with_report(with_sample_files({"object.ply", "contacts.csv", "grasp_shapes.png"}, s.found())));
  if (!s.json.empty()) require_writable(s.json);
  const Task task = read_task(s);
  require_task(task.prior, "planes");
  const Grasp grasp(task.fingers, task.object);
  Result result;
  on_device(s.device, {.seed = s.seed, .threads = s.threads, .precision = s.precision}, [&](auto& exec, Cpu&) {
    with_vae_shape<SmallPlanesVae, PaperVae>(task.prior,
                                             [&]<class Shape>() { result = feel<Shape>(exec, s, task, grasp); });
  });
  print(s, task, grasp, result);
  if (s.check) check(result);
  if (folder.wanted()) {
    write(folder, s, task, grasp, result);
    page.write(folder, page_of(s, task, grasp, result));
  }
  if (!s.json.empty()) write_json(s.json, summary(s, task, grasp, result));
  folder.commit();
}

}  // namespace

int main(int argc, char** argv) {
  GraspSettings s;
  s.prior = MACE_SOURCE_DIR "/priors/planes.safetensors";
  s.cvae = MACE_SOURCE_DIR "/priors/grasp_cvae.safetensors";
  CLI::App app(
      "Tells an airplane's shape from where fingers touch it: tunes a model of whole shapes to it, or draws from their "
      "posterior.",
      "grasp_shapes");
  add_grasp_flags(app, s);
  add_task_flags(app, s,
                 "half of the way to the best of 4096 prior samples is gone; a posterior: unless it is reached");
  add_precision_flag(app, s.precision);
  for (const char* flag :
       {"--samples", "--quantile", "--steps", "--steps-per-round", "--rate", "--batches", "--best-of"})
    app.get_option(flag)->default_str("the preset's");
  return run_program(app, argc, argv, [&] {
    apply_grasp_preset(app, s);
    run(s);
  });
}
