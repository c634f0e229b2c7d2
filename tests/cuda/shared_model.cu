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

TEST_CASE("a posterior beside a tuner of its model on a device does not disturb it") {
  test::check_tuner_beside_posterior(executor, test::MixtureTask{});
  test::check_tuner_beside_posterior(executor, test::ArmTask{});
}
