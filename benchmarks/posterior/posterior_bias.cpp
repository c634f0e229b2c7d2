// SPDX-License-Identifier: Apache-2.0
// How far Posterior is from the truth where that can be integrated: a ball that an arm throws is seen to land, and how
// it was thrown (up, sideways, how fast) is asked for. The prior is a mixture of 64 Gaussians that are all alike, so
// that a fit can follow single samples. For each number of rounds and samples, over the seeds: what the effective
// sample size says, the mean's and the spread's error of the number that is worst, and the evidence's.
//   posterior_bias [--seeds N]
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

#include "common/command_line.hpp"
#include "mace/cpu.hpp"
#include "mace/posterior/posterior.hpp"

using namespace mace;

namespace {

constexpr int dims = 3, components = 64;
using Throw = Vec<dims>;

/// Where the ball lands, meters: thrown at 0.8 + 0.3 x_0 radians above the ground, 0.5 x_1 to the side, 6 + x_2 m/s.
struct Land {
  using Sample = Throw;
  using Outcome = Vec<2>;
  MACE_HD Vec<2> operator()(const Throw& x) const {
    float up, level, left, ahead;
    numeric::sincos(2 * (0.8f + 0.3f * x[0]), up, level);
    numeric::sincos(0.5f * x[1], left, ahead);
    const float speed = 6 + x[2], range = speed * speed / 9.81f * up;
    return {range * ahead, range * left};
  }
};

/// A Gaussian about where it was seen, 5 cm wide.
struct Seen {
  using Outcome = Vec<2>;
  MACE_HD float operator()(const Vec<2>& at) const {
    const Vec<2> off = at - Vec<2>{3, 0.8f};
    return -0.5f * dot(off, off) / (0.05f * 0.05f);
  }
};

struct Moments {
  std::array<double, dims> mean{}, deviation{};
  double log_evidence = 0;
};

/// Adds up weighted throws.
class Sums {
 public:
  void add(const Throw& x, double weight) {
    all_ += weight;
    for (std::size_t d = 0; d < dims; ++d) {
      const auto at = static_cast<double>(x[static_cast<int>(d)]);
      first_[d] += weight * at;
      second_[d] += weight * at * at;
    }
  }
  Moments moments() const {
    Moments m;
    for (std::size_t d = 0; d < dims; ++d) {
      m.mean[d] = first_[d] / all_;
      m.deviation[d] = std::sqrt(second_[d] / all_ - m.mean[d] * m.mean[d]);
    }
    m.log_evidence = std::log(all_);
    return m;
  }

 private:
  double all_ = 0;
  std::array<double, dims> first_{}, second_{};
};

/// By the rectangle rule, five standard deviations of the prior each way.
Moments exact() {
  constexpr int cells = 400;
  constexpr double step = 10.0 / cells;
  Sums sums;
  const auto at = [&](int i) { return static_cast<float>(-5 + (i + 0.5) * step); };
  for (int i = 0; i < cells; ++i)
    for (int j = 0; j < cells; ++j)
      for (int k = 0; k < cells; ++k) {
        const Throw x{at(i), at(j), at(k)};
        const double log_prior = -0.5 * static_cast<double>(dot(x, x)) - 1.5 * std::log(6.283185307179586);
        sums.add(x, std::exp(log_prior + static_cast<double>(Seen{}(Land{}(x)))) * step * step * step);
      }
  return sums.moments();
}

struct Setting {
  Index rounds, samples;
};

/// One run's moments; adds its effective samples.
Moments sampled(const Setting& setting, std::uint64_t seed, double& effective) {
  Cpu exec({.seed = seed, .threads = 2});
  GaussianMixture<Cpu, dims, components> model(exec, std::vector<float>(dims * components), 1);
  Posterior posterior(exec, model, Land{}, Seen{}, {.samples = setting.samples, .rounds = setting.rounds},
                      Adam{.rate = 1e-2});
  model.scatter(exec, {seed, Stream::evaluation, 0}, 0.5f);
  const PosteriorReport report = posterior.run();
  require(report.status == PosteriorStatus::reached, "posterior_bias: wanted the posterior reached, got it ",
          status_name(report.status));
  effective += report.effective_samples;
  Sums sums;
  for (std::size_t i = 0; i < posterior.samples().size(); ++i)
    sums.add(posterior.samples()[i], std::exp(posterior.log_weights()[i]));
  Moments m = sums.moments();
  m.log_evidence = report.log_evidence;
  return m;
}

/// The one of largest magnitude.
double worst(const std::array<double, dims>& errors) {
  return *std::max_element(errors.begin(), errors.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
}

void compare(const Setting& setting, int seeds, const Moments& truth) {
  std::array<double, dims> shift{}, spread{};
  double effective = 0, evidence = 0;
  for (int s = 0; s < seeds; ++s) {
    const Moments m = sampled(setting, static_cast<std::uint64_t>(s + 1), effective);
    for (std::size_t d = 0; d < dims; ++d) {
      shift[d] += (m.mean[d] - truth.mean[d]) / truth.deviation[d] / seeds;
      spread[d] += (m.deviation[d] / truth.deviation[d] - 1) / seeds;
    }
    evidence += (m.log_evidence - truth.log_evidence) / seeds;
  }
  std::printf("%3td x %6td: %7.0f effective, mean %+.3f deviations, spread %+.1f %%, log evidence %+.4f\n",
              setting.rounds, setting.samples, effective / seeds, worst(shift), 100 * worst(spread), evidence);
}

}  // namespace

int main(int argc, char** argv) {
  int seeds = 8;
  CLI::App app("How far Posterior's means, spreads and evidence are from integrals.", "posterior_bias");
  app.add_option("--seeds", seeds, "runs of each")->check(CLI::PositiveNumber)->capture_default_str();
  return examples::run_program(app, argc, argv, [&] {
    const Moments truth = exact();
    for (const Setting& setting : {Setting{20, 1000}, {10, 4000}, {10, 20000}}) compare(setting, seeds, truth);
  });
}
