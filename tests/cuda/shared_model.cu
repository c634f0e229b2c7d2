// SPDX-License-Identifier: Apache-2.0
// Several tuners of one model on a device, where each records its rounds.
#include "mace/cuda.cuh"
#include "support/shared_model.hpp"

using namespace mace;

namespace {

Cuda executor() {
  return cuda({.seed = 3});
}

}  // namespace

TEST_CASE("tuners of one model on a device do what each does alone") {
  test::check_tuners_of_one_model(executor, test::MixtureTask{});
  test::check_tuners_of_one_model(executor, test::ArmTask{});
  test::check_tuners_of_one_model(executor, test::VaeTask{});
}

TEST_CASE("a model on a device takes fewer elites than it has room for") {
  const test::ArmTask task;
  const auto fitted = [&](Index room) {
    Cuda exec = executor();
    auto model = task.model(exec);
    model.reserve(exec, 80, room, 1);
    auto samples = exec.allocate<Vec<3>>(80);
    model.sample(exec, {2, Stream::draw, 1}, samples.span());
    Elites<DeviceSpace> elites(exec, 16, 1);
    exec.fill(elites.weights.span(), 1.0f / 16);
    model.set_elites(exec, samples.span(), elites);
    const Adam adam{.rate = 1e-4};
    auto state = adam.make_state(exec, test::ArmTask::Shape::parameters);
    model.ascend(exec, 1, 2, adam.steps(exec, state, model.parameters(), 2));
    return copy_to_host(exec, std::span<const float>(model.parameters()));
  };
  CHECK(fitted(40) == fitted(16));
}

TEST_CASE("a posterior beside a tuner of its model on a device does not disturb it") {
  test::check_tuner_beside_posterior(executor, test::MixtureTask{});
  test::check_tuner_beside_posterior(executor, test::ArmTask{});
}
