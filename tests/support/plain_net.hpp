// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "mace/model/mlp.hpp"

namespace mace::test {

/// A network of ReLU layers and a linear last one, as a plain loop over its layers, on one column.
template <class Net, class Real>
std::vector<Real> plain_net(const float* parameters, std::vector<Real> x) {
  for (int l = 0; l < Net::layers; ++l) {
    const auto w = Net::weights(parameters, l);
    const auto bias = Net::bias(parameters, l);
    std::vector<Real> y(bias.begin(), bias.end());
    for (std::size_t o = 0; o < y.size(); ++o) {
      for (std::size_t i = 0; i < x.size(); ++i)
        y[o] += static_cast<Real>(w(static_cast<Index>(i), static_cast<Index>(o))) * x[i];
      if (l + 1 < Net::layers) y[o] = std::max(y[o], Real{0});
    }
    x = y;
  }
  return x;
}

}  // namespace mace::test
