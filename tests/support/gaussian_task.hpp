// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/core/vec.hpp"
#include "mace/select/concept.hpp"

namespace mace::test {

/// A user's own model: a Gaussian in the plane, parameters mean x, mean y, log sigma x, log sigma y. On the host only,
/// so plain vectors serve as memory.
class PlaneGaussian {
 public:
  using Sample = Vec<2>;

  std::span<float> parameters() { return theta_; }

  void reserve(Cpu&, Index, Index elites, Index) {
    elites_.resize(std::max(elites_.size(), static_cast<std::size_t>(elites)));
    weights_.resize(elites_.size());
  }

  void sample(Cpu& exec, const RandomKey& key, std::span<Sample> samples) {
    exec.for_each_sample(static_cast<Index>(samples.size()), [&](Index i) {
      const Vec<4> e = normals(key, static_cast<std::uint32_t>(i), 0);
      samples[static_cast<std::size_t>(i)] = {theta_[0] + std::exp(theta_[2]) * e[0],
                                              theta_[1] + std::exp(theta_[3]) * e[1]};
    });
  }

  void set_elites(Cpu&, std::span<const Sample> samples, const Elites<HostSpace>& elites) {
    per_batch_ = static_cast<std::size_t>(elites.per_batch);
    for (std::size_t e = 0; e < static_cast<std::size_t>(elites.indices.size()); ++e) {
      elites_[e] = samples[static_cast<std::size_t>(elites.indices.data()[e])];
      weights_[e] = elites.weights.data()[e];
    }
  }

  void likelihood_gradient(Cpu&, Index batch, std::span<float> gradient) {
    std::fill(gradient.begin(), gradient.end(), 0.0f);
    const std::size_t first = static_cast<std::size_t>(batch) * per_batch_;
    for (std::size_t e = first; e < first + per_batch_; ++e)
      for (int d = 0; d < 2; ++d) {
        const auto mean = static_cast<std::size_t>(d), width = mean + 2;
        const float precision = std::exp(-2 * theta_[width]), shift = elites_[e][d] - theta_[mean];
        gradient[mean] += weights_[e] * shift * precision;
        gradient[width] += weights_[e] * (shift * shift * precision - 1);
      }
  }

 private:
  std::vector<float> theta_{0, 0, 0, 0}, weights_;
  std::vector<Sample> elites_;
  std::size_t per_batch_ = 0;
};

/// Nothing happens to the sample.
struct Stay {
  using Sample = Vec<2>;
  using Outcome = Vec<2>;
  MACE_HD Outcome operator()(const Sample& x) const { return x; }
};

/// The nearer to the target, the better.
struct NearTo {
  using Outcome = Vec<2>;
  Vec<2> target;
  MACE_HD float operator()(const Outcome& x) const { return -4 * dot(x - target, x - target); }
};

/// A measurement of the point, with noise of its own in x and y.
struct Measured {
  using Outcome = Vec<2>;
  Vec<2> seen, noise;
  MACE_HD float operator()(const Outcome& x) const {
    const float dx = (x[0] - seen[0]) / noise[0], dy = (x[1] - seen[1]) / noise[1];
    return -0.5f * (dx * dx + dy * dy);
  }
};

/// Log scores written down beforehand, the same in every round.
struct Scripted {
  using Outcome = Vec<2>;
  std::vector<float> log_score;
  void log_scores(Cpu&, std::span<const Outcome>, std::span<float> out) const {
    std::copy(log_score.begin(), log_score.end(), out.begin());
  }
};

}  // namespace mace::test
