// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/config.hpp"
#include "mace/core/numeric.hpp"

/// One dimension of a Gaussian N(mean, sigma^2) fitted to Gaussians q_i = N(m_i, s_i^2) by maximising
/// sum_i w_i (-KL(q_i || N(mean, sigma^2))), the objective of MACE-VAE (paper, 3.2.1). The q_i enter by three numbers only.
namespace mace::latent_gaussian {

/// KL(N(m, s^2) || N(mean, sigma^2)), the standard deviations given as logarithms; nats.
template <class Real>
MACE_HD Real kl_divergence(Real m, Real log_s, Real mean, Real log_sigma) {
  const Real shift = m - mean;
  const Real precision = numeric::exp(Real(-2) * log_sigma);
  return log_sigma - log_s + Real(0.5) * ((numeric::exp(Real(2) * log_s) + shift * shift) * precision - Real(1));
}

/// What the objective needs of all q_i together.
template <class Real>
struct Statistics {
  Real weight = 0;  ///< sum w_i
  Real first = 0;   ///< sum w_i m_i
  Real second = 0;  ///< sum w_i (s_i^2 + m_i^2)

  MACE_HD void add(Real w, Real m, Real log_s) {
    if (w == Real(0)) return;  // no elite: its code may be anything
    weight += w;
    first += w * m;
    second += w * (numeric::exp(Real(2) * log_s) + m * m);
  }
};

/// The gradient of the objective in the mean.
template <class Real>
MACE_HD Real mean_gradient(const Statistics<Real>& q, Real mean, Real log_sigma) {
  return (q.first - q.weight * mean) * numeric::exp(Real(-2) * log_sigma);
}

/// The gradient of the objective in log sigma.
template <class Real>
MACE_HD Real log_sigma_gradient(const Statistics<Real>& q, Real mean, Real log_sigma) {
  const Real spread = q.second - (Real(2) * q.first - q.weight * mean) * mean;  // sum w_i (s_i^2 + (m_i - mean)^2)
  return spread * numeric::exp(Real(-2) * log_sigma) - q.weight;
}

/// The maximiser in closed form, as mean and variance.
template <class Real>
MACE_HD void maximiser(const Statistics<Real>& q, Real& mean, Real& variance) {
  mean = q.first / q.weight;
  variance = q.second / q.weight - mean * mean;
  variance = variance > Real(0) ? variance : Real(0);
}

}  // namespace mace::latent_gaussian
