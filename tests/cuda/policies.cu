// SPDX-License-Identifier: Apache-2.0
// Tunings by each selector, optimizer and objective on a device against the host's. They are short: selection is a
// jump, so longer ones drift apart.
#include <doctest/doctest.h>

#include <vector>

#include "cuda/support.cuh"
#include "mace/fit/moment_match.hpp"
#include "mace/select/importance.hpp"
#include "support/plain_ascent.hpp"
#include "support/shared_model.hpp"

using namespace mace;

namespace {

/// The difference of what `task` leaves on a device from what it leaves on the host.
template <class Task>
double difference(const Task& task) {
  const auto run = [&](auto exec) { return task(exec); };
  const std::vector<float> wanted = run(cpu({.seed = 3}));
  return test::relative_difference(run(cuda({.seed = 3})), wanted);
}

template <class Exec, class Model, class Simulator, class Score, class... Policies>
std::vector<float> tuned(Exec& exec, Model& model, const Simulator& simulator, Score score, const TunerOptions& options,
                         Policies... policies) {
  Tuner tuner(exec, model, simulator, std::move(score), options, std::move(policies)...);
  CHECK(tuner.run().infeasible_rounds == 0);
  return test::on_host(exec, model.parameters());
}

template <class Update>
struct MixtureBy {
  Update update;
  template <class Exec>
  std::vector<float> operator()(Exec& exec) const {
    auto model = test::MixtureTask{}.model(exec);
    return tuned(exec, model, test::Seen<2>{}, test::NearOrigin<2>{},
                 {.samples = 300, .quantile = 0.1, .rounds = 4, .steps_per_round = 8, .batches = 2}, update);
  }
};

std::vector<float> observed() {
  return test::uniform(150, 14);
}

struct VaeByMoments {
  template <class Exec>
  std::vector<float> operator()(Exec& exec) const {
    auto model = test::VaeTask{}.model(exec);
    constexpr Index points = test::VaeTask::points;
    return tuned(exec, model, HalfSpaceCut<points>{{{0.6f, 0, 0.8f}, 0.0f}},
                 CloudMatch<points, typename Exec::Space>(exec, observed(), {}),
                 {.samples = 64, .quantile = 0.125, .rounds = 4, .steps_per_round = 8}, Adam{}, TopQuantile{},
                 MomentMatch{});
  }
};

struct VaeByImportance {
  template <class Exec>
  std::vector<float> operator()(Exec& exec) const {
    auto model = test::VaeTask{}.model(exec);
    using Select = Importance<Exec, decltype(model)>;
    constexpr Index points = test::VaeTask::points;
    return tuned(exec, model, HalfSpaceCut<points>::none(),
                 CloudMatch<points, typename Exec::Space>(exec, observed(), {.tau = 0.01f}),
                 {.samples = 64, .quantile = 1, .rounds = 4, .steps_per_round = 8, .batches = 2}, Adam{},
                 Select(exec, model));
  }
};

struct ArmByImportance {
  template <class Exec>
  std::vector<float> operator()(Exec& exec) const {
    auto model = test::ArmTask{}.model(exec);
    using Select = Importance<Exec, decltype(model)>;
    return tuned(exec, model, test::Seen<3>{}, test::NearOrigin<3>{},
                 {.samples = 40, .quantile = 1, .rounds = 3, .steps_per_round = 3}, Adam{.rate = 1e-4},
                 Select(exec, model));
  }
};

/// 10 elites take the steps' own kernels, 50 take cuBLAS.
struct ArmByQuantile {
  double quantile;
  template <class Exec>
  std::vector<float> operator()(Exec& exec) const {
    auto model = test::ArmTask{}.model(exec);
    return tuned(exec, model, test::Seen<3>{}, test::NearOrigin<3>{},
                 {.samples = 100, .quantile = quantile, .rounds = 4, .steps_per_round = 3}, Adam{.rate = 1e-4});
  }
};

struct MixturesPosterior {
  template <class Exec>
  std::vector<float> operator()(Exec& exec) const {
    auto model = test::MixtureTask{}.model(exec);
    Posterior posterior(exec, model, test::Seen<2>{}, test::NearOrigin<2>{},
                        {.samples = 100, .rounds = 3, .fitted = 64, .steps_per_round = 10});
    CHECK(posterior.run().rounds > 0);
    auto samples = exec.template allocate<Vec<2>>(50);
    posterior.resample({}, samples.span());
    return test::on_host(exec, std::span<const float>(samples.data()->v, 100));
  }
};

}  // namespace

TEST_CASE("steps of Adam and of plain ascent, in batches, are the host's") {
  CHECK(difference(MixtureBy<Adam>{{.rate = 0.01}}) < 1e-3);
  CHECK(difference(MixtureBy<test::PlainAscent>{{.rate = 0.01}}) < 1e-3);
}

TEST_CASE("closed-form steps are the host's") {
  CHECK(difference(VaeByMoments{}) < 1e-3);
}

TEST_CASE("importance sampling is the host's, of a VAE and of an arm") {
  CHECK(difference(VaeByImportance{}) < 1e-3);
  CHECK(difference(ArmByImportance{}) < 1e-2);
}

TEST_CASE("an arm's fit to few elites and to many is the host's") {
  for (const double quantile : {0.1, 0.5}) {
    CAPTURE(quantile);
    CHECK(difference(ArmByQuantile{quantile}) < 1e-2);
  }
}

TEST_CASE("a posterior's samples are the host's") {
  CHECK(difference(MixturesPosterior{}) < 1e-2);
}
