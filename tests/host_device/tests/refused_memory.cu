// SPDX-License-Identifier: Apache-2.0
// Whatever allocation is refused: an error that says so, and nothing is left behind. Only a device made of the host can
// be told to refuse one.
#include <doctest/doctest.h>

#include "cuda/support.cuh"
#include "host_device.hpp"
#include "mace/train/vae_trainer.hpp"
#include "support/shared_model.hpp"

using namespace mace;

namespace {

template <class Task>
void tune(const Task& task) {
  Cuda exec = cuda({.seed = 3});
  auto model = task.model(exec);
  auto tuner = task.tuner(exec, model, {.samples = 40, .quantile = 0.2, .rounds = 3, .steps_per_round = 2});
  tuner.run();
}

void sample_posterior() {
  const test::MixtureTask task;
  Cuda exec = cuda({.seed = 3});
  auto model = task.model(exec);
  Posterior posterior(exec, model, test::Seen<2>{}, test::NearOrigin<2>{},
                      {.samples = 40, .rounds = 2, .fitted = 20, .batches = 1, .steps_per_round = 2});
  posterior.run();
}

void train() {
  using Shape = test::TinyVae;
  constexpr Index batch = 4;
  Cuda exec = cuda({.seed = 3});
  VaeTrainer<Cuda, Shape> trainer(exec, {.batch = batch, .encoder_points = 17}, {});
  const auto clouds = exec.upload(test::uniform(3 * Shape::points * batch, 40));
  trainer.step(clouds.matrix(3 * Shape::points, batch), 0);
}

template <class Work>
void refuse_each_allocation(const Work& work) {
  const host_device::Live before = host_device::live();
  const long first = host_device::allocations();
  work();
  const long count = host_device::allocations() - first;
  REQUIRE(count > 10);
  for (long n = 1; n <= count; ++n) {
    CAPTURE(n);
    host_device::refuse_allocation(n);
    CHECK_THROWS_WITH_AS(work(), doctest::Contains("got no memory for them"), Error);
    CHECK(host_device::live() == before);
  }
  host_device::refuse_allocation(count + 1);
  work();
  host_device::refuse_allocation(0);
}

}  // namespace

TEST_CASE("memory that is refused anywhere in a tuning") {
  refuse_each_allocation([] { tune(test::MixtureTask{}); });
  refuse_each_allocation([] { tune(test::ArmTask{}); });
  refuse_each_allocation([] { tune(test::VaeTask{}); });
}

TEST_CASE("memory that is refused anywhere in a posterior") {
  refuse_each_allocation(sample_posterior);
}

TEST_CASE("memory that is refused anywhere in a training") {
  refuse_each_allocation(train);
}
