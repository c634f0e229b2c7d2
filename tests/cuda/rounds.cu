// SPDX-License-Identifier: Apache-2.0
// What a round of a device does to a model: nothing if no sample is feasible; the same, recorded or as it comes.
#include <doctest/doctest.h>

#include <vector>

#include "cuda/support.cuh"
#include "mace/select/importance.hpp"
#include "support/shared_model.hpp"

using namespace mace;
using test::on_host;

/// NearOrigin, of which a device is told that it cannot be recorded.
template <int Dims>
struct NotRecorded : mace::test::NearOrigin<Dims> {
  static constexpr bool capturable = false;
};

namespace {

/// What the device's memory says: 1: a score, 0: infeasible, else no number.
struct Switched {
  using Outcome = Vec<2>;
  const std::int32_t* on;
  MACE_HD float operator()(const Outcome& x) const {
    return *on == 1 ? -norm(x - Vec<2>{1, 2}) : *on == 0 ? -numeric::infinity : numeric::not_a_number;
  }
};

/// A model that sets its parameters to its first elite by a copy, where others take gradient steps.
class Copying {
 public:
  using Sample = Vec<2>;
  explicit Copying(Cuda& exec) : parameters_(exec.allocate<float>(2)), elite_(exec.allocate<float>(2)) {}

  std::span<float> parameters() { return parameters_.span(); }
  void reserve(Cuda&, Index, Index, Index) {}
  void sample(Cuda& exec, const RandomKey& key, std::span<Sample> samples) {
    exec.fill_normal(as_columns(samples), key);
  }
  void set_elites(Cuda& exec, std::span<const Sample> samples, const Elites<DeviceSpace>& elites) {
    exec.gather<float>(as_columns(samples), elites.indices.span().first(1), elite_.matrix(2, 1));
    exec.copy(std::span<const float>(elite_.span()), parameters_.span());
  }
  void likelihood_gradient(Cuda& exec, Index, std::span<float> gradient) { exec.fill(gradient, 0.0f); }

 private:
  Buffer<float, DeviceSpace> parameters_, elite_;
};

/// The parameters after a tuning, in which so many rounds were replayed.
template <class Task, class Seen, class Score>
std::vector<float> tuned(const Task& task, const Seen& seen, const Score& score, const Adam& optimizer,
                         Index replayed) {
  Cuda exec = cuda({.seed = 9});
  auto model = task.model(exec);
  Tuner tuner(exec, model, seen, score, {.samples = 80, .quantile = 0.1, .rounds = 7, .steps_per_round = 4}, optimizer);
  CHECK(tuner.run().replayed == replayed);
  return on_host(exec, model.parameters());
}

}  // namespace

TEST_CASE("rounds without a feasible sample, and those with a NaN, leave a model on a device as it is") {
  Cuda exec = cuda({.seed = 5});
  auto model = test::MixtureTask{}.model(exec);
  auto on = exec.upload(std::vector<std::int32_t>{1});
  Tuner tuner(exec, model, test::Seen<2>{}, Switched{on.data()},
              {.samples = 64, .quantile = 0.125, .rounds = 4, .steps_per_round = 8, .max_infeasible_rounds = 3});
  tuner.run();
  const std::vector<float> before = on_host(exec, model.parameters());
  for (const std::int32_t off : {0, 2}) {
    CAPTURE(off);
    exec.fill(on.span(), off);
    CHECK_THROWS_AS(tuner.run(), Error);
    exec.finish();
    CHECK(on_host(exec, model.parameters()) == before);
  }
  exec.fill(on.span(), std::int32_t{1});
  CHECK(tuner.run().rounds == 4);
  CHECK(on_host(exec, model.parameters()) != before);
}

TEST_CASE("a model that copies its elites into its parameters keeps them in rounds without a feasible sample") {
  Cuda exec = cuda({.seed = 5});
  Copying model(exec);
  auto on = exec.upload(std::vector<std::int32_t>{1});
  Tuner tuner(exec, model, test::Seen<2>{}, Switched{on.data()},
              {.samples = 64, .quantile = 0.125, .rounds = 4, .steps_per_round = 1, .max_infeasible_rounds = 3});
  tuner.run();
  const std::vector<float> before = on_host(exec, model.parameters());
  CHECK(before != std::vector<float>{0, 0});
  exec.fill(on.span(), std::int32_t{0});
  CHECK_THROWS_AS(tuner.run(), Error);
  exec.finish();
  CHECK(on_host(exec, model.parameters()) == before);
}

TEST_CASE("a tuning that is recorded is the same as one that is not, bit for bit") {
  const test::MixtureTask mixture;
  const test::ArmTask arm;
  const Adam slow{.rate = 1e-4};
  CHECK(tuned(mixture, test::Seen<2>{}, test::NearOrigin<2>{}, Adam{}, 6) ==
        tuned(mixture, test::Seen<2>{}, NotRecorded<2>{}, Adam{}, 0));
  CHECK(tuned(arm, test::Seen<3>{}, test::NearOrigin<3>{}, slow, 6) ==
        tuned(arm, test::Seen<3>{}, NotRecorded<3>{}, slow, 0));
}

TEST_CASE("snapshots of a device's rounds are the host's") {
  std::vector<float> seen[2];
  const auto watch = [&](auto exec, std::vector<float>& into) {
    const test::VaeTask task;
    auto model = task.model(exec);
    auto tuner =
        task.tuner(exec, model, {.samples = 64, .quantile = 0.125, .rounds = 4, .steps_per_round = 8, .batches = 2});
    int rounds = 0;
    tuner.run([&](const RoundRecord&, const auto& snapshot) {
      ++rounds;
      into.insert(into.end(), snapshot.parameters.begin(), snapshot.parameters.end());
      into.insert(into.end(), snapshot.log_scores.begin(), snapshot.log_scores.end());
    });
    CHECK(rounds == 4);
  };
  watch(cpu({.seed = 3}), seen[0]);
  watch(cuda({.seed = 3}), seen[1]);
  CHECK(test::relative_difference(seen[1], seen[0]) < 1e-3);
}
