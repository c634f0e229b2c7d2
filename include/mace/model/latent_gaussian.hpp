// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/config.hpp"
#include "mace/core/numeric.hpp"

/// One dimension of a Gaussian N(mean, sigma^2) fitted to Gaussians q_i = N(m_i, s_i^2) by maximizing sum_i w_i
/// (-KL(q_i || N(mean, sigma^2))), the objective of MACE-VAE (paper, 3.2.1). Three statistics of the q_i are
/// sufficient.
namespace mace::latent_gaussian {

/// KL(N(m, s^2) || N(mean, sigma^2)), nats.
/// @param m          mean of the first Gaussian
/// @param log_s      log of its standard deviation
/// @param mean       mean of the second Gaussian
/// @param log_sigma  log of its standard deviation
template <class Real>
MACE_HD Real kl_divergence(Real m, Real log_s, Real mean, Real log_sigma) {
  const Real shift = m - mean;
  const Real precision = numeric::exp(Real(-2) * log_sigma);
  return log_sigma - log_s + Real(0.5) * ((numeric::exp(Real(2) * log_s) + shift * shift) * precision - Real(1));
}

/// Sufficient statistics of all q_i. The spread is about the mean: for a narrow distribution far from zero, a
/// difference of squares would lose it to rounding.
template <class Real>
struct Statistics {
  Real weight = 0;  ///< sum w_i
  Real mean = 0;    ///< sum w_i m_i / weight
  Real spread = 0;  ///< sum w_i (s_i^2 + (m_i - mean)^2)

  /// Adds one q_i.
  /// @param w      its weight w_i
  /// @param m      its mean m_i
  /// @param log_s  log of its standard deviation s_i
  MACE_HD void add(Real w, Real m, Real log_s) { merge({w, m, w * numeric::exp(Real(2) * log_s)}); }

  /// Adds the statistics of other q_i (Chan, Golub and LeVeque, 1979).
  MACE_HD void merge(const Statistics& other) {
    if (other.weight == Real(0)) return;
    const Real total = weight + other.weight, shift = other.mean - mean, share = other.weight / total;
    spread += other.spread + shift * shift * weight * share;
    mean += shift * share;
    weight = total;
  }
};

/// Gradient of the objective in the mean.
/// @param q          statistics of the q_i
/// @param mean       mean of the fitted Gaussian
/// @param log_sigma  log of its standard deviation
template <class Real>
MACE_HD Real mean_gradient(const Statistics<Real>& q, Real mean, Real log_sigma) {
  return q.weight * (q.mean - mean) * numeric::exp(Real(-2) * log_sigma);
}

/// Gradient of the objective in log sigma.
/// @param q          statistics of the q_i
/// @param mean       mean of the fitted Gaussian
/// @param log_sigma  log of its standard deviation
template <class Real>
MACE_HD Real log_sigma_gradient(const Statistics<Real>& q, Real mean, Real log_sigma) {
  const Real shift = q.mean - mean;
  return (q.spread + q.weight * shift * shift) * numeric::exp(Real(-2) * log_sigma) - q.weight;
}

/// Maximizer of the objective in closed form.
/// @param q         statistics of the q_i
/// @param mean      receives the mean
/// @param variance  receives the variance
template <class Real>
MACE_HD void maximizer(const Statistics<Real>& q, Real& mean, Real& variance) {
  mean = q.mean;
  variance = q.spread / q.weight;
}

}  // namespace mace::latent_gaussian
