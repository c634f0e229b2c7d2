// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <numeric>
#include <span>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/cloud/chamfer_cpu.hpp"
#include "mace/cloud/cloud.hpp"
#include "mace/cloud/sorted_cloud.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// Diversity of clouds: the mean of CD_1 (sums over points of squared distances, in both directions) over all pairs
/// (paper, App. A, Fig. 1: of 49 samples). The result is bit-identical for any number of threads.
/// @param exec    the executor
/// @param clouds  at least two clouds
/// @throws Error if there are fewer than two clouds.
template <int Points>
double diversity(Cpu& exec, std::span<const Cloud<Points>> clouds) {
  const auto count = static_cast<Index>(clouds.size());
  require(count >= 2, "diversity: wanted at least 2 clouds, got ", count);
  std::vector<SortedCloud> sorted(clouds.size());
  exec.for_each_sample(count, [&](Index i) {
    sorted[static_cast<std::size_t>(i)].assign(clouds[static_cast<std::size_t>(i)].xyz, Points);
  });
  // CD sums two directed distances, one for each ordered pair (i, j).
  const Index others = count - 1;
  std::vector<float> directed(static_cast<std::size_t>(count * others));
  exec.for_each_sample(count * others, [&](Index pair) {
    const Index i = pair / others, j = (i + 1 + pair % others) % count;
    directed[static_cast<std::size_t>(pair)] = directed_chamfer_sum(
        Neighbors<1>{}, exec.isa(), sorted[static_cast<std::size_t>(i)], sorted[static_cast<std::size_t>(j)]);
  });
  return 2.0 * std::accumulate(directed.begin(), directed.end(), 0.0) / static_cast<double>(directed.size());
}

}  // namespace mace
