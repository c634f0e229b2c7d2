// SPDX-License-Identifier: Apache-2.0
// The bodies of the kernels that draw an arm's samples and take its gradient steps on a device, run by threads of the
// host.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/fit/adam.hpp"
#include "mace/model/autoregressive.hpp"
#include "mace/model/autoregressive_step_block.hpp"
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
  test::run_blocks(8, (count + Together - 1) / Together,
                   detail::AutoregressiveSampleBlocks<Shape, Together, Real>{
                       {weights.data(), condition.data(), limits, key}, count, got.data()});
  for (std::size_t i = 0; i < wanted.size(); ++i)
    for (int j = 0; j < Shape::joints; ++j)
      CHECK(static_cast<double>(got[i][j]) == doctest::Approx(static_cast<double>(wanted[i][j])).epsilon(1e-4));
}

/// A gradient step of all networks by the kernels' bodies.
template <class Shape, int Together, class Real>
struct StepByBlocks {
  static constexpr int layers = Shape::template Net<0>::layers;
  static constexpr int threads = 64;  // two a weight, so that sums over threads are there
  AutoregressiveTrace<Shape, Real> trace;
  Real* parameters;
  JointLimits<Shape::joints, Real> limits;

  template <class Step>
  void operator()(const WeightedSamples<Real>& batch, const Step& step) const {
    const Index all = Shape::joints * trace.count;
    for (Index i = 0; i < all; ++i) detail::AutoregressiveInputs<Shape, Real>{batch.samples, limits, trace}(i);
    forward_from<0>();
    for (Index i = 0; i < all; ++i)
      detail::AutoregressiveHeads<Shape, Real>{batch.samples, limits, batch.weights, trace}(i);
    backward_from<layers - 1>(step);
  }
  template <int Layer>
  void forward_from() const {
    using Blocks = detail::AutoregressiveForwardBlocks<Shape, Layer, Together, Real>;
    test::run_blocks(8, Shape::joints * Blocks::blocks_each, Blocks{{}, trace, parameters});
    if constexpr (Layer + 1 < layers) forward_from<Layer + 1>();
  }
  template <int Layer, class Step>
  void backward_from(const Step& step) const {
    using Blocks = detail::AutoregressiveBackwardBlocks<Shape, Layer, Together, Real, Step>;
    test::run_blocks(threads, Shape::joints * Blocks::blocks_each, Blocks{{}, trace, parameters, step});
    if constexpr (Layer > 0) backward_from<Layer - 1>(step);
  }
};

template <class Shape, int Together, class Real>
void check_steps(Index count) {
  CAPTURE(Together);
  CAPTURE(count);
  Cpu exec({});
  constexpr Index steps = 3;
  const std::vector<Real> before = test::random_arm<Shape, Real>(3);
  const std::vector<Real> condition(Shape::condition, Real(0.3));
  JointLimits<Shape::joints, Real> limits;
  for (int j = 0; j < Shape::joints; ++j) limits.low[j] = Real(-2 - j), limits.high[j] = Real(1 + j);
  std::vector<Real> x, weights;
  for (Index s = 0; s < count; ++s) {
    for (int j = 0; j < Shape::joints; ++j) x.push_back(Real(0.8) * std::sin(Real(3 * s + j)));
    weights.push_back(Real(1 + s % 3) / Real(2 * count));
  }
  const WeightedSamples<Real> batch{{condition.data(), 0, x.data(), Shape::joints, count}, weights.data()};
  const Adam adam{.rate = 1e-2};

  std::vector<Real> wanted = before, got = before;
  auto state = adam.make_state<Cpu, Real>(exec, Shape::parameters);
  AutoregressiveGradient<Cpu, Shape, Real>(exec, count)
      .ascend(
          exec, wanted.data(), limits, steps, [&](Index) { return batch; },
          adam.steps(exec, state, std::span(wanted), steps));

  std::vector<Real> memory(static_cast<std::size_t>(AutoregressiveTrace<Shape, Real>::size(count)));
  auto other = adam.make_state<Cpu, Real>(exec, Shape::parameters);
  const auto moves = adam.steps(exec, other, std::span(got), steps);
  for (Index m = 0; m < steps; ++m)
    StepByBlocks<Shape, Together, Real>{{memory.data(), count}, got.data(), limits}(batch, moves(m));

  double moved = 0, apart = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    moved = std::max(moved, static_cast<double>(std::abs(wanted[i] - before[i])));
    apart = std::max(apart, static_cast<double>(std::abs(wanted[i] - got[i])));
  }
  CHECK(moved > 1e-2);
  CHECK(apart < 1e-9);
}

}  // namespace

TEST_CASE("blocks take the gradient steps that the layers, one by one, do") {
  check_steps<AutoregressiveShape<3, 2, 2, 2, 40>, 8, double>(5);
  check_steps<AutoregressiveShape<3, 2, 2, 2, 40>, 8, double>(8);
  check_steps<AutoregressiveShape<2, 1, 5, 1, 7>, 8, double>(1);
  check_steps<AutoregressiveShape<2, 3, 3, 2, 33>, 32, double>(19);
  check_steps<AutoregressiveShape<16, 3, 1, 1, 5>, 32, double>(32);
}

TEST_CASE("blocks draw the samples that the layers, one by one, do") {
  for (const Index count : {1, 5, 24}) {
    check_samples<1, AutoregressiveShape<2, 3, 2, 2, 9>, float>(count);
    check_samples<4, AutoregressiveShape<3, 1, 3, 1, 17>, double>(count);
    check_samples<8, AutoregressiveShape<1, 2>, float>(count);
  }
}
