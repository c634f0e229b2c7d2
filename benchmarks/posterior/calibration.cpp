// SPDX-License-Identifier: Apache-2.0
// Simulation-based calibration: where the truth lies among samples of its posterior, over many simulated observations.
#include "mace/metrics/calibration.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/command_line.hpp"
#include "common/program.hpp"
#include "mace/cpu.hpp"
#include "mace/posterior/posterior.hpp"
#include "mace/tune/progress.hpp"
#include "posterior/calibration_picture.hpp"
#include "posterior/calibration_tasks.hpp"

using namespace mace;
using namespace mace::benchmarks;
using examples::Json;

namespace {

struct Settings {
  std::string task = "all", prior = MACE_SOURCE_DIR "/priors/boxes.safetensors", out, json;
  Index observations = 300;
  std::uint64_t seed = 1;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  bool check = false;

  bool wants(const std::string& name) const { return task == "all" || task == name; }
};

/// The posterior, and three that are known to be wrong: a test that is passed by these says nothing.
constexpr std::array methods = {"Posterior", "Tuner", "narrowed", "shifted"};
constexpr double narrowed_to = 0.7, shifted_by = 0.3;  // in deviations of the posterior's samples
constexpr double significance = 0.01;

/// What one observation comes to: the ranks of each method's quantities.
struct Outcome {
  std::array<std::vector<double>, 4> ranks;
  std::array<double, 2> seconds{};  // of Posterior and Tuner
  double effective_samples = 0;
  bool reached = false;
};

std::vector<double> ranks(const Columns& truth, const Columns& samples) {
  std::vector<double> ranks;
  const std::vector<double> equal(samples[0].size(), 1.0);
  for (std::size_t q = 0; q < truth.size(); ++q) ranks.push_back(calibration::rank(truth[q][0], samples[q], equal));
  return ranks;
}

/// Each quantity's samples, their deviations from their mean times `width`, moved by `shift` standard deviations.
Columns distorted(Columns samples, double width, double shift) {
  for (auto& column : samples) {
    const auto count = static_cast<double>(column.size());
    double mean = 0, square = 0;
    for (const double v : column) mean += v / count;
    for (const double v : column) square += (v - mean) * (v - mean) / count;
    for (double& v : column) v = mean + width * (v - mean) + shift * std::sqrt(square);
  }
  return samples;
}

/// CPU time of this thread: observations run side by side, perhaps on more threads than there are cores.
double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// One simulated observation, on one thread.
template <class Task>
Outcome observe(const Task& task, std::uint64_t seed) {
  using Theta = typename Task::Theta;
  Cpu exec({.seed = seed});
  const RandomKey truth_key{seed, Stream::evaluation, 0}, scatter_key{seed, Stream::evaluation, 1},
      draw_key{seed, Stream::evaluation, 2};
  auto model = task.prior(exec);
  std::vector<Theta> truth(1), draws(Task::draws);
  model.sample(exec, truth_key, truth);
  Random noise({seed, Stream::data, 0}, 0);
  typename Task::Observation seen(task, exec, truth[0], noise);
  const Columns of_truth = seen.quantities(exec, truth);
  Outcome outcome;

  double start = cpu_seconds();
  Posterior posterior(exec, model, seen.simulator(), seen.score(), Task::options, Adam{.rate = Task::rate});
  model.scatter(exec, scatter_key, Task::scatter);
  const PosteriorReport report = posterior.run();
  posterior.resample(draw_key, draws);
  outcome.seconds[0] = cpu_seconds() - start;
  outcome.reached = report.status == PosteriorStatus::reached;
  outcome.effective_samples = report.effective_samples;
  const Columns right = seen.quantities(exec, draws);
  outcome.ranks[0] = ranks(of_truth, right);
  outcome.ranks[2] = ranks(of_truth, distorted(right, narrowed_to, 0));
  outcome.ranks[3] = ranks(of_truth, distorted(right, 1, shifted_by));

  start = cpu_seconds();
  auto tuned = task.prior(exec);
  tuned.scatter(exec, scatter_key, Task::scatter);
  Tuner tuner(exec, tuned, seen.simulator(), seen.score(),
              {.samples = Task::options.samples,
               .quantile = 1.0 / 16,
               .rounds = Task::options.rounds,
               .steps_per_round = Task::options.steps_per_round},
              Adam{.rate = Task::rate});
  tuner.run();
  tuned.sample(exec, draw_key, draws);
  outcome.seconds[1] = cpu_seconds() - start;
  outcome.ranks[1] = ranks(of_truth, seen.quantities(exec, draws));
  return outcome;
}

template <class Task>
std::vector<Outcome> observe_all(const Settings& s, const Task& task) {
  std::vector<Outcome> outcomes(static_cast<std::size_t>(s.observations));
  Progress progress(std::string("calibration, ") + Task::name);
  std::mutex mutex;
  Index done = 0;
  cpu({.threads = s.threads}).side_by_side(s.observations, [&](Index i, Index) {
    outcomes[static_cast<std::size_t>(i)] = observe(task, (s.seed << 32) + static_cast<std::uint64_t>(i));
    const std::lock_guard lock(mutex);
    ++done;
    progress(static_cast<double>(done) / static_cast<double>(s.observations), std::to_string(done) + " observations");
  });
  return outcomes;
}

/// Ranks of one method: a list a quantity, an entry an observation.
Columns by_quantity(const std::vector<Outcome>& outcomes, std::size_t method) {
  Columns columns(outcomes[0].ranks[method].size());
  for (const Outcome& outcome : outcomes)
    for (std::size_t q = 0; q < columns.size(); ++q) columns[q].push_back(outcome.ranks[method][q]);
  return columns;
}

/// A method's numbers, quantity by quantity.
Json judged(const Columns& ranks) {
  Json json;
  for (const auto& r : ranks) {
    json["p_ranks"].push_back(calibration::uniformity(r));
    json["p_coverage"].push_back(calibration::uniformity(calibration::central(r)));
    for (const auto& [name, level] : {std::pair{"coverage_50", 0.5}, std::pair{"coverage_90", 0.9}})
      json[name].push_back(calibration::coverage(r, level));
  }
  json["ranks"] = ranks;
  return json;
}

bool calibrated(const Json& method) {
  const auto passes = [](const Json& ps) {
    return std::all_of(ps.begin(), ps.end(), [](const Json& p) { return p.get<double>() > significance; });
  };
  return passes(method["p_ranks"]) && passes(method["p_coverage"]);
}

void print_numbers(const Json& numbers, const char* form) {
  std::printf("|");
  for (std::size_t i = 0; i < numbers.size(); ++i) std::printf(form, i == 0 ? " " : ", ", numbers[i].get<double>());
  std::printf(" ");
}

void print_task(const Json& json) {
  std::printf("\n%s: ", json["task"].get<std::string>().c_str());
  for (const Json& quantity : json["quantities"]) std::printf("%s, ", quantity.get<std::string>().c_str());
  std::printf("%lld observations, %lld tempered, %.0f effective samples (least %.0f)\n\n",
              json["observations"].get<long long>(), json["tempered"].get<long long>(),
              json["effective_samples"]["mean"].get<double>(), json["effective_samples"]["least"].get<double>());
  std::printf("| | p of ranks | p of coverage | 90 %% hold the truth in | CPU seconds |\n|---|---|---|---|---|\n");
  for (const char* name : methods) {
    const Json& method = json["methods"][name];
    std::printf("| %s ", name);
    print_numbers(method["p_ranks"], "%s%.2g");
    print_numbers(method["p_coverage"], "%s%.2g");
    print_numbers(method["coverage_90"], "%s%.2f");
    method.contains("seconds") ? std::printf("| %.2f |\n", method["seconds"].get<double>()) : std::printf("| |\n");
  }
}

template <class Task>
Json run(const Settings& s, const Task& task, const std::filesystem::path& picture) {
  const std::vector<Outcome> outcomes = observe_all(s, task);
  const auto count = static_cast<double>(outcomes.size());
  Json json{{"task", Task::name}, {"observations", s.observations}, {"quantities", Task::quantities}};
  double mean = 0, least = outcomes[0].effective_samples;
  std::array<double, 2> seconds{};
  Index tempered = 0;
  for (const Outcome& outcome : outcomes) {
    mean += outcome.effective_samples / count;
    least = std::min(least, outcome.effective_samples);
    tempered += outcome.reached ? 0 : 1;
    for (std::size_t m = 0; m < 2; ++m) seconds[m] += outcome.seconds[m] / count;
  }
  json["tempered"] = tempered;
  json["effective_samples"] = {{"mean", mean}, {"least", least}};
  std::vector<CalibrationPanel> panels;
  for (std::size_t m = 0; m < methods.size(); ++m) {
    panels.push_back({methods[m], by_quantity(outcomes, m)});
    Json& method = json["methods"][methods[m]] = judged(panels.back().ranks);
    if (m < seconds.size()) method["seconds"] = seconds[m];
  }
  if (!picture.empty()) paint_calibration(picture, panels, {Task::quantities.begin(), Task::quantities.end()});
  print_task(json);
  return json;
}

void run_all(const Settings& s) {
  if (!s.json.empty()) examples::require_writable(s.json);
  const std::vector<std::string> names = {TwoMoonsCalibration::name, BoxCalibration::name};
  std::optional<BoxCalibration> boxes;
  if (s.wants(names[1])) boxes.emplace(s.prior);
  std::vector<std::filesystem::path> files;
  for (const std::string& name : names)
    if (s.wants(name)) files.push_back("calibration_" + name + ".png");
  examples::ResultFolder folder(s.out, files);
  const auto picture = [&](const std::string& name) {
    return folder.wanted() ? folder.file("calibration_" + name + ".png") : std::filesystem::path();
  };
  Json json{{"benchmark", "calibration"}, {"seed", s.seed}, {"tasks", Json::array()}};
  if (s.wants(names[0])) json["tasks"].push_back(run(s, TwoMoonsCalibration(), picture(names[0])));
  if (boxes) json["tasks"].push_back(run(s, *boxes, picture(names[1])));
  if (folder.wanted()) folder.commit();
  if (!s.json.empty()) examples::write_json(s.json, json);
  if (!s.check) return;
  for (const Json& task : json["tasks"])
    for (const char* method : methods)
      require(calibrated(task["methods"][method]) == (method == methods[0]), task["task"].get<std::string>(),
              ": wanted the posterior alone to be calibrated, got otherwise of: ", method);
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  CLI::App app("Tests whether posteriors are calibrated.", "calibration");
  app.add_option("--task", s.task, "two_moons, boxes or all")
      ->check(CLI::IsMember({"two_moons", "boxes", "all"}))
      ->capture_default_str();
  app.add_option("--observations", s.observations, "that are simulated, of each task")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--prior", s.prior, "the boxes' VAE, a .safetensors file")->capture_default_str();
  app.add_option("--seed", s.seed, "of all random numbers")->capture_default_str();
  app.add_option("--threads", s.threads, "of the CPU")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--out", s.out, "a folder for the pictures");
  app.add_option("--json", s.json, "a file for the results");
  app.add_flag("--check", s.check, "exit 1 unless Posterior passes all tests at 1 %, and no other does");
  return examples::run_program(app, argc, argv, [&] { run_all(s); });
}
