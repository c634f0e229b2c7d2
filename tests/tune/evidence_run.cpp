// SPDX-License-Identifier: Apache-2.0
// Whole runs with three kinds of evidence at once: contacts, a ray that met nothing, a part of the surface.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "mace/cpu.hpp"
#include "support/allocations.hpp"
#include "support/clouds.hpp"
#include "support/contacts.hpp"
#include "support/gaussian_task.hpp"
#include "support/machine.hpp"

using namespace mace;

namespace {

constexpr int cloud_size = 200;

/// A box of which only the place in the plane is unknown: a Gaussian that is tuned.
class MovedBox {
 public:
  using Sample = Cloud<cloud_size>;

  std::span<float> parameters() { return place_.parameters(); }
  void reserve(Cpu& exec, Index samples, Index elites, Index batches) {
    places_.resize(std::max(places_.size(), static_cast<std::size_t>(samples)));
    place_.reserve(exec, samples, elites, batches);
  }
  void sample(Cpu& exec, const RandomKey& key, std::span<Sample> samples) {
    place_.sample(exec, key, places_);
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = at(places_[i]);
  }
  void set_elites(Cpu& exec, std::span<const Sample>, const Elites<HostSpace>& elites) {
    place_.set_elites(exec, places_, elites);  // those of the samples that were drawn last
  }
  void likelihood_gradient(Cpu& exec, Index batch, std::span<float> gradient) {
    place_.likelihood_gradient(exec, batch, gradient);
  }

  static Sample at(const Vec<2>& place) {
    static const test::Points box = test::box_points(cloud_size, 3);
    Sample cloud;
    for (std::size_t p = 0; p < cloud_size; ++p) {
      for (std::size_t i = 0; i < 3; ++i) cloud.xyz[3 * p + i] = box[3 * p + i];
      for (int i = 0; i < 2; ++i) cloud.xyz[3 * p + static_cast<std::size_t>(i)] += place[i];
    }
    return cloud;
  }

 private:
  test::PlaneGaussian place_;
  std::vector<Vec<2>> places_;
};

/// Tunes the box's place to what is felt and seen of one at (0.5, -0.2); returns the parameters.
template <class... Observers>
std::vector<float> tune_box(const CpuOptions& cpu_options, Observers&&... observers) {
  Cpu exec(cpu_options);
  MovedBox model;
  const std::vector<Cloud<cloud_size>> object{MovedBox::at({0.5f, -0.2f})};

  const Contact<cloud_size> fingers(test::five_directions(), 0.2f);
  const Contact<cloud_size> ray(std::vector<Ray>{{{0, 0, 1}, {-1, 1, -0.5f}}}, 0.2f);
  const HalfSpaceCut<cloud_size> cut{{{0, 0.6f, 0.8f}, 0.1f}};
  std::vector<PartialCloud<cloud_size>> seen(1);
  cut.simulate(exec, object, seen);
  const CloudMatch<cloud_size, HostSpace> match(
      exec, std::span(seen[0].xyz, static_cast<std::size_t>(3 * seen[0].count)), {});
  const ContactMatch<> felt(find_contacts(fingers.fingers(), object[0].xyz, Index{cloud_size}));

  Tuner tuner{exec,
              model,
              FanOut(fingers, FanOut(ray, cut)),
              Product(felt, Product(Untouched<>(ray.fingers()), match), {.first = 5}),
              TunerOptions{.samples = 128, .quantile = 0.125, .rounds = 15, .steps = 16},
              Policies<TopQuantile, Adam>{.update = {.rate = 0.02f}}};
  tuner.run(observers...);
  return {model.parameters().begin(), model.parameters().end()};
}

}  // namespace

TEST_CASE("a run on three kinds of evidence finds what fits them all, with the same bits for any threads") {
  for (const Isa isa : test::available_isas()) {
    const auto once = tune_box({.seed = 2, .isa = isa});
    CHECK(once[0] == doctest::Approx(0.5).epsilon(0.1));
    CHECK(once[1] == doctest::Approx(-0.2).epsilon(0.1));
    CHECK(test::same_bits(once, tune_box({.seed = 2, .threads = 2, .isa = isa})));
  }
}

TEST_CASE("evidence of several kinds allocates nothing from round 2 on") {
  for (const int threads : {1, 2}) {
    std::vector<long> counts;
    counts.reserve(15);
    tune_box({.seed = 2, .threads = threads}, [&](const RoundRecord&) { counts.push_back(test::allocations()); });
    REQUIRE(counts.size() == 15);
    CHECK(counts.front() > 0);
    for (std::size_t t = 1; t < counts.size(); ++t) CHECK(counts[t] == counts[t - 1]);
  }
}
