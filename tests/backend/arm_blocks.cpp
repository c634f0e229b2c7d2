// SPDX-License-Identifier: Apache-2.0
// The body of the kernel that draws an arm's samples on a device, run by threads of the host.
#include <doctest/doctest.h>

#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/model/autoregressive.hpp"
#include "support/autoregressive.hpp"
#include "support/host_block.hpp"

using namespace mace;

namespace {

template <int Together, class Shape, class Real>
void check_samples(Index count) {
  CAPTURE(Together);
  CAPTURE(count);
  Cpu exec({});
  const std::vector<Real> weights = test::random_arm<Shape, Real>(1);
  std::vector<Real> condition;
  JointLimits<Shape::joints, Real> limits;
  for (int c = 0; c < Shape::condition; ++c) condition.push_back(Real(0.5) - Real(0.3) * Real(c));
  for (int j = 0; j < Shape::joints; ++j) limits.low[j] = Real(-3 + j), limits.high[j] = Real(1 + 2 * j);
  const RandomKey key{7, Stream::draw, 3};
  Autoregressive<Cpu, Shape, Real> model(exec, weights, limits);
  model.set_condition(exec, condition);
  std::vector<Vec<Shape::joints, Real>> wanted(static_cast<std::size_t>(count)), got(static_cast<std::size_t>(count));
  model.sample(exec, key, wanted);
  test::run_blocks(
      8, (count + Together - 1) / Together,
      ArmSampleBlocks<Shape, Together, Real>{{weights.data(), condition.data(), limits, key}, count, got.data()});
  for (std::size_t i = 0; i < wanted.size(); ++i)
    for (int j = 0; j < Shape::joints; ++j)
      CHECK(static_cast<double>(got[i][j]) == doctest::Approx(static_cast<double>(wanted[i][j])).epsilon(1e-4));
}

}  // namespace

TEST_CASE("blocks draw the samples that the layers, one by one, do") {
  for (const Index count : {1, 5, 24}) {
    check_samples<1, AutoregressiveShape<2, 3, 2, 2, 9>, float>(count);
    check_samples<4, AutoregressiveShape<3, 1, 3, 1, 17>, double>(count);
    check_samples<8, AutoregressiveShape<1, 2>, float>(count);
  }
}
