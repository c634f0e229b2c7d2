// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "mace/cpu.hpp"
#include "mace/cuda.cuh"
#include "support/executor.hpp"

/// What the tests on a device share: the same work on both backends, and how far apart its results are.
namespace mace::test {

inline std::vector<float> uniform(Index count, std::uint32_t name, float low = -1, float high = 1) {
  Random random({101, Stream::evaluation, 0}, name);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = random.uniform(low, high);
  return values;
}

/// The largest difference, over the largest value.
inline double relative_difference(const std::vector<float>& got, const std::vector<float>& wanted) {
  REQUIRE(got.size() == wanted.size());
  double difference = 0, size = 1e-30;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (got[i] == wanted[i]) continue;  // infinities too
    if (std::isnan(got[i]) || std::isnan(wanted[i])) return std::numeric_limits<double>::infinity();
    difference = std::max(difference, std::abs(static_cast<double>(got[i]) - static_cast<double>(wanted[i])));
    size = std::max(size, std::abs(static_cast<double>(wanted[i])));
  }
  return difference / size;
}

/// What `work` leaves in a buffer on both backends: work(exec) returns it.
template <class Work>
double parity(const Work& work) {
  Cpu host = cpu({.seed = 3});
  Cuda device = cuda({.seed = 3});
  const auto wanted = work(host);
  const auto got = work(device);
  return relative_difference(on_host(device, got), on_host(host, wanted));
}

/// The samples of these numbers as the elites of a round, equally weighted.
template <class Exec>
Elites<typename Exec::Space> elites_of(Exec& exec, const std::vector<std::int32_t>& chosen) {
  const auto count = static_cast<Index>(chosen.size());
  Elites<typename Exec::Space> elites(exec, count, 1);
  exec.copy(std::span<const std::int32_t>(chosen), elites.indices.span());
  exec.fill(elites.weights.span(), 1.0f / static_cast<float>(count));
  exec.fill(elites.found.span(), static_cast<std::int32_t>(count));
  return elites;
}

}  // namespace mace::test
