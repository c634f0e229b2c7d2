// SPDX-License-Identifier: Apache-2.0
// Runs with importance sampling's weights (Eq. 2), where the posterior is known.
#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <concepts>
#include <vector>

#include "support/allocations.hpp"
#include "support/autoregressive.hpp"
#include "support/clouds.hpp"
#include "support/executor.hpp"
#include "support/gaussian_task.hpp"
#include "support/machine.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using test::Measured;
using test::Scripted;
using test::Stay;

namespace {

using Gaussian = GaussianMixture<test::Exec, 2, 1>;
using Weigh = Importance<test::Exec, Gaussian>;

/// N(0, 1) in both directions.
Gaussian standard(test::Exec& exec) {
  return Gaussian(exec, std::array<float, 2>{0, 0}, 1.0f);
}

/// Mean x, mean y, sigma x, sigma y after tuning from N(0, 1) to a point seen at (1, -1) with noise 0.5 in x and 1 in
/// y.
template <class Select>
std::vector<double> tuned(test::Exec& exec, double quantile, Report& report) {
  Gaussian model = standard(exec);
  Select select = [&] {
    if constexpr (std::same_as<Select, Weigh>)
      return Select(exec, model);
    else
      return Select{};
  }();
  Tuner tuner{exec,
              model,
              Stay{},
              Measured{{1, -1}, {0.5f, 1}},
              TunerOptions{.samples = 4096, .quantile = quantile, .rounds = 30, .steps_per_round = 20},
              Adam{.rate = 0.01},
              std::move(select)};
  report = tuner.run();
  const auto theta = test::on_host(exec, model.parameters());
  return {theta[1], theta[2], std::exp(theta[3]), std::exp(theta[4])};
}

}  // namespace

TEST_CASE("importance sampling ends at the posterior, plain CEM narrower") {
  auto exec = test::executor({.seed = 1}), threads = test::executor({.seed = 1, .threads = 2});
  Report report, again;
  const std::vector<double> weighed = tuned<Weigh>(exec, 1, report);
  // Precisions add: 1 + 4 in x, 1 + 1 in y. Some 3000 effective samples tell a sigma to 1.3 %, a mean to 1.3 % of that,
  // and the last rounds are averaged a little: 6 % are more than four standard deviations, four times, below 1 in 5000.
  const double sigma_x = std::sqrt(1 / 5.0), sigma_y = std::sqrt(1 / 2.0);
  CHECK(std::abs(weighed[0] - 0.8) < 0.06 * sigma_x);
  CHECK(std::abs(weighed[1] + 0.5) < 0.06 * sigma_y);
  CHECK(weighed[2] == doctest::Approx(sigma_x).epsilon(0.06));
  CHECK(weighed[3] == doctest::Approx(sigma_y).epsilon(0.06));
  const std::vector<double> narrow = tuned<TopQuantile>(exec, 1.0 / 8, again);
  CHECK(narrow[2] < 0.5 * sigma_x);
  CHECK(narrow[3] < 0.5 * sigma_y);
  CHECK(again.history.back().effective_samples == doctest::Approx(512));

  for (const RoundRecord& r : report.history) {
    CHECK(r.effective_samples >= 1);
    CHECK(r.effective_samples <= 4096);
    CHECK(r.elites == 4096);
  }
  // Drawn from the prior few samples count; drawn from the posterior nearly all do.
  CHECK(report.history.front().effective_samples < 2000);
  CHECK(report.history.back().effective_samples > 3900);
  CHECK(tuned<Weigh>(threads, 1, again) == weighed);
}

TEST_CASE("rounds without a feasible sample change nothing, and too many are an error") {
  auto exec = test::executor();
  Gaussian model = standard(exec);
  Tuner tuner{exec,
              model,
              Stay{},
              Scripted(exec, std::vector<float>(8, -numeric::infinity)),
              TunerOptions{.samples = 8, .quantile = 1, .rounds = 5, .max_infeasible_rounds = 3},
              Adam{},
              Weigh(exec, model)};
  CHECK_THROWS_AS(tuner.run(), Error);
  CHECK(test::on_host(exec, model.parameters())[1] == 0);
}

TEST_CASE("a tuner refuses a quantile below 1 for importance sampling before it begins") {
  auto exec = test::executor();
  Gaussian model = standard(exec);
  const auto make = [&] {
    Tuner tuner{exec,
                model,
                Stay{},
                Measured{{0, 0}, {0.5f, 1}},
                TunerOptions{.samples = 8, .quantile = 0.5},
                Adam{},
                Weigh(exec, model)};
  };
  CHECK_THROWS_WITH_AS(
      make(), "Importance: wanted a quantile of 1, as every sample has a weight, got 4 elites of 8 samples", Error);
}

TEST_CASE("an autoregressive model is tuned with importance weights: its first round's are the scores alone") {
  using Shape = AutoregressiveShape<2, 1, 2, 1, 16>;
  using Arm = Autoregressive<test::Exec, Shape>;
  auto exec = test::executor({.seed = 3});
  const auto weights = exec.upload(test::random_arm<Shape>(1));
  const JointLimits<2> limits = {{-2, -2}, {2, 2}};
  Arm model(exec, weights.span(), limits);
  using Select = Importance<test::Exec, Arm>;
  const Measured score{{0.5f, 0.5f}, {0.5f, 1}};
  Tuner tuner{exec,
              model,
              Stay{},
              score,
              TunerOptions{.samples = 512, .quantile = 1, .rounds = 20, .steps_per_round = 10},
              Adam{.rate = 3e-3},
              Select(exec, model)};
  double sum = 0, square = 0;
  const auto first_round = [&](const RoundRecord& r, const Snapshot<Vec<2>>& seen) {
    for (const float log_score : seen.log_scores) {
      if (r.round > 0) break;
      const double s = std::exp(static_cast<double>(log_score));
      sum += s, square += s * s;
    }
  };
  const Report report = tuner.run(first_round);
  CHECK(report.history.front().effective_samples == doctest::Approx(sum * sum / square).epsilon(1e-4));
  CHECK(report.history.back().effective_samples > 1.5 * report.history.front().effective_samples);
  CHECK(report.history.back().mean_score > report.history.front().mean_score);
}

namespace {

using SmallShape = test::SmallTestVae;

/// Tunes the small network with importance weights to a box's points; each round's record, and what was allocated by
/// then.
struct VaeRun {
  std::vector<float> parameters;
  std::vector<RoundRecord> rounds;
  std::vector<long> allocations;
};

VaeRun tune_vae(int threads) {
  using Vae = LatentVae<test::Exec, SmallShape>;
  auto exec = test::executor({.seed = 2, .threads = threads});
  const auto weights = exec.upload(test::random_weights<SmallShape>(1));
  Vae model(exec, weights.span(), 1.0f);
  using Select = Importance<test::Exec, Vae>;
  using Match = CloudMatch<SmallShape::points, test::Space>;
  Tuner tuner{exec,
              model,
              HalfSpaceCut<SmallShape::points>::none(),
              Match(exec, test::box_points(40, 3), {}),
              TunerOptions{.samples = 64, .quantile = 1, .rounds = 30, .steps_per_round = 16},
              Adam{.rate = 0.005},
              Select(exec, model)};
  VaeRun run;
  run.allocations.reserve(30);
  run.rounds.reserve(30);
  tuner.run([&](const RoundRecord& r) {
    run.rounds.push_back(r);
    run.allocations.push_back(test::allocations());
  });
  run.parameters = test::on_host(exec, model.parameters());
  return run;
}

}  // namespace

TEST_CASE("a VAE is tuned with importance weights made of its bound") {
  const VaeRun run = tune_vae(1), threaded = tune_vae(2);
  CHECK(test::same_bits(run.parameters, threaded.parameters));
  for (const RoundRecord& r : run.rounds) {
    CHECK(r.effective_samples >= 1);
    CHECK(r.effective_samples <= 64);
  }
  CHECK(run.rounds.back().mean_score > run.rounds.front().mean_score);
  for (std::size_t t = 1; t < run.allocations.size(); ++t) CHECK(run.allocations[t] == run.allocations[0]);
}
