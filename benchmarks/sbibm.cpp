// SPDX-License-Identifier: Apache-2.0
// Tasks of the benchmark sbibm: samples of the posterior for one observation, and how they compare with the reference.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/command_line.hpp"
#include "common/frame.hpp"
#include "mace/cpu.hpp"
#include "mace/metrics/c2st_cpu.hpp"
#include "mace/train/autoregressive_trainer.hpp"
#include "mace/tune/posterior.hpp"
#include "sbibm_tasks.hpp"

using namespace mace;
using namespace mace::benchmarks;
using examples::Json;

namespace {

constexpr std::size_t drawn = 10000;  // rows of a result, as in the benchmark

struct Settings {
  std::string task, observation, reference, out, json, mode = "posterior";
  Index simulations = 100'000, rounds = 20, steps = 200;
  double distance = 0, rate = 1e-3;
  std::uint64_t seed = 1;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
};

/// The parameters themselves, for a likelihood to judge.
template <class Task>
struct Parameters {
  using Sample = typename Task::Theta;
  using Outcome = typename Task::Theta;
  MACE_HD Outcome operator()(const Sample& theta) const { return theta; }
};
template <class Task>
struct TaskLikelihood {
  using Outcome = typename Task::Theta;
  typename Task::X seen;
  float operator()(const Outcome& theta) const { return Task::log_likelihood(seen, theta); }
};

/// What would be seen: the simulator as a black box.
template <class Task>
struct BlackBox {
  using Sample = typename Task::Theta;
  using Outcome = typename Task::X;
  Outcome operator()(const Sample& theta, Random& random) const { return Task::draw(theta, random); }
};
/// How near that is to what was seen, under a Gaussian of the width `tolerance`.
template <class Task>
struct NearTo {
  using Outcome = typename Task::X;
  Outcome seen;
  float tolerance;
  float operator()(const Outcome& x) const {
    const float off = norm(x - seen) / tolerance;
    return -0.5f * off * off;
  }
};

/// Rows of numbers below a header. Errors: no such file; a row that is not of `columns` numbers.
template <int Columns>
std::vector<Vec<Columns>> read_rows(const std::string& path) {
  std::ifstream file(path);
  require(file.good(), path, ": could not be read");
  std::string line;
  std::getline(file, line);
  std::vector<Vec<Columns>> rows;
  while (std::getline(file, line)) {
    Vec<Columns> row;
    const char* at = line.c_str();
    for (int c = 0; c < Columns; ++c) {
      char* end = nullptr;
      row[c] = std::strtof(at, &end);
      require(end != at && numeric::is_finite(row[c]) && *end == (c + 1 < Columns ? ',' : '\0'), path, ": line ",
              rows.size() + 2, ": wanted ", Columns, " finite numbers with commas between them");
      at = end + 1;
    }
    rows.push_back(row);
  }
  require(!rows.empty(), path, ": wanted a header and a row of ", Columns, " numbers, got none");
  return rows;
}

template <int Columns>
void write_rows(const std::string& path, const std::vector<Vec<Columns>>& rows) {
  std::string text;
  for (int c = 0; c < Columns; ++c) text += (c == 0 ? "parameter_" : ",parameter_") + std::to_string(c + 1);
  for (const auto& row : rows)
    for (int c = 0; c < Columns; ++c) {
      char number[32];
      std::snprintf(number, sizeof number, "%c%.9g", c == 0 ? '\n' : ',', static_cast<double>(row[c]));
      text += number;
    }
  AtomicFile file(path);
  file.write(text + "\n");
  file.commit();
}

/// A network that depends on nothing (its condition is always 0).
template <class Task>
using Net = AutoregressiveShape<Task::dims, 1, 8, 3, 50>;

/// The prior as a network: fitted to draws of it.
template <class Task>
std::vector<float> fit_prior(Cpu& exec) {
  constexpr Index batch = 1000, steps = 1500, rows = 1 + Task::dims;
  AutoregressiveTrainer<Cpu, Net<Task>> trainer(exec, Task::limits(), {.batch = batch, .rate = 3e-3});
  std::vector<float> columns(static_cast<std::size_t>(rows * batch));
  for (Index step = 0; step < steps; ++step) {
    exec.for_each_sample(batch, [&](Index i) {
      Random random({exec.seed(), Stream::data, static_cast<std::uint32_t>(step)}, static_cast<std::uint32_t>(i));
      const typename Task::Theta theta = Task::prior(random);
      std::copy_n(theta.v, Task::dims, columns.data() + rows * i + 1);
    });
    trainer.step({columns.data(), rows, batch}, static_cast<double>(step) / steps);
  }
  return {trainer.parameters().begin(), trainer.parameters().end()};
}

template <class Task, class Simulator, class Score>
Json sample(const Settings& s, Cpu& exec, Simulator simulator, Score score,
            std::vector<typename Task::Theta>& samples) {
  Autoregressive<Cpu, Net<Task>> model(exec, fit_prior<Task>(exec), Task::limits());
  const auto start = std::chrono::steady_clock::now();
  Json json;
  if (s.mode == "posterior") {
    Posterior posterior(
        exec, model, simulator, score,
        {.samples = s.simulations / s.rounds, .rounds = s.rounds, .fitted = 16384, .batches = 32, .steps = s.steps},
        Adam{.rate = s.rate});
    const PosteriorReport report = posterior.run(ShowProgress());
    require(report.status == PosteriorStatus::reached || report.status == PosteriorStatus::tempered,
            "sbibm: wanted samples, got none that is possible");
    posterior.resample({s.seed, Stream::evaluation, 7}, samples);
    json["status"] = report.status == PosteriorStatus::reached ? "reached" : "tempered";
    json["power"] = report.power;
    json["effective_samples"] = report.effective_samples;
    json["log_evidence"] = report.log_evidence;
  } else {
    Tuner tuner(exec, model, simulator, score,
                {.samples = s.simulations / s.rounds, .quantile = 1.0 / 16, .rounds = s.rounds, .steps = s.steps},
                Policies<>{.update = {.rate = s.rate}});
    tuner.run(ShowProgress());
    model.sample(exec, {s.seed, Stream::evaluation, 7}, samples);
  }
  json["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return json;
}

template <class Task>
void run(const Settings& s) {
  const auto rows = read_rows<Task::data>(s.observation);
  require(rows.size() == 1, s.observation, ": wanted one observation, got ", rows.size());
  if (!s.out.empty()) examples::require_writable(s.out);
  if (!s.json.empty()) examples::require_writable(s.json);
  std::vector<typename Task::Theta> reference;
  if (!s.reference.empty()) reference = read_rows<Task::dims>(s.reference);
  auto exec = cpu({.seed = s.seed, .threads = s.threads});
  std::vector<typename Task::Theta> samples(drawn);
  Json json{{"benchmark", "sbibm"}, {"task", s.task}, {"mode", s.mode}, {"simulations", s.simulations}};
  json.update(s.distance > 0 ? sample<Task>(s, exec, BlackBox<Task>{},
                                            NearTo<Task>{rows[0], static_cast<float>(s.distance)}, samples)
                             : sample<Task>(s, exec, Parameters<Task>{}, TaskLikelihood<Task>{rows[0]}, samples));
  if (!reference.empty())
    json["c2st"] = c2st<Task::dims>(exec, std::span<const typename Task::Theta>(reference),
                                    std::span<const typename Task::Theta>(samples));
  std::printf("%s\n", json.dump().c_str());
  if (!s.out.empty()) write_rows(s.out, samples);
  if (!s.json.empty()) examples::write_json(s.json, json);
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  CLI::App app("Samples the posterior of a task of sbibm.", "sbibm");
  app.add_option("--task", s.task, "which")
      ->check(CLI::IsMember({"two_moons", "gaussian_mixture", "gaussian_linear", "slcp"}))
      ->required();
  app.add_option("--observation", s.observation, "what was seen, a CSV file of a header and one row")->required();
  app.add_option("--reference", s.reference, "samples to compare with, a CSV file: prints the C2ST");
  app.add_option("--simulations", s.simulations, "in all")->check(CLI::Range(1000, 100'000'000))->capture_default_str();
  app.add_option("--mode", s.mode, "posterior or mace")
      ->check(CLI::IsMember({"posterior", "mace"}))
      ->capture_default_str();
  bool likelihood = false;
  CLI::Option* by_likelihood = app.add_flag("--likelihood", likelihood, "score by the task's likelihood (the default)");
  app.add_option("--distance", s.distance, "score by the distance of simulated data, with this tolerance")
      ->check(CLI::PositiveNumber)
      ->excludes(by_likelihood);
  app.add_option("--rounds", s.rounds, "that the simulations are drawn in")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--steps", s.steps, "gradient steps a round")->check(CLI::Range(1, 100'000))->capture_default_str();
  app.add_option("--rate", s.rate, "Adam's")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--seed", s.seed, "of all random numbers")->capture_default_str();
  app.add_option("--threads", s.threads, "of the CPU")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--out", s.out, "a CSV file for 10,000 samples of equal weight");
  app.add_option("--json", s.json, "a file for the results");
  return examples::run_program(app, argc, argv, [&] {
    const auto run_task = [&]<class... Task>(std::type_identity<Task>...) {
      ((s.task == Task::name ? run<Task>(s) : void()), ...);
    };
    run_task(std::type_identity<TwoMoons>(), std::type_identity<GaussianMixtureTask>(),
             std::type_identity<GaussianLinear>(), std::type_identity<Slcp>());
  });
}
