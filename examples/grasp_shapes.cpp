// SPDX-License-Identifier: Apache-2.0
// Tells an airplane's shape from where fingers touch it: draws from the posterior over whole shapes (paper, 4.1).
#include <cstdio>

#include "common/command_line.hpp"
#include "common/frame.hpp"
#include "common/grasp.hpp"
#include "common/grasp_presets.hpp"
#include "common/picture.hpp"
#include "common/sample_files.hpp"
#include "mace/io/cloud.hpp"
#include "mace/io/cloud_set.hpp"
#include "mace/train/vae_prior.hpp"

using namespace mace;
using namespace mace::examples;

namespace {

constexpr const char* data = MACE_SOURCE_DIR "/priors/";

struct Settings : TaskSettings {
  std::string object, cvae, fingers = "in", method = "mace", preset = "quick";
  std::optional<std::size_t> index;
  std::vector<std::vector<float>> finger;
  Index best_of = 1;
};

/// What shall be done, read from files and flags.
struct Task {
  std::vector<float> object;
  std::vector<Ray> fingers;
  Safetensors prior, cvae;  ///< the latter empty where it is not asked for
};

struct Result {
  ScoredSamples prior, posterior;
  double best_of_4096 = 0;
  std::optional<double> latent_spread = {};      ///< of a tuned model
  std::optional<PosteriorReport> sampled = {};   ///< of --mode posterior
  std::optional<double> effective_samples = {};  ///< of importance sampling
  Index rounds = 0, steps = 0;
  PhaseSeconds seconds = {};

  void note(const auto& report) { rounds = report.rounds, steps = report.steps, seconds = report.seconds; }
  /// The share of the way from the prior's mean score to its best.
  double closed() const { return (posterior.score - prior.score) / (best_of_4096 - prior.score); }
};

/// The hyper-parameters by name, where no flag says otherwise.
void apply_preset(const CLI::App& app, Settings& s) {
  if (s.method == "posterior") {
    for (const char* flag : {"--preset", "--best-of"})
      require(app.count(flag) == 0, flag, ": wanted it without --mode posterior");
    return apply_posterior_preset(app, s);
  }
  // The baseline is the paper's, which has no choice among what is drawn.
  if (s.method == "is") set_unless_given(app, "--preset", s.preset, std::string("paper"));
  const GraspPreset preset = s.preset == "paper" ? paper_grasp() : quick_grasp();
  apply_preset(app, s, preset.options, preset.rate);
  set_unless_given(app, "--best-of", s.best_of, preset.best_of);
}

std::vector<float> read_object(const Settings& s) {
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

Task read_task(const Settings& s) {
  Task task{.object = read_object(s),
            .fingers = grasp_rays(s.fingers == "in"),
            .prior = read_safetensors(s.prior),
            .cvae = {}};
  require(s.finger.empty() || s.method != "cvae",
          "--method cvae: wanted it without --finger, as it was trained on the five of --fingers");
  if (!s.finger.empty()) task.fingers.clear();
  for (const auto& v : s.finger) {
    require(v.size() == 3, "--finger: wanted three numbers a finger, each after a --finger of its own, got ", v.size());
    task.fingers.push_back({{v[0], v[1], v[2]}});
  }
  if (s.method == "cvae") task.cvae = read_safetensors(s.cvae);
  return task;
}

template <class Shape, class Exec>
Result feel(Exec& exec, const Settings& s, const Task& task, const Grasp& grasp) {
  const VaePrior prior = read_vae<Shape>(task.prior);
  LatentVae<Exec, Shape> model(exec, exec.upload(prior.weights).span(), prior.prior_sigma);
  Result result;
  const auto before = [&] {
    result.prior = grasp.draw(exec, model);
    result.best_of_4096 = grasp.best_of_4096(exec, model);
  };
  // The methods are made before anything else, since they may refuse their options.
  if (s.method == "posterior") {
    auto posterior = grasp.posterior(exec, model, latent_posterior_options(s));
    before();
    result.note(result.sampled.emplace(posterior.run(ShowProgress())));
    result.posterior = grasp.draw(exec, posterior);
    return result;
  }
  auto tuner = grasp.tuner(exec, model, s.tuner(), s.rate, s.method == "is");
  before();
  if (s.method == "cvae") {
    with_cvae(exec, task.cvae, grasp.felt(), [&](auto& cvae) { result.posterior = grasp.draw(exec, cvae); });
  } else {
    const Report report = tuner.run(ShowProgress());
    result.note(report);
    if (s.method == "is") result.effective_samples = report.history.back().effective_samples;
    result.posterior = grasp.draw(exec, model, s.best_of);
    result.latent_spread = latent_spread(exec, model);
  }
  return result;
}

Json contacts_json(const Grasp& grasp) {
  Json contacts = Json::array();
  for (int f = 0; f < grasp.felt().count; ++f) {
    const Vec<3>&v = grasp.fingers().ray[f].direction, &p = grasp.felt().point[f];
    Json one{{"finger", {v[0], v[1], v[2]}}, {"point", nullptr}};
    if (grasp.felt().touched[f]) one["point"] = {p[0], p[1], p[2]};
    contacts.push_back(one);
  }
  return contacts;
}

Json samples_json(const ScoredSamples& samples) {
  return {{"n", samples.clouds.size()},
          {"score", samples.score},
          {"error", 1 - samples.score},
          {"diversity", samples.diversity}};
}

Json summary(const Settings& s, const Task& task, const Grasp& grasp, const Result& r) {
  Json json{{"task", "grasp_shapes"},
            {"device", s.device},
            {"precision", name_of(s.precision)},
            {"seed", s.seed},
            {"threads", s.threads},
            {"method", s.method},
            {"fingers", s.finger.empty() ? s.fingers : "given"},
            {"samples", s.samples},
            {"rounds", r.rounds},
            {"steps", r.steps},
            {"seconds", seconds_json(r.seconds)},
            {"object", {{"points", task.object.size() / 3}}},
            {"contacts", contacts_json(grasp)},
            {"prior", samples_json(r.prior)},
            {"posterior", samples_json(r.posterior)}};
  json["prior"]["best_of_4096"] = r.best_of_4096;
  json["posterior"]["closed"] = r.closed();
  if (r.latent_spread) json["posterior"]["latent_spread"] = *r.latent_spread;
  if (r.effective_samples) json["effective_samples"] = *r.effective_samples;
  if (r.sampled) {
    json.update(posterior_json(*r.sampled));
  } else {
    json["elites"] = s.method == "is" ? s.samples : elite_count(s.samples, s.quantile);
    json["best_of"] = s.method == "cvae" ? 1 : s.best_of;
  }
  return json;
}

void print(const Settings& s, const Task& task, const Grasp& grasp, const Result& r) {
  int touching = 0;
  for (int f = 0; f < grasp.felt().count; ++f) touching += grasp.felt().touched[f] ? 1 : 0;
  std::printf(
      "grasping: %zu points, %d of %d fingers touch; %s, %td samples a round, %td rounds, %td steps, %d threads\n",
      task.object.size() / 3, touching, grasp.felt().count, s.method.c_str(), s.samples, r.rounds, r.steps, s.threads);
  std::printf("%-22s %10s %10s\n", "", "prior", "posterior");
  std::printf("%-22s %10.3f %10.3f   (best of 4096 prior samples: %.3f; %.0f %% of the way)\n", "score", r.prior.score,
              r.posterior.score, r.best_of_4096, 100 * r.closed());
  std::printf("%-22s %10.3f %10.3f\n", "mean contact error", 1 - r.prior.score, 1 - r.posterior.score);
  std::printf("%-22s %10.2f %10.2f\n", "diversity", r.prior.diversity, r.posterior.diversity);
  if (r.sampled) print_posterior(*r.sampled);
  print_seconds(r.seconds);
}

void write_contacts(const std::filesystem::path& path, const Grasp& grasp) {
  std::string text = "finger_x,finger_y,finger_z,touched,x,y,z\n";
  for (int f = 0; f < grasp.felt().count; ++f) {
    const Vec<3, double> v = grasp.fingers().ray[f].direction.as<double>(), p = grasp.felt().point[f].as<double>();
    char row[160];
    std::snprintf(row, sizeof row, "%.9g,%.9g,%.9g,%d,%.9g,%.9g,%.9g\n", v[0], v[1], v[2],
                  grasp.felt().touched[f] ? 1 : 0, p[0], p[1], p[2]);
    text += row;
  }
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

void write(const ResultFolder& folder, const Task& task, const Grasp& grasp, const Result& r) {
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
  std::vector<float> contacts;
  for (int f = 0; f < grasp.felt().count; ++f) {
    const Vec<3, double> v = grasp.fingers().ray[f].direction.as<double>();
    const Vec<3>& p = grasp.felt().point[f];
    if (grasp.felt().touched[f]) contacts.insert(contacts.end(), p.v, p.v + 3);
    const double stopped = dot(p.as<double>(), v);
    picture.rods.push_back({stopped * v, (stopped + 0.2) * v});
  }
  const MatrixView<const float> observation(contacts.data(), 3, static_cast<Index>(contacts.size() / 3));
  for (const auto& [name, samples] : {std::pair{"prior", &r.prior}, std::pair{"posterior", &r.posterior}}) {
    char note[64];
    std::snprintf(note, sizeof note, "mean contact error %.3f", 1 - samples->score);
    picture.panels.push_back(write_samples(folder, name, note, *samples, observation));
  }
  draw_cloud_panels(folder.file("grasp_shapes.png"), picture);
}

/// The claim: half of the distance to the best that the prior can do is closed; a posterior is reached.
void check(const Result& r) {
  if (r.sampled) return require_reached(*r.sampled);
  require(r.closed() >= 0.5, "--check: wanted half of the distance to the best prior sample closed, got ", r.closed());
}

void run(const Settings& s) {
  ResultFolder folder(s.out, with_sample_files({"object.ply", "contacts.csv", "grasp_shapes.png"}));
  if (!s.json.empty()) require_writable(s.json);
  const Task task = read_task(s);
  const std::string network = network_of(task.prior, "planes");
  require(network == "small" || network == "paper", s.prior, ": wanted a small or a paper network, got ", network);
  const Grasp grasp(task.fingers, task.object);
  Result result;
  on_device(s.device, {.seed = s.seed, .threads = s.threads, .precision = s.precision}, [&](auto& exec, Cpu&) {
    result = network == "small" ? feel<SmallPlanesVae>(exec, s, task, grasp) : feel<PaperVae>(exec, s, task, grasp);
  });
  print(s, task, grasp, result);
  if (s.check) check(result);
  if (folder.wanted()) write(folder, task, grasp, result);
  if (!s.json.empty()) write_json(s.json, summary(s, task, grasp, result));
  folder.commit();
}

void add_flags(CLI::App& app, Settings& s) {
  CLI::Option* object = app.add_option("--object", s.object,
                                       "what is felt, a .ply or .npy file: nose +x, up +z, box diagonal 1, centred");
  app.add_option("--index", s.index, "--object is a set, an .npy file [n, 2048, 3] or a folder of PLY files: which one")
      ->needs(object);
  app.add_option("--seed", s.seed, "of all random numbers; without --object an airplane is drawn from it too")
      ->capture_default_str();
  CLI::Option* fingers =
      app.add_option("--fingers", s.fingers,
                     "the paper's five: in, the fifth along +x as the CVAE was trained; out, along -x")
          ->check(CLI::IsMember({"in", "out"}))
          ->capture_default_str();
  app.add_option("--finger", s.finger, "x y z, a unit vector: a finger of your own; up to 8 of them")
      ->expected(3)
      ->excludes(fingers);
  app.add_option("--mode,--method", s.method,
                 "mace (tuning), posterior (sampled in the prior's latents), is (importance sampling) or cvae (a "
                 "conditional VAE)")
      ->check(CLI::IsMember({"mace", "posterior", "is", "cvae"}))
      ->capture_default_str();
  app.add_option("--cvae", s.cvae, "what train_grasp_cvae wrote")->capture_default_str();
  app.add_option("--preset", s.preset, "hyper-parameters: quick (ours) or paper (the paper's)")
      ->check(CLI::IsMember({"quick", "paper"}))
      ->capture_default_str();
  app.add_option("--best-of", s.best_of, "K: of K samples of the tuned model one is kept, the best")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  s.prior = std::string(data) + "planes.safetensors";
  s.cvae = std::string(data) + "grasp_cvae.safetensors";
  CLI::App app("Tells an airplane's shape from where fingers touch it: draws from the posterior over whole shapes.",
               "grasp_shapes");
  add_flags(app, s);
  add_task_flags(app, s,
                 "half of the way to the best of 4096 prior samples is gone; a posterior: unless it is reached");
  add_precision_flag(app, s.precision);
  for (const char* flag :
       {"--samples", "--quantile", "--steps", "--steps-per-round", "--rate", "--batches", "--best-of"})
    app.get_option(flag)->default_str("the preset's");
  return run_program(app, argc, argv, [&] {
    apply_preset(app, s);
    run(s);
  });
}
