// SPDX-License-Identifier: Apache-2.0
#include "mace/posterior/posterior.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "support/errors.hpp"
#include "support/executor.hpp"
#include "support/gaussian_task.hpp"

using namespace mace;
using test::Measured;
using test::Stay;

namespace {

using TwoGaussians = GaussianMixture<test::Exec, 2, 2>;

/// About N(0, 1) in both directions, by two components that lie next to each other.
TwoGaussians nearly_standard(test::Exec& exec) {
  return TwoGaussians(exec, std::array<float, 4>{0.01f, 0, -0.01f, 0}, 1.0f);
}

/// How far from the origin the point is in x, measured without its sign.
struct MeasuredDistance {
  using Outcome = Vec<2>;
  MACE_HD float operator()(const Outcome& x) const {
    const float off = ((x[0] < 0 ? -x[0] : x[0]) - 1.5f) / 0.1f;
    return -0.5f * off * off;
  }
};

/// The same score for all.
struct Constant {
  using Outcome = Vec<2>;
  float log_score;
  MACE_HD float operator()(const Outcome&) const { return log_score; }
};

constexpr PosteriorOptions few{.samples = 1000, .rounds = 12, .fitted = 512, .batches = 2, .steps_per_round = 60};

struct Moments {
  Vec<2, double> mean, deviation;
};

template <class P>
Moments moments(test::Exec& exec, const P& posterior) {
  Moments m{};
  const auto x = test::on_host(exec, posterior.samples());
  const auto log_weights = posterior.log_weights();
  REQUIRE(x.size() == log_weights.size());
  for (int d = 0; d < 2; ++d) {
    double square = 0;
    for (std::size_t i = 0; i < x.size(); ++i) m.mean[d] += std::exp(log_weights[i]) * static_cast<double>(x[i][d]);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double off = static_cast<double>(x[i][d]) - m.mean[d];
      square += std::exp(log_weights[i]) * off * off;
    }
    m.deviation[d] = std::sqrt(square);
  }
  return m;
}

}  // namespace

TEST_CASE(
    "where the posterior is known, its moments and the evidence are found, to the same bits for any number of "
    "threads") {
  std::vector<double> first;
  for (const int threads : test::threads()) {
    auto exec = test::executor({.seed = 1, .threads = threads});
    TwoGaussians model = nearly_standard(exec);
    Posterior posterior(exec, model, Stay{}, Measured{{2, -1}, {0.1f, 1}}, few, Adam{.rate = 0.02});
    const PosteriorReport report = posterior.run();
    CHECK(report.status == PosteriorStatus::reached);
    CHECK(report.power == 1);
    CHECK(report.effective_samples > 2000);
    CHECK(report.history.size() == 12);
    // One over the variances adds up; the evidence is a Gaussian of both variances, without the likelihood's factor.
    const Moments m = moments(exec, posterior);
    CHECK(m.mean[0] == doctest::Approx(2 / 1.01).epsilon(0.01));
    CHECK(m.mean[1] == doctest::Approx(-0.5).epsilon(0.06));
    CHECK(m.deviation[0] == doctest::Approx(std::sqrt(0.01 / 1.01)).epsilon(0.05));
    CHECK(m.deviation[1] == doctest::Approx(std::sqrt(0.5)).epsilon(0.05));
    const double evidence = 0.5 * std::log(0.01 / 1.01) - 0.5 * 4 / 1.01 + 0.5 * std::log(0.5) - 0.25;
    CHECK(std::abs(report.log_evidence - evidence) < 0.05);
    const std::vector<double> all(posterior.log_weights().begin(), posterior.log_weights().end());
    if (threads == 1) first = all;
    CHECK(all == first);
  }
}

TEST_CASE("both of two modes are kept, each with its share") {
  auto exec = test::executor({.seed = 2});
  TwoGaussians model = nearly_standard(exec);
  Posterior posterior(exec, model, Stay{}, MeasuredDistance{}, few, Adam{.rate = 0.02});
  const PosteriorReport report = posterior.run();
  CHECK(report.status == PosteriorStatus::reached);
  double right = 0;
  for (const auto& x : test::filled<Vec<2>>(exec, 4000, [&](std::span<Vec<2>> drawn) {
         posterior.resample({1, Stream::evaluation, 0}, drawn);
       }))
    right += x[0] > 0 ? 1.0 / 4000 : 0.0;
  CHECK(std::abs(right - 0.5) < 0.05);
}

TEST_CASE("what an observer ends, or too few rounds for a sharp observation, is told as tempered") {
  auto exec = test::executor({.seed = 3});
  TwoGaussians model = nearly_standard(exec);
  PosteriorOptions short_of = few;
  short_of.rounds = 2;
  Posterior posterior(exec, model, Stay{}, Measured{{2.5f, 2.5f}, {1e-3f, 1e-3f}}, short_of, Adam{.rate = 0.02});
  const PosteriorReport report = posterior.run();
  CHECK(report.status == PosteriorStatus::tempered);
  CHECK(report.power > 0);
  CHECK(report.power < 0.1);
  CHECK(report.effective_samples >= 499);
  CHECK(posterior.run([](const RoundRecord&) { return true; }).rounds == 1);
}

TEST_CASE("an observation out of reach, a score that says nothing and a prior that is a point have each their status") {
  auto exec = test::executor({.seed = 4});
  TwoGaussians model = nearly_standard(exec);
  {
    Posterior posterior(exec, model, Stay{}, Constant{-numeric::infinity}, few);
    const PosteriorReport report = posterior.run();
    CHECK(report.status == PosteriorStatus::infeasible);
    CHECK(report.rounds == few.max_infeasible_rounds);
    CHECK(posterior.samples().empty());
    std::vector<Vec<2>> drawn(3);
    CHECK_THROWS_WITH_AS(
        posterior.resample({}, drawn),
        "Posterior: wanted samples to choose from, got none that is feasible (PosteriorReport::status says why)",
        Error);
  }
  {
    Posterior posterior(exec, model, Stay{}, Constant{-3}, few);
    const PosteriorReport report = posterior.run();
    CHECK(report.status == PosteriorStatus::reached);
    CHECK(report.log_evidence == doctest::Approx(-3).epsilon(0.02));
  }
  {
    Posterior posterior(exec, model, Stay{}, Measured{{0, 0}, {1e-18f, 1e-18f}}, few);  // all but one underflow
    const PosteriorReport report = posterior.run();
    CHECK(report.status == PosteriorStatus::tempered);
    CHECK(report.effective_samples > 100);
  }
  for (const float sigma : {1e-20f, 1e-44f}) {
    TwoGaussians point(exec, std::array<float, 4>{1, 1, 1, 1}, sigma);
    Posterior posterior(exec, point, Stay{}, Constant{-1}, few);
    const PosteriorReport report = posterior.run();
    CHECK((report.status == PosteriorStatus::degenerate || report.status == PosteriorStatus::reached));
    CHECK_FALSE(std::isnan(report.log_evidence));
  }
}

TEST_CASE("another observation is met from where the last left the model") {
  auto exec = test::executor({.seed = 5});
  TwoGaussians model = nearly_standard(exec);
  Posterior posterior(exec, model, Stay{}, Measured{{2, 2}, {0.05f, 0.05f}}, few, Adam{.rate = 0.02});
  posterior.run();
  posterior.observe({{1.98f, 2.02f}, {0.05f, 0.05f}});
  const PosteriorReport report = posterior.run();
  CHECK(report.status == PosteriorStatus::reached);
  CHECK(report.history.front().power > 0.5);  // a model at the prior would begin far below
  CHECK(moments(exec, posterior).mean[0] == doctest::Approx(1.98 / 1.0025).epsilon(0.005));
}

TEST_CASE("scores that are NaN, and numbers that make no round, are errors") {
  auto exec = test::executor();
  TwoGaussians model = nearly_standard(exec);
  Posterior posterior(exec, model, Stay{}, Constant{numeric::not_a_number}, few);
  const std::string all = std::to_string(few.samples);
  CHECK(test::error_of([&] { posterior.run(); }) ==
        "Posterior: the score stage gave NaN for " + all + " of " + all + " samples in round 0");
  PosteriorOptions forgiving = few;
  forgiving.nan_is_infeasible = true;
  Posterior of_nothing(exec, model, Stay{}, Constant{numeric::not_a_number}, forgiving);
  const PosteriorReport report = of_nothing.run();
  CHECK(report.status == PosteriorStatus::infeasible);
  CHECK(report.nan_share == 1);
  Posterior without_end(exec, model, Stay{}, Constant{numeric::infinity}, few);
  CHECK_THROWS_WITH_AS(without_end.run(), "Posterior: wanted log scores below infinity, got inf in round 0", Error);
  const auto refuses = [&](const PosteriorOptions& options, const char* message) {
    using P = Posterior<test::Exec, TwoGaussians, Stay, Constant>;
    CHECK_THROWS_WITH_AS(P(exec, model, Stay{}, Constant{0}, options), message, Error);
  };
  refuses({.samples = 0},
          "PosteriorOptions: wanted samples and rounds above 0 and at most 2^31 samples in all, got 0 and 20");
  refuses({.fitted = 10, .batches = 3},
          "PosteriorOptions: wanted steps_per_round > 0 and batches that divide the fitted samples, got 100 steps and "
          "3 batches "
          "of 10");
  refuses({.defensive = 0}, "PosteriorOptions: wanted a defensive share in (0, 1), got 0");
  refuses({.least_effective = 2}, "PosteriorOptions: wanted least_effective in (0, 1], got 2");
  using P = Posterior<test::Exec, TwoGaussians, Stay, Constant>;
  CHECK_THROWS_WITH_AS(P(exec, model, Stay{}, Constant{0}, few, Adam{.rate = -1}),
                       "Adam: wanted a rate above 0, got -1", Error);
  P unrun(exec, model, Stay{}, Constant{0}, few);
  std::vector<Vec<2>> drawn(3);
  CHECK_THROWS_WITH_AS(unrun.resample({}, drawn),
                       "Posterior: wanted samples to choose from, got none: run() makes them", Error);
}

TEST_CASE("under a flat prior the model only proposes, and the posterior is the likelihood's own") {
  auto exec = test::executor({.seed = 7});
  TwoGaussians model = nearly_standard(exec);
  PosteriorOptions flat = few;
  flat.flat_prior = true;
  Posterior posterior(exec, model, Stay{}, Measured{{1, -1}, {0.1f, 0.5f}}, flat, Adam{.rate = 0.02});
  const PosteriorReport report = posterior.run();
  CHECK(report.status == PosteriorStatus::reached);
  const Moments m = moments(exec, posterior);
  CHECK(std::abs(m.mean[0] - 1) < 0.01);
  CHECK(std::abs(m.mean[1] + 1) < 0.05);  // under the model as the prior: -0.8
  CHECK(m.deviation[0] == doctest::Approx(0.1).epsilon(0.05));
  CHECK(m.deviation[1] == doctest::Approx(0.5).epsilon(0.05));  // there 0.447
  CHECK(std::abs(report.log_evidence - std::log(0.05 * 2 * 3.14159265)) < 0.05);
}

namespace {

struct StayThere {
  using Sample = Vec<16>;
  using Outcome = Vec<16>;
  MACE_HD Outcome operator()(const Sample& x) const { return x; }
};

/// Hardly any observation of a point of many dimensions: one of its numbers, with much noise.
struct Vague {
  using Outcome = Vec<16>;
  MACE_HD float operator()(const Outcome& x) const { return -0.5f * x[0] * x[0] / 4; }
};

}  // namespace

TEST_CASE("the evidence has no bias where fits know the samples that they are weighed with") {
  auto exec = test::executor({.seed = 8});
  GaussianMixture<test::Exec, 16, 8> model(exec, std::vector<float>(16 * 8), 1.0f);
  Posterior posterior(exec, model, StayThere{}, Vague{},
                      {.samples = 500, .rounds = 8, .fitted = 512, .batches = 1, .steps_per_round = 200},
                      Adam{.rate = 0.02});
  model.scatter(exec, {.seed = 1}, 0.5f);
  // A Gaussian of both variances. By the weights of all rounds together it comes out 0.04 lower.
  CHECK(std::abs(posterior.run().log_evidence - 0.5 * std::log(4.0 / 5)) < 0.02);
}
