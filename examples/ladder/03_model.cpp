// SPDX-License-Identifier: Apache-2.0
// Your own model: a Gaussian in the plane with all of its covariance, tuned to the lengths of two links of which only
// the sum was measured. That becomes known and each of them stays open, which no two independent Gaussians can say. It
// runs on the host; mace/model/gaussian_mixture.hpp is a short one that runs on a GPU too.
#include <cmath>
#include <cstdio>
#include <span>

#include "mace/cpu.hpp"

using mace::Index, mace::Vec;

// x = mean + L z with z standard normal and L = (a 0; b c). theta: the mean, log a, b, log c.
// Returns log p(x; theta) and writes its gradient in theta.
float log_density(const Vec<5>& theta, const Vec<2>& x, Vec<5>& gradient) {
  const float a = std::exp(theta[2]), b = theta[3], c = std::exp(theta[4]);
  const float z_1 = (x[0] - theta[0]) / a, z_2 = (x[1] - theta[1] - b * z_1) / c;
  const float by_2 = z_2 / c, by_1 = (z_1 - b * by_2) / a;  // in the mean
  gradient = {by_1, by_2, a * by_1 * z_1 - 1, by_2 * z_1, c * by_2 * z_2 - 1};
  return -0.5f * (z_1 * z_1 + z_2 * z_2) - theta[2] - theta[4] - 1.837877f;  // log 2 pi
}

// [excerpt]
class Gaussian {  // what `Tuner` wants of a model: mace/model/concept.hpp
 public:
  using Sample = Vec<2>;
  explicit Gaussian(const Vec<5>& theta) : theta_(theta) {}

  std::span<float> parameters() { return theta_.v; }
  void reserve(mace::Cpu&, Index /*samples*/, Index /*elites*/, Index /*batches*/) {}  // it needs no room
  void sample(mace::Cpu&, const mace::RandomKey& key, std::span<Sample> samples) {
    for (unsigned i = 0; i < samples.size(); ++i) {
      mace::Random random(key, i);  // each sample has numbers of its own
      const float z_1 = random.normal(), z_2 = random.normal();
      samples[i] = {theta_[0] + std::exp(theta_[2]) * z_1, theta_[1] + theta_[3] * z_1 + std::exp(theta_[4]) * z_2};
    }
  }
  void set_elites(mace::Cpu&, std::span<const Sample> drawn, const mace::Elites<mace::HostSpace>& elites) {
    drawn_ = drawn, elites_ = &elites;
  }
  void likelihood_gradient(mace::Cpu&, Index batch, std::span<float> gradient) {
    Vec<5> sum{}, of_one;
    for (Index i = batch * elites_->per_batch; i < (batch + 1) * elites_->per_batch; ++i) {
      log_density(theta_, drawn_[std::size_t(elites_->indices.data()[i])], of_one);
      sum = sum + elites_->weights.data()[i] * of_one;
    }
    for (int k = 0; k < 5; ++k) gradient[std::size_t(k)] = sum[k];
  }

 private:
  Vec<5> theta_;
  std::span<const Sample> drawn_;
  const mace::Elites<mace::HostSpace>* elites_ = nullptr;
};
// [excerpt]

struct Stretched {  // how far two links in one line reach, meters
  using Sample = Vec<2>;
  using Outcome = float;
  MACE_HD float operator()(const Vec<2>& links) const { return links[0] + links[1]; }
};

struct Measured {  // with an error of a centimeter
  using Outcome = float;
  float reach;
  MACE_HD float operator()(float would_be) const { return -0.5e4f * (would_be - reach) * (would_be - reach); }
};

int main() try {
  const Vec<5> theta{0.5f, 0.5f, std::log(0.1f), 0, std::log(0.1f)};
  auto exec = mace::cpu({.seed = 7});
  Gaussian model(theta);
  mace::Tuner tuner(exec, model, Stretched{}, Measured{.reach = 0.9f},
                    {.samples = 2048, .quantile = 1.0 / 4, .rounds = 20, .steps_per_round = 50},
                    mace::Adam{.rate = 0.01});
  tuner.run();

  const std::span<float> at = model.parameters();
  const float a = std::exp(at[2]), b = at[3], c = std::exp(at[4]), sum = std::hypot(a + b, c);
  const float difference = std::hypot(a - b, c);  // like sum, its standard deviation
  // The sum's is less than the error of the measurement: tuning is no posterior (README, "What works").
  std::printf("links %.3f and %.3f m: sum within %.3f m, difference within %.3f m\n", at[0], at[1], sum, difference);
  mace::require(std::abs(at[0] + at[1] - 0.9f) < 0.01f && sum < 0.02f, "wanted a sum of 0.9 m within 0.02 m, got ",
                at[0] + at[1], " within ", sum);
  mace::require(difference > 0.1f && difference < 0.2f, "wanted a difference that stays open, 0.1 to 0.2 m, got ",
                difference);
  for (int k = 0; k < 5; ++k) {  // the gradient, by differences
    Vec<5> gradient, unused, more{0.3f, 0.6f, 0, 0.4f, 0.2f}, less = more;
    log_density(more, {1, 2}, gradient), more[k] += 0.01f, less[k] -= 0.01f;
    const float slope = (log_density(more, {1, 2}, unused) - log_density(less, {1, 2}, unused)) / 0.02f;
    mace::require(std::abs(gradient[k] - slope) < 1e-3f, "wanted ", slope, " of gradient ", k, ", got ", gradient[k]);
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "03_model: %s\n", error.what());
  return 1;
}
