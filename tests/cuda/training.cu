// SPDX-License-Identifier: Apache-2.0
// Steps of the trainings on a device against the host's.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "conditional_vae/trainer.hpp"
#include "cuda/support.cuh"
#include "mace/train/autoregressive_trainer.hpp"
#include "mace/train/vae_trainer.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using test::parity, test::uniform;

namespace {

using Shape = test::TinyVae;
constexpr Index batch = 6;
constexpr VaeTrainingOptions options = {
    .batch = batch, .encoder_points = 17, .reconstruction = 0.7f, .divergence = 0.3f, .prior_sigma = 0.5f};

/// Adam's moving averages of the gradients so far: linear in the gradients, where the weights move by Adam's rate
/// whatever they are.
template <class Exec, class Trainer>
auto moments_of(Exec& exec, const Trainer& trainer) {
  const Safetensors checkpoint = trainer.checkpoint();
  return exec.upload(checkpoint.tensors.at("adam.first").values);
}

}  // namespace

TEST_CASE("steps of a VAE's training are the host's, the folding of the latents' scale among them") {
  CHECK(parity([&](auto& exec) {
          VaeTrainer<std::remove_reference_t<decltype(exec)>, Shape> trainer(exec, options, {.rescale_every = 2});
          for (std::uint32_t step = 0; step < 4; ++step) {
            const auto clouds = exec.upload(uniform(3 * Shape::points * batch, 40 + step));
            trainer.step(clouds.matrix(3 * Shape::points, batch), step / 10.0);
          }
          return moments_of(exec, trainer);
        }) <= 1e-3);
}

TEST_CASE("a VAE's training goes on from its checkpoint on a device") {
  Cuda exec = cuda({.seed = 4});
  using Trainer = VaeTrainer<Cuda, Shape>;
  const auto train = [&](Trainer& trainer, std::uint32_t from, std::uint32_t to) {
    for (std::uint32_t step = from; step < to; ++step) {
      const auto clouds = exec.upload(uniform(3 * Shape::points * batch, 50 + step));
      trainer.step(clouds.matrix(3 * Shape::points, batch), step / 10.0);
    }
  };
  const VaeSchedule schedule{.rescale_every = 4};  // by moments from before the checkpoint and after it
  Trainer whole(exec, options, schedule), first(exec, options, schedule), second(exec, options, schedule);
  train(whole, 0, 5);
  train(first, 0, 3);
  second.resume(first.checkpoint());
  train(second, 3, 5);
  CHECK(copy_to_host(exec, second.parameters()) == copy_to_host(exec, whole.parameters()));
}

TEST_CASE("steps of a conditional VAE's training are the host's") {
  using Conditional = ConditionalVae<Shape, 4>;
  CHECK(parity([&](auto& exec) {
          ConditionalVaeTrainer<std::remove_reference_t<decltype(exec)>, Conditional> trainer(exec, options, {});
          for (std::uint32_t step = 0; step < 3; ++step) {
            const auto clouds = exec.upload(uniform(3 * Shape::points * batch, 60 + step));
            const auto conditions = exec.upload(uniform(4 * batch, 70 + step));
            trainer.step(clouds.matrix(3 * Shape::points, batch), conditions.matrix(4, batch), step / 10.0);
          }
          return moments_of(exec, trainer);
        }) <= 1e-3);
}

TEST_CASE("steps of an arm's training are the host's, gradients that are shortened among them") {
  using Arm = AutoregressiveShape<2, 3, 2, 2, 20>;
  constexpr Index samples = 40;
  for (const double longest : {1e-3, 1e6})
    CHECK(parity([&](auto& exec) {
            AutoregressiveTrainer<std::remove_reference_t<decltype(exec)>, Arm> trainer(
                exec, {{-1, -1}, {1, 1}}, {.batch = samples, .longest = longest});
            for (std::uint32_t step = 0; step < 3; ++step) {
              const auto columns = exec.upload(uniform(5 * samples, 80 + step, -0.9f, 0.9f));
              trainer.step(columns.matrix(5, samples), step / 10.0);
            }
            return moments_of(exec, trainer);
          }) <= 1e-3);
}
