// SPDX-License-Identifier: Apache-2.0
// The posterior itself, in place of samples that score well: the robot of 02 hears two beacons, and of the two places
// that explain it one is farther from where it was believed to be. How much less likely that is, the samples say. Then
// the same without a likelihood: only what a noisy simulator gives can be compared with what was heard.
#include <cmath>
#include <cstdio>
#include <span>
#include <vector>

#include "mace/cpu.hpp"
#include "mace/posterior/posterior.hpp"
#include "mace/posterior/recorded.hpp"
#include "mace/posterior/regression_adjustment.hpp"

using mace::Vec;

struct Beacons {  // how far off each beacon is at a place, meters
  using Sample = Vec<2>;
  using Outcome = Vec<2>;
  Vec<2> operator()(const Vec<2>& place) const { return {norm(place - Vec<2>{1, 4}), norm(place - Vec<2>{7, 4})}; }
};

struct NoisyBeacons : Beacons {  // as they are heard, to 10 cm
  Vec<2> operator()(const Vec<2>& place, mace::Random& random) const {
    return Beacons::operator()(place) + Vec<2>{0.1f * random.normal(), 0.1f * random.normal()};
  }
};

struct Heard {  // a Gaussian of the distance to what was heard
  using Outcome = Vec<2>;
  Vec<2> distances;
  float sigma;
  float operator()(const Vec<2>& would_be) const {
    const Vec<2> off = would_be - distances;
    return -0.5f * dot(off, off) / (sigma * sigma);
  }
};

// How far weighted samples spread about their mean, meters.
double spread(std::span<const Vec<2>> samples, std::span<const double> log_weights) {
  Vec<2, double> mean{};
  double square = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) mean = mean + std::exp(log_weights[i]) * samples[i].as<double>();
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const Vec<2, double> off = samples[i].as<double>() - mean;
    square += std::exp(log_weights[i]) * dot(off, off);
  }
  return std::sqrt(square);
}

int main() try {
  auto exec = mace::cpu({.seed = 7});
  const Vec<2> seen = Beacons{}({3, 6});
  {
    std::vector<float> centers;  // the prior: about (4, 4.5), 1 m each way; eight components, to be moved apart
    for (int i = 0; i < 8; ++i) centers.insert(centers.end(), {4, 4.5f});
    mace::GaussianMixture<mace::Cpu, 2, 8> model(exec, centers, 1);
    const Heard likelihood{.distances = seen, .sigma = 0.1f};
    // [excerpt]
    mace::Posterior posterior(exec, model, Beacons{}, likelihood, {.samples = 4000, .rounds = 10},
                              mace::Adam{.rate = 0.02});
    model.scatter(exec, {.seed = 1}, 0.5f);  // components that are alike would stay so; the prior is kept
    const mace::PosteriorReport report = posterior.run();
    std::vector<Vec<2>> samples(4000);
    posterior.resample({.seed = 1, .stream = mace::Stream::evaluation}, samples);  // of equal weight
    // [excerpt]
    mace::require(report.status == mace::PosteriorStatus::reached && report.effective_samples > 4000,
                  "wanted a posterior that is reached, of over 4000 effective samples, got ", report.effective_samples);
    double nearer = 0;
    for (const Vec<2>& place : samples) nearer += place[1] > 4 ? 1 / 4000.0 : 0;
    const double exact = 1 / (1 + std::exp((1.5 * 1.5 - 2.5 * 2.5) / 2));  // by the prior's densities at both places
    std::printf("at (3, 6) rather than (3, 2): %.3f of the samples, by Bayes' rule %.3f\n", nearer, exact);
    mace::require(std::abs(nearer - exact) < 0.03, "wanted a share of ", exact, " within 0.03, got ", nearer);
  }
  const float about[] = {3.5f, 5.5f};
  mace::GaussianMixture<mace::Cpu, 2, 1> model(exec, about, 0.5f);
  mace::Posterior exactly(exec, model, Beacons{}, Heard{.distances = seen, .sigma = 0.1f},
                          {.samples = 4000, .rounds = 5}, mace::Adam{.rate = 0.02});
  exactly.run();
  mace::GaussianMixture<mace::Cpu, 2, 1> again(exec, about, 0.5f);
  const Heard near{.distances = seen, .sigma = 0.4f};  // a tolerance, four times the noise
  // [excerpt]
  std::vector<Vec<2>> record;  // what was simulated for each sample; empty before each run
  mace::Posterior posterior(exec, again, mace::Recorded(NoisyBeacons{}, record), near, {.samples = 4000, .rounds = 5},
                            mace::Adam{.rate = 0.02});
  posterior.run();
  const std::vector<Vec<2>> adjusted =
      mace::regression_adjusted(posterior.samples(), posterior.log_weights(), std::span<const Vec<2>>(record), seen);
  // [excerpt]
  const double exact = spread(exactly.samples(), exactly.log_weights());
  const double wide = spread(posterior.samples(), posterior.log_weights());
  const double narrowed = spread(adjusted, posterior.log_weights());
  std::printf("spread: %.3f m by a tolerance, %.3f m adjusted, %.3f m by the likelihood\n", wide, narrowed, exact);
  mace::require(wide > 2 * exact && std::abs(narrowed / exact - 1) < 0.3, "wanted a spread over twice ", exact,
                ", and within 30 % of it once adjusted, got ", wide, " and ", narrowed);
} catch (const std::exception& error) {
  std::fprintf(stderr, "08_posterior: %s\n", error.what());
  return 1;
}
