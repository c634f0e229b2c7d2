// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "mace/core/vec.hpp"
#include "mace/select/concept.hpp"
#include "support/executor.hpp"

namespace mace::test {

/// A user's own model: a Gaussian in the plane, parameters mean x, mean y, log sigma x, log sigma y.
class PlaneGaussian {
 public:
  using Sample = Vec<2>;

  explicit PlaneGaussian(Exec& exec) : theta_(exec.allocate<float>(4)) {}

  std::span<float> parameters() { return theta_.span(); }

  void reserve(Exec& exec, Index, Index elites, Index) {
    grow(exec, elites_, elites);
    grow(exec, weights_, elites);
  }

  void sample(Exec& exec, const RandomKey& key, std::span<Sample> samples) {
    const float* const theta = theta_.data();
    Sample* const out = samples.data();
    exec.for_each_sample(static_cast<Index>(samples.size()), [=] MACE_HD(Index i) {
      const Vec<4> e = normals(key, static_cast<std::uint32_t>(i), 0);
      out[i] = {theta[0] + std::exp(theta[2]) * e[0], theta[1] + std::exp(theta[3]) * e[1]};
    });
  }

  void set_elites(Exec& exec, std::span<const Sample> samples, const Elites<Space>& elites) {
    per_batch_ = elites.per_batch;
    const Sample* const drawn = samples.data();
    const std::int32_t* const chosen = elites.indices.data();
    Sample* const out = elites_.data();
    exec.for_each_element(elites.indices.size(), [=] MACE_HD(Index e) { out[e] = drawn[chosen[e]]; });
    exec.copy(std::span<const float>(elites.weights.span()), weights_.span().first(elites.weights.span().size()));
  }

  void likelihood_gradient(Exec& exec, Index batch, std::span<float> gradient) {
    const float *const theta = theta_.data(), *const weight = weights_.data() + batch * per_batch_;
    const Sample* const x = elites_.data() + batch * per_batch_;
    const Index count = per_batch_;
    float* const out = gradient.data();
    exec.for_each_element(2, [=] MACE_HD(Index mean) {
      const Index width = mean + 2;
      float in_mean = 0, in_width = 0;
      for (Index e = 0; e < count; ++e) {
        const float precision = std::exp(-2 * theta[width]), shift = x[e][static_cast<int>(mean)] - theta[mean];
        in_mean += weight[e] * shift * precision;
        in_width += weight[e] * (shift * shift * precision - 1);
      }
      out[mean] = in_mean;
      out[width] = in_width;
    });
  }

 private:
  Buffer<float, Space> theta_, weights_;
  Buffer<Sample, Space> elites_;
  Index per_batch_ = 0;
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
class Scripted {
 public:
  using Outcome = Vec<2>;
  static constexpr bool capturable = true;

  Scripted(Exec& exec, const std::vector<float>& log_scores) : log_scores_(exec.upload(log_scores)) {}
  void log_scores(Exec& exec, std::span<const Outcome>, std::span<float> out) const {
    exec.copy(std::span<const float>(log_scores_.span()), out);
  }

 private:
  Buffer<float, Space> log_scores_;
};

}  // namespace mace::test
