// SPDX-License-Identifier: Apache-2.0
#include "mace/tune/tuner.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "mace/fit/moment_match.hpp"
#include "support/allocations.hpp"
#include "support/errors.hpp"
#include "support/executor.hpp"
#include "support/gaussian_task.hpp"
#include "support/machine.hpp"
#include "support/plain_ascent.hpp"
#include "support/scores.hpp"

using namespace mace;
using test::infeasible;
using test::NearTo;
using test::PlaneGaussian;
using test::Scripted;
using test::Stay;

static_assert(Model<PlaneGaussian, test::Exec>);

namespace {

std::vector<float> parameters_of(test::Exec& exec, PlaneGaussian& model) {
  return test::on_host(exec, model.parameters());
}

/// Eight samples, of which half are elites; `feasible` of them can be.
std::vector<float> scores_of_eight(std::size_t feasible) {
  std::vector<float> log_scores(8, infeasible);
  for (std::size_t i = 0; i < feasible; ++i) log_scores[7 - i] = -static_cast<float>(i) - 1;
  return log_scores;
}

/// Infeasible in every second round.
struct EverySecond {
  using Outcome = Vec<2>;
  static constexpr bool capturable = true;
  Buffer<std::int32_t, test::Space> round;  ///< [1]: how many there were
  void log_scores(test::Exec& exec, std::span<const Outcome> outcomes, std::span<float> out) {
    const std::size_t count = outcomes.size();
    std::int32_t* const now = round.data();
    float* const scores = out.data();
    exec.for_each_sample(1, [=] MACE_HD(Index) {
      ++*now;
      for (std::size_t i = 0; i < count; ++i) scores[i] = *now % 2 == 0 ? infeasible : -1.0f;
    });
  }
};

/// Elites whose weights are no numbers.
struct Spoil {
  void operator()(test::Exec& exec, std::span<const float>, std::span<std::int32_t>,
                  Elites<test::Space>& elites) const {
    exec.fill(elites.weights.span(), numeric::not_a_number);
    exec.fill(elites.found.span(), 4);
  }
};

constexpr TunerOptions eight = {
    .samples = 8, .quantile = 0.5, .rounds = 3, .steps_per_round = 2, .max_infeasible_rounds = 2};

}  // namespace

TEST_CASE("a user's Gaussian goes to the optimum and narrows there") {
  const NearTo score{{1.5f, -2.0f}};
  for (const Index batches : {1, 2}) {
    CAPTURE(batches);
    auto exec = test::executor({.seed = 5});
    PlaneGaussian model(exec);
    Tuner tuner{
        exec,
        model,
        Stay{},
        score,
        TunerOptions{.samples = 128, .quantile = 0.125, .rounds = 60, .steps_per_round = 20, .batches = batches},
        Adam{.rate = 0.01}};
    const Report report = tuner.run();
    const std::vector<float> theta = parameters_of(exec, model);
    CHECK(std::abs(theta[0] - 1.5f) < 0.05f);
    CHECK(std::abs(theta[1] + 2.0f) < 0.05f);
    CHECK(std::exp(theta[2]) < 0.1f);
    CHECK(report.history.front().mean_score < 0.2f);
    CHECK(report.history.back().mean_score > 0.9f);
    CHECK(report.steps == 60 * 20);
  }
}

TEST_CASE("an observation that changes a little is met from where the last left the model") {
  auto exec = test::executor({.seed = 5});
  PlaneGaussian model(exec);
  Tuner tuner{exec,
              model,
              Stay{},
              NearTo{{1.5f, -2.0f}},
              TunerOptions{.samples = 128, .quantile = 0.125, .rounds = 20, .steps_per_round = 20},
              Adam{.rate = 0.01}};
  tuner.run();
  const long before = test::allocations();
  tuner.observe(NearTo{{1.6f, -2.1f}});
  const Report report = tuner.run();
  CHECK(test::allocations() - before == (test::on_device ? 0 : 1));  // the report's history, which is the host's
  CHECK(report.history.front().mean_score > 0.5f);                   // a model at the prior begins below 0.2
  const std::vector<float> theta = parameters_of(exec, model);
  CHECK(std::abs(theta[0] - 1.6f) < 0.05f);
  CHECK(std::abs(theta[1] + 2.1f) < 0.05f);
}

TEST_CASE("stochastic gradient steps get there too") {
  auto exec = test::executor({.seed = 6});
  PlaneGaussian model(exec);
  Tuner tuner{exec,
              model,
              Stay{},
              NearTo{{0.5f, 0.5f}},
              TunerOptions{.samples = 128, .quantile = 0.25, .rounds = 30},
              test::PlainAscent{.rate = 0.002}};
  const Report report = tuner.run();
  CHECK(std::abs(parameters_of(exec, model)[0] - 0.5f) < 0.1f);
  CHECK(report.history.back().mean_score > 2 * report.history.front().mean_score);
}

TEST_CASE("the report and its records say what happened") {
  auto exec = test::executor();
  PlaneGaussian model(exec);
  Tuner tuner{exec, model, Stay{}, Scripted(exec, scores_of_eight(8)), eight};
  const Report report = tuner.run();
  CHECK(report.rounds == 3);
  CHECK(report.steps == 6);
  CHECK(report.infeasible_rounds == 0);
  CHECK_FALSE(report.stopped);
  CHECK(report.replayed == (test::on_device ? 2 : 0));  // the first takes memory still
  REQUIRE(report.history.size() == 3);
  double mean = 0;
  for (int i = 1; i <= 8; ++i) mean += std::exp(-i) / 8;
  double before = 0;
  for (std::size_t t = 0; t < 3; ++t) {
    const RoundRecord& r = report.history[t];
    CHECK(r.round == static_cast<Index>(t));
    CHECK(r.rounds == 3);
    CHECK(r.mean_score == doctest::Approx(mean));
    CHECK(r.best_score == doctest::Approx(std::exp(-1.0)));
    CHECK(r.threshold == doctest::Approx(std::exp(-4.0)));  // the fourth of eight
    CHECK(r.elites == 4);
    CHECK(r.seconds >= before);
    before = r.seconds;
  }
  const PhaseSeconds& s = report.seconds;
  for (const double phase : {s.sample, s.simulate, s.score, s.select, s.fit})
    CHECK((test::on_device ? phase == 0 : phase >= 0));
  CHECK(s.sample + s.simulate + s.score + s.select + s.fit <= s.total);
  CHECK(tuner.options().samples == 8);
}

TEST_CASE("fewer feasible samples than elites are fitted to those there are") {
  for (const std::size_t feasible : {1u, 3u, 4u, 7u}) {
    CAPTURE(feasible);
    auto exec = test::executor();
    PlaneGaussian model(exec);
    Tuner tuner{exec, model, Stay{}, Scripted(exec, scores_of_eight(feasible)), eight};
    const Report report = tuner.run();
    CHECK(report.history[0].elites == static_cast<Index>(std::min<std::size_t>(feasible, 4)));
    CHECK(report.history[0].threshold == doctest::Approx(std::exp(-static_cast<double>(report.history[0].elites))));
    CHECK(report.infeasible_rounds == 0);
    for (const float p : parameters_of(exec, model)) CHECK(std::isfinite(p));
  }
}

TEST_CASE("infeasible rounds keep the parameters, and too many are an error") {
  auto exec = test::executor();
  PlaneGaussian model(exec);
  const auto before = parameters_of(exec, model);
  Index seen = 0;
  const auto count = [&](const RoundRecord& r) {
    ++seen;
    CHECK(r.elites == 0);
    CHECK(r.threshold == 0);
    CHECK(r.mean_score == 0);
  };
  Tuner tuner{exec, model, Stay{}, Scripted(exec, scores_of_eight(0)), eight};
  CHECK_THROWS_WITH_AS(
      tuner.run(count),
      "Tuner: none of 8 samples was feasible in 2 rounds one after the other; the prior does not reach "
      "the observation",
      Error);
  CHECK(seen == 2);
  CHECK(parameters_of(exec, model) == before);
}

TEST_CASE("an infeasible round now and then is counted and passes") {
  auto exec = test::executor();
  PlaneGaussian model(exec);
  TunerOptions options = eight;
  options.rounds = 7;
  const Report report = Tuner{exec, model, Stay{}, EverySecond{exec.allocate<std::int32_t>(1)}, options}.run();
  CHECK(report.rounds == 7);
  CHECK(report.infeasible_rounds == 3);
  CHECK(report.steps == 4 * 2);
}

TEST_CASE("a NaN score is an error that names the stage, and the model stays as it was") {
  auto exec = test::executor();
  PlaneGaussian model(exec);
  const auto before = parameters_of(exec, model);
  std::vector<float> log_scores = scores_of_eight(8);
  log_scores[1] = log_scores[4] = numeric::not_a_number;
  Tuner tuner{exec, model, Stay{}, Scripted(exec, log_scores), eight};
  CHECK_THROWS_WITH_AS(tuner.run(), "Tuner: the score stage gave NaN for 2 of 8 samples in round 0", Error);
  CHECK(parameters_of(exec, model) == before);
}

TEST_CASE("a NaN score counts as infeasible where the options ask for it, and the report says how many there were") {
  auto exec = test::executor();
  TunerOptions options = eight;
  options.nan_is_infeasible = true;
  auto scores = scores_of_eight(5);
  PlaneGaussian without_nan(exec), with_nan(exec);
  const Report plain = Tuner{exec, without_nan, Stay{}, Scripted(exec, scores), options}.run();
  CHECK(plain.nan_share == 0);
  scores[0] = scores[1] = numeric::not_a_number;  // which were infeasible
  const Report report = Tuner{exec, with_nan, Stay{}, Scripted(exec, scores), options}.run();
  CHECK(report.nan_share == 0.25);
  CHECK(report.history[1].nan_share == 0.25);
  CHECK(report.history[1].mean_score == plain.history[1].mean_score);
  CHECK(parameters_of(exec, with_nan) == parameters_of(exec, without_nan));

  PlaneGaussian model(exec);
  const std::vector<float> none(8, numeric::not_a_number);
  CHECK(test::contains(test::error_of([&] {
                         Tuner{exec, model, Stay{}, Scripted(exec, none), options}.run();
                       }),
                       "none of 8 samples was feasible"));
}

TEST_CASE("weights that are NaN are an error, and the model stays as it was") {
  auto exec = test::executor();
  PlaneGaussian model(exec);
  const auto before = parameters_of(exec, model);
  Tuner tuner{exec, model, Stay{}, Scripted(exec, scores_of_eight(8)), eight, Adam{}, Spoil{}};
  CHECK_THROWS_WITH_AS(
      tuner.run(),
      "Tuner: wanted elites with finite weights, got NaN in round 0 (of importance sampling: a density "
      "that is NaN, or zero where the model drew)",
      Error);
  CHECK(parameters_of(exec, model) == before);
}

TEST_CASE("what is no logarithm of a score is an error, and the model stays as it was") {
  for (const float wrong : {0.5f, numeric::infinity}) {
    auto exec = test::executor();
    PlaneGaussian model(exec);
    const auto before = parameters_of(exec, model);
    std::vector<float> log_scores = scores_of_eight(8);
    log_scores[3] = wrong;
    Tuner tuner{exec, model, Stay{}, Scripted(exec, log_scores), eight};
    CHECK_THROWS_WITH_AS(tuner.run(), doctest::Contains("wanted log scores of at most 0"), Error);
    CHECK(parameters_of(exec, model) == before);
  }
}

TEST_CASE("options that make no sense are refused with what was wanted and got") {
  struct Row {
    TunerOptions options;
    const char* message;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Row rows[] = {
      {{.samples = 0}, "TunerOptions: wanted samples > 0, got 0"},
      {{.samples = -3}, "TunerOptions: wanted samples > 0, got -3"},
      {{.quantile = 1.5}, "TunerOptions: wanted a quantile in (0, 1], got 1.5"},
      {{.quantile = 0}, "TunerOptions: wanted a quantile in (0, 1], got 0"},
      {{.quantile = nan}, "TunerOptions: wanted a quantile in (0, 1], got nan"},
      {{.rounds = -1}, "TunerOptions: wanted rounds >= 0 and steps_per_round > 0, got -1 and 32"},
      {{.steps_per_round = 0}, "TunerOptions: wanted rounds >= 0 and steps_per_round > 0, got 100 and 0"},
      {{.max_infeasible_rounds = 0}, "TunerOptions: wanted max_infeasible_rounds > 0, got 0"},
      {{.samples = 9, .quantile = 0.5, .batches = 2}, "TunerOptions: wanted batches that divide 9 samples, got 2"},
      {{.batches = 0}, "TunerOptions: wanted batches that divide 256 samples, got 0"},
      {{.samples = 9, .quantile = 0.1},
       "TunerOptions: wanted at least one elite in each of 1 batches and the same number in all, got floor(0.1 * 9) = "
       "0"},
      {{.samples = 8, .quantile = 0.4, .batches = 2},
       "TunerOptions: wanted at least one elite in each of 2 batches and the same number in all, got floor(0.4 * 8) = "
       "3"},
  };
  auto exec = test::executor();
  PlaneGaussian model(exec);
  using Tested = Tuner<test::Exec, PlaneGaussian, Stay, NearTo>;
  for (const Row& row : rows) CHECK_THROWS_WITH_AS(Tested(exec, model, {}, {}, row.options), row.message, Error);
  CHECK(Tested(exec, model, {}, {}, {.rounds = 0}).run().rounds == 0);
}

TEST_CASE("one seed gives one result, whatever the number of threads") {
  const auto tuned = [](std::uint64_t seed, int threads) {
    auto exec = test::executor({.seed = seed, .threads = threads});
    PlaneGaussian model(exec);
    Tuner{exec, model, Stay{}, NearTo{{1, 1}}, TunerOptions{.rounds = 10}}.run();
    return parameters_of(exec, model);
  };
  CHECK(test::same_bits(tuned(1, 1), tuned(1, 1)));
  CHECK(test::same_bits(tuned(1, 1), tuned(1, 2)));
  CHECK_FALSE(test::same_bits(tuned(1, 1), tuned(2, 1)));
}

TEST_CASE("rounds that are all infeasible are an error, however few they are") {
  auto exec = test::executor({.seed = 1});
  PlaneGaussian model(exec);
  Tuner tuner(exec, model, test::Stay{}, Scripted(exec, scores_of_eight(0)),
              {.samples = 8, .quantile = 0.5, .rounds = 3, .steps_per_round = 1, .max_infeasible_rounds = 10});
  CHECK_THROWS_WITH_AS(tuner.run(), doctest::Contains("in any of 3 rounds"), Error);
}

TEST_CASE("a fit that blows up is an error that says so") {
  auto exec = test::executor({.seed = 1});
  PlaneGaussian model(exec);
  Tuner tuner(exec, model, test::Stay{}, test::NearTo{{1, 1}},
              {.samples = 8, .quantile = 0.5, .rounds = 3, .steps_per_round = 50}, test::PlainAscent{.rate = 1e30});
  CHECK_THROWS_WITH_AS(tuner.run(), doctest::Contains("a smaller rate may help"), Error);
}

TEST_CASE("policies whose numbers make no sense are refused") {
  auto exec = test::executor({.seed = 1});
  PlaneGaussian model(exec);
  const float nan = numeric::not_a_number;
  for (const Adam adam : {Adam{.rate = 0}, Adam{.rate = static_cast<double>(nan)}, Adam{.beta1 = 1}, Adam{.beta2 = -1},
                          Adam{.epsilon = 0}})
    CHECK_THROWS_AS(Tuner(exec, model, test::Stay{}, test::NearTo{{1, 1}}, {}, adam), Error);
  CHECK_THROWS_AS(MomentMatch{.smoothing = 0}.check(), Error);
  CHECK_THROWS_AS(MomentMatch{.smoothing = 2}.check(), Error);
  CHECK_THROWS_AS(MomentMatch{.min_sigma = -1}.check(), Error);
}

namespace {

/// A sensor with noise of standard deviation 0.1.
struct NoisySensor {
  using Sample = Vec<2>;
  using Outcome = Vec<2>;
  MACE_HD Outcome operator()(const Sample& x, Random& random) const {
    return {x[0] + 0.1f * random.normal(), x[1] + 0.1f * random.normal()};
  }
};

}  // namespace

TEST_CASE("a simulator's own noise differs by round and sample and repeats with the seed") {
  const auto outcomes = [](std::uint64_t seed) {
    auto exec = test::executor({.seed = seed});
    const auto samples = exec.upload(std::vector<Vec<2>>(4, Vec<2>{0, 0}));
    NoisySensor sensor;
    std::vector<float> all;
    for (const std::uint32_t round : {0u, 1u})
      for (const Vec<2>& o : test::filled<Vec<2>>(exec, 4, [&](std::span<Vec<2>> seen) {
             simulate(exec, sensor, std::span<const Vec<2>>(samples.span()), seen, {seed, Stream::simulator, round});
           }))
        all.insert(all.end(), {o[0], o[1]});
    return all;
  };
  const std::vector<float> once = outcomes(7);
  CHECK(once == outcomes(7));
  CHECK(once != outcomes(8));
  for (std::size_t i = 0; i < once.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK(once[i] != once[j]);

  auto exec = test::executor({.seed = 3});
  PlaneGaussian model(exec);
  Tuner tuner(exec, model, NoisySensor{}, test::NearTo{{1, 1}},
              {.samples = 64, .quantile = 0.25, .rounds = 40, .steps_per_round = 10}, Adam{.rate = 0.02});
  tuner.run();
  CHECK(parameters_of(exec, model)[0] == doctest::Approx(1).epsilon(0.2));
}
