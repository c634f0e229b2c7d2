// SPDX-License-Identifier: Apache-2.0
// Whole runs of the completion task on a small random network: the same bits for any number of threads, and no
// allocation from round 2 on.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "support/allocations.hpp"
#include "support/clouds.hpp"
#include "support/executor.hpp"
#include "support/machine.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using test::SmallTestVae;

namespace {

constexpr TunerOptions short_run = {.samples = 64, .quantile = 0.125, .rounds = 8, .steps_per_round = 16};

/// Tunes the small network to the lower half of a box's points and returns its parameters.
template <class... Observers>
std::vector<float> tune_network(const CpuOptions& options, TunerOptions tuner_options, Observers&&... observers) {
  using Match = CloudMatch<SmallTestVae::points, test::Space>;
  auto exec = test::executor(options);
  const auto weights = exec.upload(test::random_weights<SmallTestVae>(1));
  LatentVae<test::Exec, SmallTestVae> model(exec, weights.span(), 1.0f);
  const auto observation = test::box_points(40, 3);
  Tuner tuner{exec,
              model,
              HalfSpaceCut<SmallTestVae::points>{{{0.0f, 0.6f, 0.8f}, 0.0f}},
              Match(exec, observation, {}),
              tuner_options,
              Adam{.rate = 0.02}};
  tuner.run(observers...);
  return test::on_host(exec, model.parameters());
}

}  // namespace

TEST_CASE("a whole run gives the same bits again, and for 1, 2 and 3 threads, for every instruction set") {
  for (const Isa isa : test::isas()) {
    CAPTURE(static_cast<int>(isa));
    const auto once = tune_network({.seed = 2, .threads = 1, .isa = isa}, short_run);
    for (const int threads : {1, 2, 3})
      CHECK(test::same_bits(once, tune_network({.seed = 2, .threads = threads, .isa = isa}, short_run)));
    CHECK_FALSE(test::same_bits(once, tune_network({.seed = 3, .threads = 1, .isa = isa}, short_run)));
    TunerOptions batches = short_run;
    batches.batches = 2;
    CHECK(test::same_bits(tune_network({.threads = 1, .isa = isa}, batches),
                          tune_network({.threads = 2, .isa = isa}, batches)));
  }
}

TEST_CASE("the run makes the score better") {
  std::vector<float> means;
  TunerOptions longer = short_run;
  longer.rounds = 30;
  tune_network({.seed = 2}, longer, [&](const RoundRecord& r) { means.push_back(r.mean_score); });
  CHECK(means.back() > means.front());
}

TEST_CASE("from round 2 on nothing is allocated") {
  for (const int threads : test::threads()) {
    CAPTURE(threads);
    std::vector<long> counts;
    counts.reserve(30);
    TunerOptions longer = short_run;
    longer.rounds = 30;
    tune_network({.seed = 2, .threads = threads}, longer,
                 [&](const RoundRecord&) { counts.push_back(test::allocations()); });
    REQUIRE(counts.size() == 30);
    CHECK(counts.front() > 0);
    for (std::size_t t = 1; t < counts.size(); ++t) {
      CAPTURE(t);
      CHECK(counts[t] - counts[t - 1] == 0);
    }
  }
}

TEST_CASE("scoring clouds that grow from call to call allocates in the first call only") {
  constexpr int capacity = 512;
  auto maker = test::executor();
  const CloudMatch<capacity, test::Space> match(maker, test::box_points(300, 1), {});
  const auto xyz = test::box_points(capacity, 2);
  std::vector<PartialCloud<capacity>> clouds(64);
  for (auto& cloud : clouds) std::copy(xyz.begin(), xyz.end(), cloud.xyz);
  for (const int threads : test::threads()) {
    CAPTURE(threads);
    auto exec = test::executor({.threads = threads});
    const auto outcomes = exec.allocate<PartialCloud<capacity>>(64);
    const auto log_scores = exec.allocate<float>(64);
    long after_first = 0;
    for (std::int32_t count = 10; count <= capacity; count += 100) {
      for (auto& cloud : clouds) cloud.count = count;
      test::write(exec, clouds, outcomes.span());
      match.log_scores(exec, outcomes.span(), log_scores.span());
      if (count == 10) after_first = test::allocations();
    }
    CHECK(test::allocations() == after_first);
  }
}
