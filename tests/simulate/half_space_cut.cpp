// SPDX-License-Identifier: Apache-2.0
#include "mace/simulate/half_space_cut.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/simulate/concept.hpp"
#include "support/clouds.hpp"

using namespace mace;

static_assert(BatchSimulator<HalfSpaceCut<50>, Cpu> && !SampleSimulator<HalfSpaceCut<50>>);

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

}  // namespace

TEST_CASE("the points in the half space stay, in their order") {
  struct Row {
    const char* what;
    HalfSpace kept;
  };
  for (const Row row :
       {Row{"some", {{0.6f, 0.0f, 0.8f}, 0.1f}}, Row{"one axis", {{0, -1, 0}, 0}}, Row{"none", {{1, 0, 0}, 2.0f}},
        Row{"all", {{1, 0, 0}, -2.0f}}, Row{"no cut", Cut::none().kept}})
    for (const int threads : {1, 2}) {
      CAPTURE(row.what);
      Cpu exec({.threads = threads});
      const auto samples = clouds(40);
      std::vector<Cut::Outcome> outcomes(40);
      Cut cut{row.kept};
      simulate(exec, cut, std::span<const Cut::Sample>(samples), std::span(outcomes));
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
  Cpu exec({});
  const auto samples = clouds(1);
  std::vector<Cut::Outcome> outcomes(1);
  Cut::none().simulate(exec, samples, outcomes);
  CHECK(outcomes[0].count == 50);
  CHECK(std::equal(samples[0].xyz, samples[0].xyz + 150, outcomes[0].xyz));
}

namespace {

/// A user's simulator of one sample.
struct Spread {
  using Sample = Cloud<50>;
  using Outcome = float;
  float factor;
  float operator()(const Sample& cloud) const {
    const auto [least, most] = std::minmax_element(cloud.xyz, cloud.xyz + 150);
    return factor * (*most - *least);
  }
};

}  // namespace

TEST_CASE("a functor of one sample simulates a whole round") {
  static_assert(SampleSimulator<Spread> && !BatchSimulator<Spread, Cpu>);
  const auto samples = clouds(40);
  for (const int threads : {1, 2}) {
    Cpu exec({.threads = threads});
    std::vector<float> outcomes(40);
    Spread spread{2};
    simulate(exec, spread, std::span<const Cloud<50>>(samples), std::span(outcomes));
    for (std::size_t i = 0; i < samples.size(); ++i) CHECK(outcomes[i] == spread(samples[i]));
  }
}
