// SPDX-License-Identifier: Apache-2.0
// What rounding the factors of matrix products to TF32 does to a task of the paper's: to a round's elites, and to the
// posterior.
#include <doctest/doctest.h>

#include <numeric>
#include <vector>

#include "cuda/support.cuh"
#include "support/autoregressive.hpp"
#include "support/completion.hpp"
#include "support/small_vae.hpp"

using namespace mace;

TEST_CASE("cuda: a precision that it does not have is refused") {
  CHECK_THROWS_WITH_AS(cuda({.precision = Precision::bf16}), "cuda: wanted Precision::fp32 or tf32, got bf16", Error);
}

/// A round's fit and the densities of its samples.
std::vector<float> densities_and_fit(Precision precision) {
  using Arm3 = AutoregressiveShape<3, 3>;
  constexpr std::int32_t count = 50;  // more elites than the kernels of the steps take, so that cuBLAS is asked
  Cuda exec = cuda({.seed = 3, .precision = precision});
  Autoregressive<Cuda, Arm3> model(exec, test::random_arm<Arm3>(2), {{-1, -2, -3}, {1, 2, 3}});
  auto samples = exec.allocate<Vec<3>>(count);
  auto densities = exec.allocate<float>(count);
  model.reserve(exec, count, count, 1);
  model.sample(exec, {2, Stream::draw, 1}, samples.span());
  model.log_density(exec, samples.span(), densities.span());
  std::vector<std::int32_t> all(count);
  std::iota(all.begin(), all.end(), 0);
  model.set_elites(exec, samples.span(), test::elites_of(exec, all));
  const Adam adam{.rate = 1e-3};
  auto state = adam.make_state(exec, Arm3::parameters);
  model.ascend(exec, 1, 3, adam.steps(exec, state, model.parameters(), 3));
  std::vector<float> both = test::on_host(exec, densities);
  const std::vector<float> fitted = test::on_host(exec, model.parameters());
  both.insert(both.end(), fitted.begin(), fitted.end());
  return both;
}

/// Clouds of a frozen VAE's decoder.
std::vector<float> decoded(Precision precision) {
  using Shape = test::SmallTestVae;
  Cuda exec = cuda({.seed = 3, .precision = precision});
  LatentVae<Cuda, Shape> model(exec, test::random_weights<Shape>(1), 0.7f);
  auto clouds = exec.allocate<Shape::Sample>(10);
  model.sample(exec, {1, Stream::draw, 4}, clouds.span());
  return copy_to_host(exec, std::span<const float>(clouds.data()->xyz, 30 * Shape::points));
}

TEST_CASE("TF32 is for networks that do not change, and for no others") {
  CHECK(densities_and_fit(Precision::tf32) == densities_and_fit(Precision::fp32));
  const std::vector<float> exact = decoded(Precision::fp32), rounded = decoded(Precision::tf32);
  CHECK(rounded != exact);
  CHECK(test::relative_difference(rounded, exact) < 1e-2);
}

TEST_SUITE("whole tasks") {
  TEST_CASE("TF32 changes few of the elites, and the posterior hardly") {
    const test::Completion<Cuda> exact(cuda({.seed = 5})), rounded(cuda({.seed = 5, .precision = Precision::tf32}));
    MESSAGE("TF32: ", exact.missing(rounded), " of ", exact.elites,
            " elites of the first round changed; mean score after 16 rounds ", rounded.score, ", in single precision ",
            exact.score);
    CHECK(exact.missing(rounded) <= exact.elites / 2);
    CHECK(std::abs(rounded.score - exact.score) < 0.1);
  }
}
