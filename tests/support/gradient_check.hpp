// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace mace::test {

/// Largest difference of two gradients, each entry relative to itself or, where that is more, to a thousandth of the
/// largest entry.
inline double relative_error(std::span<const double> a, std::span<const double> b) {
  double largest = 0, error = 0;
  for (const double v : a) largest = std::max(largest, std::abs(v));
  for (std::size_t i = 0; i < a.size(); ++i)
    error = std::max(error, std::abs(a[i] - b[i]) / std::max({std::abs(a[i]), std::abs(b[i]), 1e-3 * largest, 1e-300}));
  return a.size() == b.size() ? error : HUGE_VAL;
}

/// relative_error of `gradient` and the central differences of f(theta) -> double, of entries 0, every, 2 every, …
/// For a piecewise f, `step` is to be so small that hardly any difference crosses from one piece into another.
template <class F>
double gradient_error(const F& f, std::vector<double> theta, std::span<const double> gradient, double step = 1e-6,
                      std::size_t every = 1) {
  if (gradient.size() != theta.size()) return HUGE_VAL;
  std::vector<double> numeric(gradient.begin(), gradient.end());
  for (std::size_t i = 0; i < theta.size(); i += every) {
    const double here = theta[i];
    theta[i] = here + step;
    const double above = f(theta);
    theta[i] = here - step;
    const double below = f(theta);
    theta[i] = here;
    numeric[i] = (above - below) / (2 * step);
  }
  return relative_error(numeric, gradient);
}

}  // namespace mace::test
