// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

#include "mace/core/config.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/softmax.hpp"

namespace mace {

/// Gaussian truncated to [-1, 1] and renormalized, with its mean inside. The mass is then a sum of two nonnegative
/// numbers: nothing cancels, and no division by a tail occurs, even in float. Wide Gaussians become the uniform
/// distribution.
template <class Real>
struct TruncatedGaussian {
  Real mean, width;   ///< mean and standard deviation of the Gaussian
  Real below, above;  ///< erf of the distances to the limits in units of sqrt(2) widths; half their sum is the mass

  /// Truncates a Gaussian.
  /// @param mean_   mean, in [-1, 1]
  /// @param width_  standard deviation
  MACE_HD TruncatedGaussian(Real mean_, Real width_)
      : mean(mean_),
        width(width_),
        below(numeric::erf((Real(1) + mean_) * Real(0.707106781186547524) / width_)),
        above(numeric::erf((Real(1) - mean_) * Real(0.707106781186547524) / width_)) {}

  /// Log density log p(t), for t in [-1, 1].
  MACE_HD Real log_density(Real t) const {
    const Real z = (t - mean) / width;
    // log sqrt(pi / 2): log sqrt(2 pi) minus the log of the 1/2 in the mass.
    return Real(-0.5) * z * z - numeric::log(width * (below + above)) - Real(0.225791352644727433);
  }

  /// Gradient of log p(t) in the mean and the width.
  /// @param t         a point in [-1, 1]
  /// @param in_mean   receives the derivative in the mean
  /// @param in_width  receives the derivative in the width
  MACE_HD void gradient(Real t, Real& in_mean, Real& in_width) const {
    const Real z = (t - mean) / width, low = (Real(-1) - mean) / width, high = (Real(1) - mean) / width;
    const Real at_low = edge(low), at_high = edge(high);
    in_mean = (z - at_low + at_high) / width;
    in_width = (z * z - Real(1) - low * at_low + high * at_high) / width;
  }

  /// Quantile function: the t with mass u below it; a draw if u is uniform in [0, 1).
  MACE_HD Real quantile(Real u) const {
    // The largest number below 1; inverse_erf(1) is infinite.
    const Real inside = Real(1) - std::numeric_limits<Real>::epsilon() / Real(2);
    Real e = u * (below + above) - below;
    e = e < -inside ? -inside : (e > inside ? inside : e);
    const Real t = mean + width * Real(1.41421356237309505) * numeric::inverse_erf(e);
    return t < Real(-1) ? Real(-1) : (t > Real(1) ? Real(1) : t);
  }

 private:
  /// Standard normal density at a limit, divided by the mass.
  MACE_HD Real edge(Real z) const {
    return Real(0.797884560802865356) * numeric::exp(Real(-0.5) * z * z) / (below + above);  // sqrt(2 / pi)
  }
};

/// Distribution of one number t in [-1, 1], given by the raw outputs of a network: for each of `Mixtures` components a
/// logit, then the numbers m of the means, then the numbers w of the widths.
///
///     p(t) = sum_k softmax(logits)_k N(t; mean_k, width_k^2) / mass_k,   mass_k = mass of component k in [-1, 1]
///     mean_k = m / (1 + |m|),   width_k = least_width + (e^w for w <= 0, else 1 + w)
///
/// Each component is truncated separately, so that the density integrates to one over [-1, 1], no draw is clipped, and
/// the softmax of the logits gives the components' weights. Means stay inside the limits; a density that accumulates at
/// a limit has its mean there. The gradients of both maps decay slowly where those of tanh and exp would vanish or
/// overflow.
template <int Mixtures, class Real = float>
struct MixtureHead {
  static constexpr int outputs = 3 * Mixtures;  ///< raw outputs of the network
  /// Minimum width, relative to half the range; it bounds the likelihood of repeated samples. This is the paper's
  /// 0.0025 rad on a Panda.
  static constexpr Real least_width = Real(1e-3);
  const Real* raw;  ///< the raw outputs

  /// Component k.
  MACE_HD TruncatedGaussian<Real> component(int k) const {
    const Real m = raw[Mixtures + k], w = raw[2 * Mixtures + k];
    return {m / (Real(1) + magnitude(m)), least_width + numeric::exp(negative(w)) + (w - negative(w))};
  }

  /// Log density log p(t), for t in [-1, 1].
  MACE_HD Real log_density(Real t) const {
    Real term[Mixtures];
    for (int k = 0; k < Mixtures; ++k) term[k] = raw[k] + component(k).log_density(t);
    return softmax::log_sum(term, Mixtures) - softmax::log_sum(raw, Mixtures);
  }

  /// Writes `weight` times the gradient of log p(t) in the raw outputs, and returns log p(t).
  /// @param t       a point in [-1, 1]
  /// @param weight  factor of the gradient
  /// @param out     receives the gradient, `outputs` numbers
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

  /// Draws from the distribution.
  /// @param which  uniform number in [0, 1), selects the component
  /// @param where  independent uniform number in [0, 1), selects t
  MACE_HD Real draw(Real which, Real where) const {
    return component(softmax::choose(raw, Mixtures, which)).quantile(where);
  }

 private:
  MACE_HD static Real magnitude(Real x) { return x < Real(0) ? -x : x; }
  MACE_HD static Real negative(Real x) { return x < Real(0) ? x : Real(0); }
};

}  // namespace mace
