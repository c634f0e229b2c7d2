// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/config.hpp"
#include "mace/core/numeric.hpp"

/// Softmax weights: weight k of n logits is exp(logits[k]) divided by the sum of all n exponentials.
namespace mace::softmax {

/// Log-sum-exp of n values.
template <class Real>
MACE_HD Real log_sum(const Real* values, int n) {
  Real largest = values[0];
  for (int i = 1; i < n; ++i) largest = values[i] > largest ? values[i] : largest;
  Real sum = 0;
  for (int i = 0; i < n; ++i) sum += numeric::exp(values[i] - largest);
  return largest + numeric::log(sum);
}

/// Draws an index k with the probability of weight k by inverting the cumulative distribution.
/// @param logits the n logits
/// @param n number of weights
/// @param u uniform random number in [0, 1)
template <class Real>
MACE_HD int choose(const Real* logits, int n, Real u) {
  const Real total = log_sum(logits, n);
  Real below = 0;
  int k = -1;
  do below += numeric::exp(logits[++k] - total);
  while (below <= u && k + 1 < n);
  return k;
}

}  // namespace mace::softmax
