// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/config.hpp"
#include "mace/core/numeric.hpp"

/// One dimension of a Gaussian N(mean, sigma^2) fitted to Gaussians q_i = N(m_i, s_i^2) by maximising
/// sum_i w_i (-KL(q_i || N(mean, sigma^2))), the objective of MACE-VAE (paper, 3.2.1). With weights that sum to one the q_i
/// enter only by two numbers, first = sum w_i m_i and second = sum w_i (s_i^2 + m_i^2).
namespace mace::latent_gaussian {

/// KL(N(m, s^2) || N(mean, sigma^2)), the standard deviations given as logarithms.
template <class Real>
MACE_HD Real kl_divergence(Real m, Real log_s, Real mean, Real log_sigma) {
  const Real shift = m - mean;
  const Real precision = numeric::exp(Real(-2) * log_sigma);
  return log_sigma - log_s + Real(0.5) * ((numeric::exp(Real(2) * log_s) + shift * shift) * precision - Real(1));
}

/// The gradient of the objective in the mean.
template <class Real>
MACE_HD Real mean_gradient(Real first, Real mean, Real log_sigma) {
  return (first - mean) * numeric::exp(Real(-2) * log_sigma);
}

/// The gradient of the objective in log sigma.
template <class Real>
MACE_HD Real log_sigma_gradient(Real first, Real second, Real mean, Real log_sigma) {
  const Real spread = second - (Real(2) * first - mean) * mean;  // sum w_i (s_i^2 + (m_i - mean)^2)
  return spread * numeric::exp(Real(-2) * log_sigma) - Real(1);
}

/// The maximiser in closed form: mean = first, sigma^2 = second - first^2.
template <class Real>
MACE_HD Real best_variance(Real first, Real second) {
  const Real variance = second - first * first;
  return variance > Real(0) ? variance : Real(0);
}

}  // namespace mace::latent_gaussian
