// SPDX-License-Identifier: Apache-2.0
#include "mace/simulate/half_space_cut.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "mace/simulate/concept.hpp"
#include "support/clouds.hpp"
#include "support/executor.hpp"

using namespace mace;

static_assert(BatchSimulator<HalfSpaceCut<50>, test::Exec> && !SampleSimulator<HalfSpaceCut<50>>);

namespace {

using Cut = HalfSpaceCut<50>;

std::vector<Cut::Sample> clouds(std::size_t count) {
  std::vector<Cut::Sample> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto xyz = test::random_points(50, static_cast<std::uint32_t>(i));
    std::copy(xyz.begin(), xyz.end(), out[i].xyz);
  }
  return out;
}

/// What a simulator gives for clouds of the host.
template <class Simulator>
auto outcomes_of(test::Exec& exec, Simulator simulator, const std::vector<Cut::Sample>& samples) {
  const auto in = exec.upload(samples);
  return test::filled<typename Simulator::Outcome>(
      exec, samples.size(), [&](auto out) { simulate(exec, simulator, std::span<const Cut::Sample>(in.span()), out); });
}

}  // namespace

TEST_CASE("the points in the half space stay, in their order") {
  struct Row {
    const char* what;
    CutPlane kept;
  };
  for (const Row row :
       {Row{"some", {{0.6f, 0.0f, 0.8f}, 0.1f}}, Row{"one axis", {{0, -1, 0}, 0}}, Row{"none", {{1, 0, 0}, 2.0f}},
        Row{"all", {{1, 0, 0}, -2.0f}}, Row{"no cut", Cut::none().kept}})
    for (const int threads : test::threads()) {
      CAPTURE(row.what);
      auto exec = test::executor({.threads = threads});
      const auto samples = clouds(40);
      const auto outcomes = outcomes_of(exec, Cut{row.kept}, samples);
      for (std::size_t i = 0; i < samples.size(); ++i) {
        std::vector<float> expected;
        for (const float* p = samples[i].xyz; p < samples[i].xyz + 150; p += 3)
          if (row.kept.normal[0] * p[0] + row.kept.normal[1] * p[1] + row.kept.normal[2] * p[2] >= row.kept.offset)
            expected.insert(expected.end(), p, p + 3);
        REQUIRE(outcomes[i].count == static_cast<std::int32_t>(expected.size() / 3));
        CHECK(std::equal(expected.begin(), expected.end(), outcomes[i].xyz));
      }
    }
}

TEST_CASE("none() keeps every point") {
  auto exec = test::executor();
  const auto samples = clouds(1);
  const auto outcomes = outcomes_of(exec, Cut::none(), samples);
  CHECK(outcomes[0].count == 50);
  CHECK(std::equal(samples[0].xyz, samples[0].xyz + 150, outcomes[0].xyz));
}

namespace {

/// A user's simulator of one sample.
struct Spread {
  using Sample = Cloud<50>;
  using Outcome = float;
  float factor;
  MACE_HD float operator()(const Sample& cloud) const {
    float least = cloud.xyz[0], most = least;
    for (const float x : cloud.xyz) least = x < least ? x : least, most = x > most ? x : most;
    return factor * (most - least);
  }
};

}  // namespace

TEST_CASE("a functor of one sample simulates a whole round") {
  static_assert(SampleSimulator<Spread> && !BatchSimulator<Spread, test::Exec>);
  const auto samples = clouds(40);
  for (const int threads : test::threads()) {
    auto exec = test::executor({.threads = threads});
    const Spread spread{2};
    const auto outcomes = outcomes_of(exec, spread, samples);
    for (std::size_t i = 0; i < samples.size(); ++i) CHECK(outcomes[i] == spread(samples[i]));
  }
}
