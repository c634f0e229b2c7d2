// SPDX-License-Identifier: Apache-2.0
// Whole runs with three kinds of observation at once: contacts, a ray that met nothing, a part of the surface.
#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "support/allocations.hpp"
#include "support/clouds.hpp"
#include "support/contacts.hpp"
#include "support/executor.hpp"
#include "support/gaussian_task.hpp"
#include "support/machine.hpp"

using namespace mace;

namespace {

constexpr int cloud_size = 200;

/// A box of which only the place in the plane is unknown: a Gaussian that is tuned.
class MovedBox {
 public:
  using Sample = Cloud<cloud_size>;

  explicit MovedBox(test::Exec& exec) : place_(exec), box_(exec.upload(test::box_points(cloud_size, 3))) {}

  std::span<float> parameters() { return place_.parameters(); }
  void reserve(test::Exec& exec, Index samples, Index elites, Index batches) {
    grow(exec, places_, samples);
    place_.reserve(exec, samples, elites, batches);
  }
  void sample(test::Exec& exec, const RandomKey& key, std::span<Sample> samples) {
    place_.sample(exec, key, places_.span());
    at(exec, places_.span(), samples);
  }
  void set_elites(test::Exec& exec, std::span<const Sample>, const Elites<test::Space>& elites) {
    place_.set_elites(exec, places_.span(), elites);  // those of the samples that were drawn last
  }
  void likelihood_gradient(test::Exec& exec, Index batch, std::span<float> gradient) {
    place_.likelihood_gradient(exec, batch, gradient);
  }

  /// boxes[i]: the box at places[i].
  void at(test::Exec& exec, std::span<const Vec<2>> places, std::span<Sample> boxes) const {
    const float* const box = box_.data();
    const Vec<2>* const place = places.data();
    Sample* const out = boxes.data();
    exec.for_each_sample(static_cast<Index>(boxes.size()), [=] MACE_HD(Index i) {
      for (int p = 0; p < cloud_size; ++p)
        for (int axis = 0; axis < 3; ++axis)
          out[i].xyz[3 * p + axis] = box[3 * p + axis] + (axis < 2 ? place[i][axis] : 0.0f);
    });
  }

 private:
  test::PlaneGaussian place_;
  Buffer<float, test::Space> box_;
  Buffer<Vec<2>, test::Space> places_;
};

template <class First, class Second>
FanOut<First, Second, test::Space> fan_out(First first, Second second) {
  return {std::move(first), std::move(second)};
}
template <class First, class Second>
Product<First, Second, test::Space> product(First first, Second second, const ProductWeights& weights = {}) {
  return {std::move(first), std::move(second), weights};
}

/// Tunes the box's place to what is felt and seen of one at (0.5, -0.2); returns the parameters.
template <class... Observers>
std::vector<float> tune_box(const CpuOptions& options, Observers&&... observers) {
  auto exec = test::executor(options);
  MovedBox model(exec);
  const auto place = exec.upload(std::vector<Vec<2>>{{0.5f, -0.2f}});
  const auto object = exec.allocate<Cloud<cloud_size>>(1);
  model.at(exec, place.span(), object.span());

  const Contact<cloud_size> fingers(test::five_directions(), 0.2f);
  const Contact<cloud_size> ray(std::vector<Ray>{{{0, 0, 1}, {-1, 1, -0.5f}}}, 0.2f);
  const HalfSpaceCut<cloud_size> cut{{{0, 0.6f, 0.8f}, 0.1f}};
  const auto seen = test::filled<PartialCloud<cloud_size>>(
      exec, 1, [&](std::span<PartialCloud<cloud_size>> part) { cut.simulate(exec, object.span(), part); });
  CloudMatch<cloud_size, test::Space> match(exec, std::span(seen[0].xyz, static_cast<std::size_t>(3 * seen[0].count)),
                                            {});
  const ContactMatch<> felt(find_contacts(fingers.fingers(), test::on_host(exec, object)[0].xyz, Index{cloud_size}));

  Tuner tuner{exec,
              model,
              fan_out(fingers, fan_out(ray, cut)),
              product(felt, product(Untouched<>(ray.fingers()), std::move(match)), {.first = 5}),
              TunerOptions{.samples = 128, .quantile = 0.125, .rounds = 15, .steps_per_round = 16},
              Adam{.rate = 0.02f}};
  tuner.run(observers...);
  return test::on_host(exec, model.parameters());
}

}  // namespace

TEST_CASE("a run on three kinds of observation finds what fits them all, with the same bits for any threads") {
  for (const Isa isa : test::isas()) {
    const auto once = tune_box({.seed = 2, .isa = isa});
    CHECK(once[0] == doctest::Approx(0.5).epsilon(0.1));
    CHECK(once[1] == doctest::Approx(-0.2).epsilon(0.1));
    CHECK(test::same_bits(once, tune_box({.seed = 2, .threads = 2, .isa = isa})));
  }
}

TEST_CASE("observations of several kinds allocate nothing from round 2 on") {
  for (const int threads : test::threads()) {
    std::vector<long> counts;
    counts.reserve(15);
    tune_box({.seed = 2, .threads = threads}, [&](const RoundRecord&) { counts.push_back(test::allocations()); });
    REQUIRE(counts.size() == 15);
    CHECK(counts.front() > 0);
    for (std::size_t t = 1; t < counts.size(); ++t) CHECK(counts[t] == counts[t - 1]);
  }
}
