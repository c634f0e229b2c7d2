// SPDX-License-Identifier: Apache-2.0
// A posterior in two dimensions: two crescents that a mixture of Gaussians, wide at first, is tuned to. Prints how
// good its samples are and draws them beside those of the exact posterior, two_moons.png (with --check: draws
// nothing).
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "common/picture.hpp"
#include "mace/cpu.hpp"

using mace::Vec;

// What would be seen if theta were true: a point, before noise moves it along and across a half circle.
struct TwoMoons {
  using Sample = Vec<2>;
  using Outcome = Vec<2>;
  MACE_HD Vec<2> operator()(const Vec<2>& theta) const {
    const float sum = (theta[0] + theta[1]) * 0.70710678f;
    return {0.25f - (sum < 0 ? -sum : sum), (theta[1] - theta[0]) * 0.70710678f};
  }
};

// How well that agrees with the point that was seen: the likelihood of its distance from there, on a logarithm.
struct OnHalfCircle {
  using Outcome = Vec<2>;
  Vec<2> seen;
  MACE_HD float operator()(const Vec<2>& point) const {
    const Vec<2> step = seen - point;
    const float off = (norm(step) - 0.1f) / 0.01f;
    return step[0] < 0 ? -mace::numeric::infinity : -0.5f * off * off;
  }
};

constexpr int shown = 2000;
const OnHalfCircle likelihood{.seen = {0, 0}};

// The exact posterior under a uniform prior, by rejection.
std::vector<Vec<2>> exact() {
  std::vector<Vec<2>> kept;
  mace::Random random({.seed = 1}, 0);
  while (kept.size() < shown) {
    const Vec<2> theta{random.uniform(-1, 1), random.uniform(-1, 1)};
    if (random.uniform() < mace::numeric::exp(likelihood(TwoMoons{}(theta)))) kept.push_back(theta);
  }
  return kept;
}

double mean_score(const auto& samples) {
  double sum = 0;
  for (const Vec<2>& theta : samples)  // none outside the prior counts
    if (std::abs(theta[0]) < 1 && std::abs(theta[1]) < 1) sum += std::exp(double(likelihood(TwoMoons{}(theta))));
  return sum / shown;
}

mace::examples::ScatterPanel panel(const char* title, const auto& samples) {
  return {.title = title, .points = mace::as_columns(std::span(samples))};
}

int main(int argc, char** argv) try {
  const bool check = argc > 1 && std::string(argv[1]) == "--check";
  mace::require(argc == (check ? 2 : 1), "wanted --check or nothing, got ", argv[argc - 1]);
  std::vector<float> grid;  // 16 x 16 components that cover [-1, 1]^2
  for (int i = 0; i < 256; ++i)
    grid.insert(grid.end(), {-0.9375f + 0.125f * float(i % 16), -0.9375f + 0.125f * float(i / 16)});

  auto exec = mace::cpu({.seed = 7});
  mace::GaussianMixture<mace::Cpu, 2, 256> model(exec, grid, 0.08f);  // the prior: about uniform in [-1, 1]^2
  mace::Tuner tuner(exec, model, TwoMoons{}, OnHalfCircle{.seen = {0, 0}},
                    mace::TunerOptions{.samples = 4096, .quantile = 1.0 / 8, .rounds = 10, .steps_per_round = 40},
                    mace::Adam{.rate = 0.005});
  std::vector<Vec<2>> prior(shown), tuned(shown);
  model.sample(exec, {.seed = 1}, prior);
  const mace::Report report = tuner.run();
  model.sample(exec, {.seed = 2}, tuned);

  const auto reference = exact();
  const double before = mean_score(prior), after = mean_score(tuned);
  const auto upper = std::ranges::count_if(tuned, [](const Vec<2>& theta) { return theta[0] + theta[1] > 0; });
  const double share = double(upper) / shown;
  std::printf("mean score: prior %.3f, tuned %.3f, exact posterior %.3f\n", before, after, mean_score(reference));
  std::printf("share of the upper moon: %.2f (exact: 0.50)\n%.0f ms\n", share, 1000 * report.seconds.total);
  mace::require(after > 20 * before, "wanted a mean score of over 20 times the prior's ", before, ", got ", after);
  mace::require(share > 0.3 && share < 0.7, "wanted a share of the upper moon from 0.3 to 0.7, got ", share);
  if (check) return 0;

  mace::examples::ScatterPanelsSpec picture{.x_label = "theta 1", .y_label = "theta 2", .x = {{-1, 1}}, .y = {{-1, 1}}};
  picture.panels = {panel("prior", prior), panel("MACE", tuned), panel("exact posterior", reference)};
  mace::examples::paint_scatter_panels("two_moons.png", picture);
} catch (const std::exception& error) {
  std::fprintf(stderr, "01_two_moons: %s\n", error.what());
  return 1;
}
