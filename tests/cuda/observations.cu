// SPDX-License-Identifier: Apache-2.0
// Observations with noise, and of several kinds at once, on a device against the host's.
#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "cuda/support.cuh"
#include "support/shared_model.hpp"

using namespace mace;
using test::on_host, test::uniform;

namespace {

constexpr Index points = test::VaeTask::points;

/// One number of the sample is observed with noise.
struct Noisy {
  using Sample = Vec<2>;
  using Outcome = Vec<2>;
  MACE_HD Outcome operator()(const Sample& x, Random& random) const { return {x[0] + 0.1f * random.normal(), x[1]}; }
};

template <class Simulator, class Score>
struct MixtureSeenBy {
  Simulator simulator;
  Score score;
  template <class Exec>
  std::vector<float> operator()(Exec exec) const {
    auto model = test::MixtureTask{}.model(exec);
    Tuner tuner(exec, model, simulator, score, {.samples = 300, .quantile = 0.1, .rounds = 4, .steps_per_round = 8},
                Adam{.rate = 0.01});
    tuner.run();
    return on_host(exec, model.parameters());
  }
};

/// Clouds that are felt by fingers, met by none of two rays, and seen in part.
struct Senses {
  template <class Exec>
  std::vector<float> operator()(Exec exec) const {
    using Space = typename Exec::Space;
    const Vec<3> directions[] = {{1, 0, 0}, {0, -1, 0}, {0, 0.6f, 0.8f}};
    const Contact<points> fingers(directions, 0.3f);
    Cloud<points> object;
    std::ranges::copy(uniform(3 * points, 9), object.xyz);
    using Rest = FanOut<Contact<points>, HalfSpaceCut<points>, Space>;
    using RestScore = Product<Untouched<>, CloudMatch<points, Space>, Space>;
    FanOut<Contact<points>, Rest, Space> senses(fingers, Rest(fingers, HalfSpaceCut<points>::none()));
    Product<ContactMatch<>, RestScore, Space> score(
        ContactMatch<>(find_contacts(fingers.fingers(), object.xyz, points)),
        RestScore(Untouched<>(fingers.fingers()), CloudMatch<points, Space>(exec, uniform(150, 14), {.tau = 0.01f})));
    auto model = test::VaeTask{}.model(exec);
    Tuner tuner(exec, model, std::move(senses), std::move(score),
                {.samples = 64, .quantile = 0.125, .rounds = 4, .steps_per_round = 8});
    tuner.run();
    return on_host(exec, model.parameters());
  }
};

template <class Task>
double difference(const Task& task) {
  return test::relative_difference(task(cuda({.seed = 3})), task(cpu({.seed = 3})));
}

}  // namespace

TEST_CASE("noise is the host's, and so are expected scores") {
  CHECK(difference(MixtureSeenBy<Noisy, test::NearOrigin<2>>{}) < 1e-3);
  CHECK(difference(MixtureSeenBy<Expected<Noisy, 4>, ExpectedScore<test::NearOrigin<2>, 4>>{}) < 1e-3);
}

TEST_CASE("observations of several kinds at once do what they do on the host") {
  CHECK(difference(Senses{}) < 1e-3);
}
