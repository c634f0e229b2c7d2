// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <utility>

#include "mace/core/numeric.hpp"
#include "mace/core/philox.hpp"
#include "mace/core/vec.hpp"
#include "mace/model/autoregressive_shape.hpp"

/// Tasks of the benchmark sbibm (Lueckmann et al., AISTATS 2021): a prior over parameters theta, p(x | theta), one
/// observation x. Each has the parameters' prior, a draw of x, the log-likelihood up to a constant, features of x for a
/// distance with a tolerance in their units, and two parameters worth looking at.
namespace mace::benchmarks {

/// Crescents: theta is known up to the sign of theta_1 + theta_2.
struct TwoMoons {
  static constexpr int dims = 2, data = 2;
  using Theta = Vec<dims>;
  using X = Vec<data>;
  using Features = X;
  static constexpr const char* name = "two_moons";
  static constexpr float tolerance = 0.01f;
  static constexpr std::pair<int, int> shown = {0, 1};

  static JointLimits<dims> limits() { return {{-1, -1}, {1, 1}}; }
  static Theta prior(Random& random) { return {random.uniform(-1, 1), random.uniform(-1, 1)}; }
  static X draw(const Theta& theta, Random& random) {
    const float angle = 3.14159265f * (random.uniform() - 0.5f), radius = 0.1f + 0.01f * random.normal();
    float sine, cosine;
    numeric::sincos(angle, sine, cosine);
    return X{0.25f + radius * cosine, radius * sine} + corner(theta);
  }
  static Features features(const X& x) { return x; }
  static float highest_log_likelihood(const X&) { return 2.31f; }  // where the radius is nearly 0.1
  static float log_likelihood(const X& x, const Theta& theta) {
    const X p = x - corner(theta) - X{0.25f, 0};
    const float radius = norm(p), off = (radius - 0.1f) / 0.01f;
    return p[0] < 0 || radius == 0 ? -numeric::infinity : -0.5f * off * off - numeric::log(radius);
  }

 private:
  static X corner(const Theta& theta) {
    constexpr float half = 0.70710678f;
    const float sum = theta[0] + theta[1];
    return {-half * (sum < 0 ? -sum : sum), half * (theta[1] - theta[0])};
  }
};

/// A wide and a narrow Gaussian around theta.
struct GaussianMixtureTask {
  static constexpr int dims = 2, data = 2;
  using Theta = Vec<dims>;
  using X = Vec<data>;
  using Features = X;
  static constexpr const char* name = "gaussian_mixture";
  static constexpr float tolerance = 0.2f;
  static constexpr std::pair<int, int> shown = {0, 1};

  static JointLimits<dims> limits() { return {{-10, -10}, {10, 10}}; }
  static Theta prior(Random& random) { return {random.uniform(-10, 10), random.uniform(-10, 10)}; }
  static X draw(const Theta& theta, Random& random) {
    const float deviation = random.uniform() < 0.5f ? 1.0f : 0.1f;
    return theta + deviation * X{random.normal(), random.normal()};
  }
  static Features features(const X& x) { return x; }
  static float highest_log_likelihood(const X&) { return numeric::log(101.0f); }
  static float log_likelihood(const X& x, const Theta& theta) {
    const float square = dot(x - theta, x - theta), wide = -0.5f * square, narrow = -50 * square + numeric::log(100.0f);
    const float larger = wide > narrow ? wide : narrow;
    return larger + numeric::log(numeric::exp(wide - larger) + numeric::exp(narrow - larger));
  }
};

/// Gaussian noise on a Gaussian.
struct GaussianLinear {
  static constexpr int dims = 10, data = 10;
  using Theta = Vec<dims>;
  using X = Vec<data>;
  using Features = X;
  static constexpr const char* name = "gaussian_linear";
  static constexpr float tolerance = 0.5f;
  static constexpr std::pair<int, int> shown = {0, 1};
  static constexpr float deviation = 0.31622777f;

  /// Beyond six deviations nothing is drawn.
  static JointLimits<dims> limits() {
    JointLimits<dims> limits;
    for (int d = 0; d < dims; ++d) limits.low[d] = -2, limits.high[d] = 2;
    return limits;
  }
  static Theta prior(Random& random) { return draw({}, random); }
  static X draw(Theta theta, Random& random) {
    for (int d = 0; d < dims; ++d) theta[d] += deviation * random.normal();
    return theta;
  }
  static Features features(const X& x) { return x; }
  static float highest_log_likelihood(const X&) { return 0; }
  static float log_likelihood(const X& x, const Theta& theta) { return -5 * dot(x - theta, x - theta); }
};

/// Simple likelihood, complex posterior: four draws of a Gaussian whose mean and covariance are made of five numbers.
struct Slcp {
  static constexpr int dims = 5, data = 8;
  using Theta = Vec<dims>;
  using X = Vec<data>;
  using Features = Vec<5>;
  static constexpr const char* name = "slcp";
  static constexpr float tolerance = 0.35f;
  static constexpr std::pair<int, int> shown = {2, 3};

  static JointLimits<dims> limits() { return {{-3, -3, -3, -3, -3}, {3, 3, 3, 3, 3}}; }
  static Theta prior(Random& random) {
    Theta theta;
    for (int d = 0; d < dims; ++d) theta[d] = random.uniform(-3, 3);
    return theta;
  }
  static X draw(const Theta& theta, Random& random) {
    const Covariance s(theta);
    X x;
    for (int i = 0; i < data; i += 2) {
      const float a = random.normal(), b = random.normal();
      x[i] = theta[0] + s.first * a;
      x[i + 1] = theta[1] + s.second * (s.correlation * a + std::sqrt(1 - s.correlation * s.correlation) * b);
    }
    return x;
  }
  /// The draws have no order: their mean, the logarithms of their deviations, and what is normal of their correlation
  /// (Fisher's z). Deviations of 0 are told as tiny ones.
  static Features features(const X& x) {
    const Seen s(x);
    return {s.mean[0], s.mean[1], numeric::log(s.deviation[0] + 1e-6f), numeric::log(s.deviation[1] + 1e-6f),
            std::atanh(0.9999f * s.correlation)};
  }
  /// At the mean and the covariance of the draws themselves.
  static float highest_log_likelihood(const X& x) {
    const Seen s(x);
    return -4 * numeric::log(s.deviation[0] * s.deviation[1] * std::sqrt(1 - s.correlation * s.correlation)) - 4;
  }
  static float log_likelihood(const X& x, const Theta& theta) {
    const Covariance s(theta);
    const float rest = 1 - s.correlation * s.correlation;
    if (!(s.first * s.second * rest > 0)) return -numeric::infinity;
    float sum = -4 * numeric::log(s.first * s.second * std::sqrt(rest));
    for (int i = 0; i < data; i += 2) {
      const float a = (x[i] - theta[0]) / s.first, b = (x[i + 1] - theta[1]) / s.second;
      sum -= 0.5f * (a * a - 2 * s.correlation * a * b + b * b) / rest;
    }
    return sum;
  }

 private:
  /// Mean, deviations and correlation of what was drawn.
  struct Seen {
    float mean[2] = {}, deviation[2] = {}, correlation = 0;
    explicit Seen(const X& x) {
      for (int i = 0; i < data; ++i) mean[i % 2] += 0.25f * x[i];
      for (int i = 0; i < data; i += 2) {
        const float a = x[i] - mean[0], b = x[i + 1] - mean[1];
        deviation[0] += 0.25f * a * a;
        deviation[1] += 0.25f * b * b;
        correlation += 0.25f * a * b;
      }
      for (float& d : deviation) d = std::sqrt(d);
      const float both = deviation[0] * deviation[1];
      correlation = both > 0 ? std::clamp(correlation / both, -1.0f, 1.0f) : 0;
    }
  };
  /// Deviations and correlation of a draw.
  struct Covariance {
    float first, second, correlation;
    explicit Covariance(const Theta& theta)
        : first(theta[2] * theta[2]), second(theta[3] * theta[3]), correlation(std::tanh(theta[4])) {}
  };
};

}  // namespace mace::benchmarks
