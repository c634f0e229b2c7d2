// SPDX-License-Identifier: Apache-2.0
#include "mace/simulate/fan_out.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "mace/simulate/contact.hpp"
#include "mace/simulate/half_space_cut.hpp"
#include "support/contacts.hpp"
#include "support/executor.hpp"

using namespace mace;

namespace {

constexpr int points = 60;

/// One sample at a time.
struct Lowest {
  using Sample = Cloud<points>;
  using Outcome = float;
  MACE_HD float operator()(const Sample& cloud) const {
    float low = cloud.xyz[2];
    for (int p = 1; p < points; ++p) low = cloud.xyz[3 * p + 2] < low ? cloud.xyz[3 * p + 2] : low;
    return low;
  }
};

/// One sample at a time, and nothing but noise.
struct Noise {
  using Sample = Vec<1>;
  using Outcome = std::uint32_t;
  MACE_HD std::uint32_t operator()(const Sample&, Random& random) const { return random.word(); }
};

template <class Simulator>
auto outcomes_of(test::Exec& exec, Simulator& simulator, const std::vector<typename Simulator::Sample>& samples,
                 const RandomKey& key = {.stream = Stream::simulator}) {
  const auto in = exec.upload(samples);
  return test::filled<typename Simulator::Outcome>(exec, samples.size(), [&](auto out) {
    simulate(exec, simulator, std::span<const typename Simulator::Sample>(in.span()), out, key);
  });
}

template <class First, class Second>
FanOut<First, Second, test::Space> both(First first, Second second) {
  return {std::move(first), std::move(second)};
}

bool same(const PartialCloud<points>& a, const PartialCloud<points>& b) {
  return a.count == b.count && std::equal(a.xyz, a.xyz + 3 * a.count, b.xyz);
}

}  // namespace

TEST_CASE("each simulator's outcome is what it gives alone, in any nest") {
  const auto samples = test::random_clouds<points>(70);
  for (const int threads : test::threads()) {
    auto exec = test::executor({.threads = threads});
    Contact<points> contact(test::five_directions(), 0.2f);
    HalfSpaceCut<points> cut{{{0, 0, 1}, 0.1f}};
    Lowest lowest;
    auto all = both(contact, both(cut, lowest));
    static_assert(BatchSimulator<decltype(all), test::Exec> && std::is_trivially_copyable_v<decltype(all)::Outcome>);
    const auto contacts = outcomes_of(exec, contact, samples);
    const auto cuts = outcomes_of(exec, cut, samples);
    const auto lows = outcomes_of(exec, lowest, samples);
    for (const std::size_t count : {70u, 20u, 70u}) {  // memory is kept, and may be larger than a round
      const auto outcomes = outcomes_of(exec, all, {samples.begin(), samples.begin() + static_cast<long>(count)});
      REQUIRE(outcomes.size() == count);
      for (std::size_t i = 0; i < count; ++i) {
        CHECK(test::same_contacts(outcomes[i].first, contacts[i]));
        CHECK(same(outcomes[i].second.first, cuts[i]));
        CHECK(outcomes[i].second.second == lows[i]);
      }
    }
  }
}

TEST_CASE("the noise of several simulators differs, and from round to round") {
  auto exec = test::executor();
  const std::vector<Vec<1>> samples(20);
  Noise alone;
  auto three = both(Noise{}, both(Noise{}, Noise{}));
  const RandomKey now{5, Stream::simulator, 3}, later{5, Stream::simulator, 4};
  const auto here = outcomes_of(exec, three, samples, now), then = outcomes_of(exec, three, samples, later);
  const auto first = outcomes_of(exec, alone, samples, now);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(here[i].first == first[i]);
    CHECK(here[i].first != here[i].second.first);
    CHECK(here[i].first != here[i].second.second);
    CHECK(here[i].second.first != here[i].second.second);
    CHECK(here[i].first != then[i].first);
    CHECK(here[i].second.first != then[i].second.first);
    CHECK(here[i].second.second != then[i].second.second);
  }
}
