// SPDX-License-Identifier: Apache-2.0
#include "mace/train/vae_trainer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "support/clouds.hpp"
#include "support/executor.hpp"
#include "support/machine.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using test::TinyVae;
using TinyTrainer = VaeTrainer<test::Exec, TinyVae>;

namespace {

constexpr Index tiny_batch = 4;
constexpr VaeTrainingOptions tiny_options = {
    .batch = tiny_batch, .encoder_points = 16, .divergence = 0.01f, .prior_sigma = 0.7f};
constexpr VaeSchedule tiny_schedule = {.rate = 1e-2, .divergence_to = 0.6, .rescale_every = 10};

test::Points clouds(std::uint32_t step) {
  test::Points all;
  for (std::uint32_t b = 0; b < tiny_batch; ++b) {
    const auto one = test::box_points(TinyVae::points, 1000 * step + b);
    all.insert(all.end(), one.begin(), one.end());
  }
  return all;
}

/// Steps `from` to `to` of a training of 200 steps; returns the last step's loss.
VaeLoss train_tiny(test::Exec& exec, TinyTrainer& trainer, std::uint32_t from, std::uint32_t to) {
  VaeLoss loss;
  for (std::uint32_t step = from; step < to; ++step) {
    const auto x = exec.upload(clouds(step));
    loss = trainer.step(x.matrix(3 * TinyVae::points, tiny_batch), step / 200.0);
  }
  return loss;
}

}  // namespace

TEST_CASE("the schedule rises and falls as it says") {
  const VaeSchedule s{
      .rate = 2e-3, .warm_up = 0.02, .first_divergence = 0.25, .divergence_from = 0.2, .divergence_to = 0.6};
  struct Row {
    double done, rate, divergence;
  };
  const double half_way = 0.5 * (1 + std::cos(0.4 * 3.141592653589793));
  for (const Row row : {Row{0.0, 1e-4, 0.25}, Row{0.2, 1e-3 * (1 + std::cos(0.2 * 3.141592653589793)), 0.25},
                        Row{0.4, 2e-3 * half_way, 0.5}, Row{0.5, 1e-3, std::sqrt(0.5)}, Row{1.0, 0.0, 1.0}}) {
    CAPTURE(row.done);
    CHECK(s.rate_at(row.done) == doctest::Approx(row.rate));
    CHECK(s.divergence_at(row.done) == doctest::Approx(row.divergence));
  }
}

TEST_CASE("training makes the reconstruction better, to the same bits for any number of threads") {
  auto exec = test::executor({.seed = 1}), threads = test::executor({.seed = 1, .threads = 2});
  TinyTrainer trainer(exec, tiny_options, tiny_schedule), other(threads, tiny_options, tiny_schedule);
  const double first = train_tiny(exec, trainer, 0, 1).reconstruction;
  const double last = train_tiny(exec, trainer, 1, 200).reconstruction;
  CHECK(last < 0.7 * first);
  CHECK(trainer.steps() == 200);
  train_tiny(threads, other, 0, 200);
  CHECK(test::same_bits(test::on_host(exec, trainer.parameters()), test::on_host(threads, other.parameters())));
}

TEST_CASE("a training taken up from its checkpoint ends with the same bits") {
  auto exec = test::executor({.seed = 2});
  TinyTrainer whole(exec, tiny_options, tiny_schedule);
  train_tiny(exec, whole, 0, 60);
  for (const std::uint32_t stop : {20u, 33u}) {  // where the latents' scale has just been folded, and in between
    CAPTURE(stop);
    TinyTrainer first(exec, tiny_options, tiny_schedule), second(exec, tiny_options, tiny_schedule);
    train_tiny(exec, first, 0, stop);
    second.resume(first.checkpoint());
    CHECK(second.steps() == stop);
    CHECK(test::same_bits(test::on_host(exec, second.parameters()), test::on_host(exec, first.parameters())));
    train_tiny(exec, second, stop, 60);
    CHECK(test::same_bits(test::on_host(exec, second.parameters()), test::on_host(exec, whole.parameters())));
  }
}

TEST_CASE("a trainer refuses what is no checkpoint of its network, and stays as it was") {
  auto exec = test::executor();
  TinyTrainer trainer(exec, tiny_options, tiny_schedule), other(exec, tiny_options, tiny_schedule);
  train_tiny(exec, trainer, 0, 3);
  train_tiny(exec, other, 0, 5);
  Safetensors file = other.checkpoint();
  SUBCASE("another kind of file") {
    file.metadata["kind"] = "prior";
  }
  SUBCASE("another shape") {
    file.tensors["parameters"] = {{3}, {1, 2, 3}};
  }
  SUBCASE("a tensor is missing") {
    file.tensors.erase("latent_scale");
  }
  SUBCASE("no steps") {
    file.metadata.erase("steps");
  }
  SUBCASE("steps that are no number") {
    file.metadata["steps"] = "5 or so";
  }
  SUBCASE("steps that have no random numbers") {
    file.metadata["steps"] = "4294967295";
  }
  SUBCASE("a moment that is no number") {
    file.tensors["adam.second"].values[1] = numeric::not_a_number;
  }
  SUBCASE("a latents' scale that is not finite") {
    file.tensors["latent_scale"].values[2] = numeric::infinity;
  }
  SUBCASE("a latents' scale of more steps than there were") {
    file.tensors["latent_scale"].values[0] = 6;
  }
  CHECK_THROWS_AS(trainer.resume(file), Error);
  train_tiny(exec, trainer, 3, 5);
  CHECK(test::same_bits(test::on_host(exec, trainer.parameters()), test::on_host(exec, other.parameters())));
}

TEST_CASE("a schedule that makes no sense is refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  auto exec = test::executor();
  for (const VaeSchedule& s :
       {VaeSchedule{.rate = 0}, VaeSchedule{.rate = nan}, VaeSchedule{.warm_up = 0}, VaeSchedule{.warm_up = nan},
        VaeSchedule{.first_divergence = 0}, VaeSchedule{.first_divergence = 1.5}, VaeSchedule{.divergence_from = -0.1},
        VaeSchedule{.divergence_from = 0.6}, VaeSchedule{.divergence_to = 1.1}, VaeSchedule{.rescale_every = 0}})
    CHECK_THROWS_AS(TinyTrainer(exec, tiny_options, s), Error);
}

TEST_CASE("a loss that is no number ends the training") {
  auto exec = test::executor();
  TinyTrainer trainer(exec, tiny_options, tiny_schedule);
  auto xyz = clouds(0);
  for (float& v : xyz) v *= 1e30f;
  const auto x = exec.upload(xyz);
  CHECK_THROWS_AS(trainer.step(x.matrix(3 * TinyVae::points, tiny_batch), 0.0), Error);
}

TEST_CASE("folding the latents' scale centers the codes and leaves the reconstruction as it is") {
  auto exec = test::executor({.seed = 3});
  VaeGradient<test::Exec, TinyVae> gradient_of(exec, tiny_options);
  const auto weights = exec.upload(test::random_weights<TinyVae>(5)), gradient = exec.allocate<float>(weights.size()),
             x = exec.upload(clouds(0));
  const MatrixView<const float> view = x.matrix(3 * TinyVae::points, tiny_batch);
  const RandomKey key{1, Stream::training, 1};
  const double before = gradient_of(exec, weights.data(), view, key, gradient.data()).reconstruction;

  LatentScale<test::Exec, TinyVae> scale(exec);
  for (int i = 0; i < 3; ++i) scale.watch(exec, gradient_of.codes());
  auto adam = Adam{}.make_state(exec, TinyVae::parameters);
  scale.fold(exec, weights.data(), adam, tiny_options.prior_sigma);
  const double after = gradient_of(exec, weights.data(), view, key, gradient.data()).reconstruction;
  CHECK(after == doctest::Approx(before).epsilon(1e-4));
  const std::vector<float> codes = test::on_host(exec, gradient_of.codes());
  for (std::size_t l = 0; l < 3; ++l) {
    double mean = 0, square = 0;
    for (std::size_t b = 0; b < tiny_batch; ++b) {
      const double m = codes[6 * b + l], s = std::exp(static_cast<double>(codes[6 * b + 3 + l]));
      mean += m / tiny_batch;
      square += (m * m + s * s) / tiny_batch;
    }
    CHECK(std::abs(mean) < 1e-4);
    CHECK(square == doctest::Approx(0.49).epsilon(1e-3));  // prior_sigma^2
  }
}
