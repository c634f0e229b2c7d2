// SPDX-License-Identifier: Apache-2.0
// Tasks of the benchmark sbibm: samples of the posterior for one observation, and how they compare with the reference.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/command_line.hpp"
#include "common/csv.hpp"
#include "common/program.hpp"
#include "common/scatter_panels.hpp"
#include "mace/core/number_text.hpp"
#include "mace/cpu.hpp"
#include "mace/metrics/c2st_cpu.hpp"
#include "mace/posterior/posterior.hpp"
#include "mace/posterior/recorded.hpp"
#include "mace/posterior/regression_adjustment.hpp"
#include "mace/train/autoregressive_trainer.hpp"
#include "posterior/sbibm_scores.hpp"
#include "posterior/sbibm_tasks.hpp"

using namespace mace;
using namespace mace::benchmarks;
using examples::Json;

namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

constexpr std::size_t drawn = 10000;  // rows of a result, as in the benchmark

struct Settings {
  std::string task, observation, reference, out, json, picture, mode = "posterior";
  Index simulations = 100'000;
  bool by_distance = false;
  std::optional<Index> rounds, steps_per_round;  ///< if not given, what served all tasks
  std::optional<double> rate, tolerance;
  std::uint64_t seed = 1;
  int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
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
    const char *at = line.data(), *const last = at + line.size();
    for (int c = 0; c < Columns; ++c) {
      const auto [end, error] = std::from_chars(at, last, row[c]);
      const bool ended = c + 1 < Columns ? end != last && *end == ',' : end == last;
      require(error == std::errc() && ended && numeric::is_finite(row[c]), path, ": line ", rows.size() + 2,
              ": wanted ", Columns, " finite numbers with commas between them");
      at = end + 1;
    }
    rows.push_back(row);
  }
  require(!rows.empty(), path, ": wanted a header and a row of ", Columns, " numbers, got none");
  return rows;
}

template <int Columns>
void write_rows(const std::string& path, const std::vector<Vec<Columns>>& rows) {
  std::vector<std::string> names;
  for (int c = 0; c < Columns; ++c) names.push_back("parameter_" + std::to_string(c + 1));
  std::vector<std::span<const float>> numbers;
  for (const auto& row : rows) numbers.emplace_back(row.v);
  examples::write_csv(path, names, numbers, 9);
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

/// Where the numbers of a run are not given: by distance fewer and larger rounds, since what counts is how many
/// simulations come near.
template <class Task>
struct Numbers {
  Index rounds, steps_per_round;
  double rate, least_effective, tolerance;
  explicit Numbers(const Settings& s)
      : rounds(s.rounds.value_or(s.by_distance ? 10 : 20)),
        steps_per_round(s.steps_per_round.value_or(s.by_distance ? 400 : 200)),
        rate(s.rate.value_or(s.by_distance ? 2e-3 : 1e-3)),
        least_effective(s.by_distance ? 0.2 : 0.5),
        tolerance(s.tolerance.value_or(Task::tolerance)) {}
};

/// Runs, and calls draw(posterior) for samples of equal weight.
template <class Task, class Simulator, class Score, class Draw>
Json sample_posterior(const Settings& s, Cpu& exec, Simulator simulator, Score score, const Draw& draw) {
  Autoregressive<Cpu, Net<Task>> model(exec, fit_prior<Task>(exec), Task::limits());
  const Numbers<Task> numbers(s);
  const auto start = Clock::now();
  Posterior posterior(exec, model, std::move(simulator), score,
                      {.samples = s.simulations / numbers.rounds,
                       .rounds = numbers.rounds,
                       .fitted = 16384,
                       .batches = 32,
                       .steps_per_round = numbers.steps_per_round,
                       .least_effective = numbers.least_effective},
                      Adam{.rate = numbers.rate});
  const PosteriorReport report = posterior.run(ShowProgress());
  require(report.status == PosteriorStatus::reached || report.status == PosteriorStatus::tempered,
          "sbibm: wanted samples, got none that is feasible");
  draw(posterior);
  return {{"status", report.status == PosteriorStatus::reached ? "reached" : "tempered"},
          {"power", report.power},
          {"effective_samples", report.effective_samples},
          {"log_evidence", report.log_evidence},
          {"seconds", seconds_since(start)}};
}

template <class Task>
using Samples = std::vector<typename Task::Theta>;

template <class Task>
Json by_likelihood(const Settings& s, Cpu& exec, const typename Task::X& seen, Samples<Task>& samples) {
  return sample_posterior<Task>(s, exec, Parameters<Task>{}, TaskLikelihood<Task>{seen}, [&](auto& posterior) {
    posterior.resample({s.seed, Stream::evaluation, 7}, samples);
  });
}

/// Approximate Bayesian computation: what the tolerance widens, a regression on the simulated data takes back in part.
template <class Task>
Json by_distance(const Settings& s, Cpu& exec, const typename Task::X& seen, Samples<Task>& samples) {
  using Features = typename Task::Features;
  const auto tolerance = static_cast<float>(Numbers<Task>(s).tolerance);
  const Features target = Task::features(seen);
  std::vector<Features> simulated;
  Json json = sample_posterior<Task>(
      s, exec, Recorded(BlackBox<Task>{}, simulated), NearTo<Task>{target, tolerance}, [&](auto& posterior) {
        const Samples<Task> adjusted = regression_adjusted(posterior.samples(), posterior.log_weights(),
                                                           std::span<const Features>(simulated), target);
        std::vector<std::int32_t> indices(samples.size());
        weights::resample(posterior.log_weights(), 0.5, indices);
        std::transform(indices.begin(), indices.end(), samples.begin(),
                       [&](std::int32_t i) { return adjusted[static_cast<std::size_t>(i)]; });
      });
  json["tolerance"] = static_cast<double>(tolerance) / std::sqrt(json["power"].get<double>());
  return json;
}

/// The paper's method, which seeks what scores well.
template <class Task, class Simulator, class Score>
Json tune(const Settings& s, Cpu& exec, Simulator simulator, Score score, Samples<Task>& samples) {
  Autoregressive<Cpu, Net<Task>> model(exec, fit_prior<Task>(exec), Task::limits());
  const Numbers<Task> numbers(s);
  const auto start = Clock::now();
  Tuner tuner(exec, model, simulator, score,
              {.samples = s.simulations / numbers.rounds,
               .quantile = 1.0 / 16,
               .rounds = numbers.rounds,
               .steps_per_round = numbers.steps_per_round},
              Adam{.rate = numbers.rate});
  tuner.run(ShowProgress());
  model.sample(exec, {s.seed, Stream::evaluation, 7}, samples);
  return {{"seconds", seconds_since(start)}};
}

template <class Task>
Json sample(const Settings& s, Cpu& exec, const typename Task::X& seen, Samples<Task>& samples) {
  if (s.mode == "posterior")
    return s.by_distance ? by_distance<Task>(s, exec, seen, samples) : by_likelihood<Task>(s, exec, seen, samples);
  if (!s.by_distance)
    return tune<Task>(s, exec, Parameters<Task>{}, AtMostOne<Task>{{seen}, Task::highest_log_likelihood(seen)},
                      samples);
  return tune<Task>(s, exec, BlackBox<Task>{},
                    NearTo<Task>{Task::features(seen), static_cast<float>(Numbers<Task>(s).tolerance)}, samples);
}

/// Two of the parameters: of the reference, if there is one, and of the samples.
template <class Task>
void paint(const Settings& s, const Samples<Task>& reference, const Samples<Task>& samples, const Json& json) {
  const auto [first, second] = Task::shown;
  const auto shown = [first = first, second = second](const Samples<Task>& all) {
    std::vector<float> points;
    for (const auto& theta : all) points.insert(points.end(), {theta[first], theta[second]});
    return points;
  };
  const std::vector<float> wanted = shown(reference), got = shown(samples);
  const auto view = [](const std::vector<float>& points) {
    return MatrixView<const float>(points.data(), 2, static_cast<Index>(points.size() / 2));
  };
  examples::ScatterPanelsSpec spec{.x_label = "parameter " + std::to_string(first + 1),
                                   .y_label = "parameter " + std::to_string(second + 1),
                                   .dot_radius = 2.0,
                                   .opacity = 0.2};
  std::string note;
  if (!reference.empty()) {
    spec.panels.push_back({.title = "Reference", .points = view(wanted), .color = examples::palette::quiet});
    note = "C2ST " + mace::detail::fixed_text(json["c2st"].get<double>(), 3);
  }
  spec.panels.push_back({.title = s.mode == "mace" ? "MACE" : "Posterior", .note = note, .points = view(got)});
  examples::paint_scatter_panels(s.picture, spec);
}

template <class Task>
void run(const Settings& s) {
  const auto rows = read_rows<Task::data>(s.observation);
  require(rows.size() == 1, s.observation, ": wanted one observation, got ", rows.size());
  if (!s.out.empty()) examples::require_writable(s.out);
  if (!s.json.empty()) examples::require_writable(s.json);
  if (!s.picture.empty()) examples::require_writable(s.picture);
  std::vector<typename Task::Theta> reference;
  if (!s.reference.empty()) reference = read_rows<Task::dims>(s.reference);
  auto exec = cpu({.seed = s.seed, .threads = s.threads});
  Samples<Task> samples(drawn);
  Json json{{"benchmark", "sbibm"},
            {"task", s.task},
            {"mode", s.mode},
            {"score", s.by_distance ? "distance" : "likelihood"},
            {"simulations", s.simulations}};
  json.update(sample<Task>(s, exec, rows[0], samples));
  if (!reference.empty())
    json["c2st"] = c2st<Task::dims>(exec, std::span<const typename Task::Theta>(reference),
                                    std::span<const typename Task::Theta>(samples));
  std::printf("%s\n", json.dump().c_str());
  if (!s.out.empty()) write_rows(s.out, samples);
  if (!s.picture.empty()) paint<Task>(s, reference, samples, json);
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
  examples::add_mode_flag(app, s.mode, {"posterior", "mace"}, "posterior or mace");
  bool by_likelihood = false;
  CLI::Option* likelihood = app.add_flag("--likelihood", by_likelihood, "score by the task's likelihood (the default)");
  app.add_flag("--distance", s.by_distance, "score by the distance of simulated data: the simulator is a black box")
      ->excludes(likelihood);
  app.add_option("--tolerance", s.tolerance, "of --distance, its Gaussian's width (default: the task's)")
      ->check(CLI::PositiveNumber)
      ->needs("--distance");
  app.add_option("--rounds", s.rounds, "that the simulations are drawn in (20, by distance 10)")
      ->check(CLI::Range(1, 1000));
  app.add_option("--steps-per-round", s.steps_per_round, "gradient steps (200, by distance 400)")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--rate", s.rate, "Adam's (1e-3, by distance 2e-3)")->check(CLI::PositiveNumber);
  app.add_option("--seed", s.seed, "of all random numbers")->capture_default_str();
  app.add_option("--threads", s.threads, "of the CPU")->check(CLI::Range(1, 1024))->capture_default_str();
  app.add_option("--out", s.out, "a CSV file for 10,000 samples of equal weight");
  app.add_option("--picture", s.picture, "a PNG file for two of the parameters, beside the reference's");
  app.add_option("--json", s.json, "a file for the results");
  return examples::run_program(app, argc, argv, [&] {
    const auto run_task = [&]<class... Task>(std::type_identity<Task>...) {
      ((s.task == Task::name ? run<Task>(s) : void()), ...);
    };
    run_task(std::type_identity<TwoMoons>(), std::type_identity<GaussianMixtureTask>(),
             std::type_identity<GaussianLinear>(), std::type_identity<Slcp>());
  });
}
