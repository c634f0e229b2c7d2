// SPDX-License-Identifier: Apache-2.0
#include "support/shared_model.hpp"

#include "mace/cpu.hpp"

using namespace mace;

namespace {

Cpu executor() {
  return cpu({.seed = 3, .threads = 2});
}

/// Hands a model with room for 4 elites in one batch 12 of them, in three.
template <class Task>
void take_too_many(const Task& task) {
  Cpu exec = executor();
  auto model = task.model(exec);
  model.reserve(exec, 20, 4, 1);
  auto samples = exec.template allocate<typename decltype(model)::Sample>(20);
  model.set_elites(exec, samples.span(), Elites<HostSpace>(exec, 4, 3));
}

}  // namespace

TEST_CASE("tuners of one model, of whatever size each, do what each does alone") {
  test::check_tuners_of_one_model(executor, test::MixtureTask{});
  test::check_tuners_of_one_model(executor, test::ArmTask{});
  test::check_tuners_of_one_model(executor, test::VaeTask{});
}

TEST_CASE("a posterior beside a tuner of its model does not disturb it") {
  test::check_tuner_beside_posterior(executor, test::MixtureTask{});
  test::check_tuner_beside_posterior(executor, test::ArmTask{});
}

TEST_CASE("a model is tuned by an executor of more threads than the one that made it") {
  const test::VaeTask task;
  const TunerOptions options{.samples = 2000, .quantile = 0.02, .rounds = 2, .steps_per_round = 2};
  Cpu maker = cpu({.seed = 3, .threads = 1}), exec = cpu({.seed = 3, .threads = 4});
  auto model = task.model(maker), own = task.model(exec);
  task.tuner(exec, model, options).run();
  task.tuner(exec, own, options).run();
  CHECK(copy_to_host(exec, std::span<const float>(model.parameters())) ==
        copy_to_host(exec, std::span<const float>(own.parameters())));
}

TEST_CASE("elites that a model made no room for are refused") {
  CHECK_THROWS_WITH_AS(take_too_many(test::MixtureTask{}),
                       "GaussianMixture: wanted room for 12 elites, got it for 4; reserve() makes it", Error);
  CHECK_THROWS_WITH_AS(take_too_many(test::ArmTask{}),
                       "Autoregressive: wanted room for 12 elites in batches of 4, got it for 4 in batches of 4; "
                       "reserve() makes it",
                       Error);
  CHECK_THROWS_WITH_AS(take_too_many(test::VaeTask{}),
                       "LatentVae: wanted room for 12 elites in 3 batches, got it for 4 in 1; reserve() makes it",
                       Error);
}
