// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

#include "mace/core/config.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/softmax.hpp"

namespace mace {

/// A Gaussian cut off at -1 and 1 and scaled up to what is left, with its mean in between. Both limits lie on their own
/// side of the mean, so the mass that is left is a sum of two numbers that are not negative: nothing cancels, and no
/// tail is ever divided by, in float either. Wide Gaussians become the uniform distribution.
template <class Real>
struct TruncatedGaussian {
  Real mean, width;
  Real below, above;  ///< erf of the distance to either limit, in units of sqrt(2) widths; half their sum is the mass

  MACE_HD TruncatedGaussian(Real mean_, Real width_)
      : mean(mean_),
        width(width_),
        below(numeric::erf((Real(1) + mean_) * Real(0.707106781186547524) / width_)),
        above(numeric::erf((Real(1) - mean_) * Real(0.707106781186547524) / width_)) {}

  /// log p(t), for t in [-1, 1].
  MACE_HD Real log_density(Real t) const {
    const Real z = (t - mean) / width;
    // log sqrt(pi / 2): the logarithm of sqrt(2 pi), less that of the mass's 1/2.
    return Real(-0.5) * z * z - numeric::log(width * (below + above)) - Real(0.225791352644727433);
  }

  /// The gradient of log p(t) in the mean and the width.
  MACE_HD void gradient(Real t, Real& in_mean, Real& in_width) const {
    const Real z = (t - mean) / width, low = (Real(-1) - mean) / width, high = (Real(1) - mean) / width;
    const Real at_low = edge(low), at_high = edge(high);
    in_mean = (z - at_low + at_high) / width;
    in_width = (z * z - Real(1) - low * at_low + high * at_high) / width;
  }

  /// The t below which lies the share u of the mass: a draw, if u is uniform in [0, 1).
  MACE_HD Real quantile(Real u) const {
    // The last number before 1, whose inverse is infinite.
    const Real inside = Real(1) - std::numeric_limits<Real>::epsilon() / Real(2);
    Real e = u * (below + above) - below;
    e = e < -inside ? -inside : (e > inside ? inside : e);
    const Real t = mean + width * Real(1.41421356237309505) * numeric::inverse_erf(e);
    return t < Real(-1) ? Real(-1) : (t > Real(1) ? Real(1) : t);
  }

 private:
  /// The standard normal density at a limit, over the mass.
  MACE_HD Real edge(Real z) const {
    return Real(0.797884560802865356) * numeric::exp(Real(-0.5) * z * z) / (below + above);  // sqrt(2 / pi)
  }
};

/// The distribution of one number t in [-1, 1] on the raw outputs of a network: a logit for each of `Mixtures`
/// components, then numbers m of their means, then numbers w of their widths.
///
///     p(t) = sum_k softmax(logits)_k N(t; mean_k, width_k^2) / mass_k,   mass_k = what component k has in [-1, 1]
///     mean_k = m / (1 + |m|),   width_k = least_width + (e^w for w <= 0, else 1 + w)
///
/// Each component is truncated by itself, so that the density integrates to one over [-1, 1], no draw is clipped, and
/// the logits are the components' true shares. Means stay inside the limits; a density that piles up at a limit has its
/// mean there. Both maps have gradients that fade slowly where tanh and exp would saturate or overflow.
template <int Mixtures, class Real = float>
struct MixtureHead {
  static constexpr int outputs = 3 * Mixtures;
  /// Of half the range; the floor keeps the likelihood of repeated samples bounded. The paper's 0.0025 rad on a Panda.
  static constexpr Real least_width = Real(1e-3);
  const Real* raw;

  MACE_HD TruncatedGaussian<Real> component(int k) const {
    const Real m = raw[Mixtures + k], w = raw[2 * Mixtures + k];
    return {m / (Real(1) + magnitude(m)), least_width + numeric::exp(negative(w)) + (w - negative(w))};
  }

  /// log p(t), for t in [-1, 1].
  MACE_HD Real log_density(Real t) const {
    Real term[Mixtures];
    for (int k = 0; k < Mixtures; ++k) term[k] = raw[k] + component(k).log_density(t);
    return softmax::log_sum(term, Mixtures) - softmax::log_sum(raw, Mixtures);
  }

  /// Writes `weight` times the gradient of log p(t) in the raw outputs; returns log p(t).
  MACE_HD Real gradient(Real t, Real weight, Real* out) const {
    Real term[Mixtures];
    for (int k = 0; k < Mixtures; ++k) term[k] = raw[k] + component(k).log_density(t);
    const Real total = softmax::log_sum(term, Mixtures), shares = softmax::log_sum(raw, Mixtures);
    for (int k = 0; k < Mixtures; ++k) {
      const Real share = numeric::exp(term[k] - total), prior = numeric::exp(raw[k] - shares);
      const Real reach = Real(1) + magnitude(raw[Mixtures + k]);
      Real in_mean, in_width;
      component(k).gradient(t, in_mean, in_width);
      out[k] = weight * (share - prior);
      out[Mixtures + k] = weight * share * in_mean / (reach * reach);
      out[2 * Mixtures + k] = weight * share * in_width * numeric::exp(negative(raw[2 * Mixtures + k]));
    }
    return total - shares;
  }

  /// A draw, of two independent numbers uniform in [0, 1).
  MACE_HD Real draw(Real which, Real where) const {
    return component(softmax::choose(raw, Mixtures, which)).quantile(where);
  }

 private:
  MACE_HD static Real magnitude(Real x) { return x < Real(0) ? -x : x; }
  MACE_HD static Real negative(Real x) { return x < Real(0) ? x : Real(0); }
};

}  // namespace mace
