// SPDX-License-Identifier: Apache-2.0
// Threads of a device that work together: lanes of a warp, and blocks whose data come in several tiles.
#include <doctest/doctest.h>

#include <vector>

#include "cuda/support.cuh"

using namespace mace;
using test::on_host, test::uniform;

namespace {

/// The sum that each thread has of what its lanes add: lane i adds 2^i, so that no sum of others is the same.
struct SumLanes {
  static constexpr int threads = 96;
  static constexpr std::size_t shared_bytes() { return 0; }
  std::int32_t* sums;  ///< a thread
  template <class Block>
  MACE_HD void operator()(Block& block, Index b, void*) const {
    const int lane = block.thread() % block.lanes();
    sums[b * threads + block.thread()] = block.sum_over_lanes(static_cast<std::int32_t>(1u << lane));
  }
};

constexpr int many = 2048;  // points; a tile has 1024

}  // namespace

TEST_CASE("lanes sum what all of their warp have, and each gets the sum") {
  Cuda exec = cuda();
  auto sums = exec.allocate<std::int32_t>(2 * SumLanes::threads);
  exec.for_each_block(2, SumLanes{sums.data()});
  CHECK(on_host(exec, sums) == std::vector<std::int32_t>(2 * SumLanes::threads, -1));  // all 32 bits
}

TEST_CASE("cuts and scores of clouds of several tiles are the host's") {
  const auto xyz = uniform(3 * many * 3, 11), observed = uniform(3 * 2100, 12);
  CHECK(test::parity([&](auto& exec) {
          using Exec = std::remove_reference_t<decltype(exec)>;
          auto clouds = exec.template allocate<Cloud<many>>(3);
          exec.copy(std::span<const float>(xyz), std::span<float>(clouds.data()->xyz, xyz.size()));
          auto parts = exec.template allocate<PartialCloud<many>>(3);
          auto scores = exec.template allocate<float>(3);
          HalfSpaceCut<many>{{{0.6f, 0, 0.8f}, -0.7f}}.simulate(exec, std::span<const Cloud<many>>(clouds.span()),
                                                                parts.span());
          CloudMatch<many, typename Exec::Space>(exec, observed, {}).log_scores(exec, parts.span(), scores.span());
          return scores;
        }) <= 1e-5);
}
