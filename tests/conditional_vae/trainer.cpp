// SPDX-License-Identifier: Apache-2.0
#include "conditional_vae/trainer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "support/clouds.hpp"
#include "support/executor.hpp"
#include "support/machine.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using SidedVae = ConditionalVae<test::TinyVae, 2>;
using SidedTrainer = ConditionalVaeTrainer<test::Exec, SidedVae>;

namespace {

constexpr Index sided_batch = 4;
constexpr VaeTrainingOptions sided_options = {
    .batch = sided_batch, .encoder_points = 16, .divergence = 0.1f, .prior_sigma = 0.7f};
constexpr VaeSchedule sided_schedule = {.rate = 1e-2};

/// Boxes half a meter to the left or to the right; the condition says which.
struct Batch {
  Buffer<float, test::Space> clouds, conditions;

  Batch(test::Exec& exec, std::uint32_t step) {
    test::Points xyz, sides;
    for (std::uint32_t b = 0; b < sided_batch; ++b) {
      const float side = b % 2 == 0 ? 1.0f : -1.0f;
      auto one = test::box_points(SidedVae::points, 1000 * step + b);
      for (std::size_t i = 0; i < one.size(); i += 3) one[i] += 0.5f * side;
      xyz.insert(xyz.end(), one.begin(), one.end());
      sides.insert(sides.end(), {side, 1.0f});
    }
    clouds = exec.upload(xyz);
    conditions = exec.upload(sides);
  }
  MatrixView<const float> x() const { return clouds.matrix(3 * SidedVae::points, sided_batch); }
  MatrixView<const float> c() const { return conditions.matrix(2, sided_batch); }
};

/// Steps `from` to `to` of a training of 200 steps; returns the last step's loss.
VaeLoss train_sided(test::Exec& exec, SidedTrainer& trainer, std::uint32_t from, std::uint32_t to) {
  VaeLoss loss;
  for (std::uint32_t step = from; step < to; ++step) {
    const Batch batch_of(exec, step);
    loss = trainer.step(batch_of.x(), batch_of.c(), step / 200.0);
  }
  return loss;
}

/// The mean x of 200 samples under a condition.
double mean_x(test::Exec& exec, std::span<const float> weights, float side) {
  ConditionalSampler<test::Exec, SidedVae> sampler(exec, weights);
  const auto condition = exec.upload(std::vector<float>{side, 1.0f});
  sampler.set_condition(exec, condition.span());
  const auto samples = test::filled<SidedVae::Sample>(exec, 200, [&](auto drawn) {
    sampler.sample(exec, {1, Stream::evaluation, 0}, drawn);
  });
  double sum = 0;
  for (const auto& sample : samples)
    for (int p = 0; p < SidedVae::points; ++p) sum += static_cast<double>(sample.xyz[3 * p]);
  return sum / (200 * SidedVae::points);
}

}  // namespace

TEST_CASE(
    "conditional training lowers the loss, and samples do as the condition says, to the same bits on any threads") {
  auto exec = test::executor({.seed = 1}), threads = test::executor({.seed = 1, .threads = 2});
  SidedTrainer trainer(exec, sided_options, sided_schedule), other(threads, sided_options, sided_schedule);
  CHECK(std::abs(mean_x(exec, trainer.parameters(), 1) - mean_x(exec, trainer.parameters(), -1)) < 0.1);
  const double first = train_sided(exec, trainer, 0, 1).reconstruction;
  const VaeLoss last = train_sided(exec, trainer, 1, 200);
  CHECK(last.reconstruction < 0.5 * first);
  CHECK(std::isfinite(last.divergence));
  CHECK(trainer.steps() == 200);
  train_sided(threads, other, 0, 200);
  CHECK(test::same_bits(test::on_host(exec, trainer.parameters()), test::on_host(threads, other.parameters())));
  CHECK(mean_x(exec, trainer.parameters(), 1) > 0.35);
  CHECK(mean_x(exec, trainer.parameters(), -1) < -0.35);
}

TEST_CASE("the latents' prior begins with the standard deviation that was asked for") {
  auto exec = test::executor({.seed = 4});
  const SidedTrainer trainer(exec, sided_options, sided_schedule);
  const ConditionalSampler<test::Exec, SidedVae> sampler(exec, trainer.parameters());
  const std::vector<float> prior = test::on_host(exec, sampler.prior());
  for (std::size_t l = 0; l < 3; ++l) {
    CHECK(std::abs(prior[l]) < 0.1f);
    CHECK(std::exp(prior[3 + l]) == doctest::Approx(0.7).epsilon(0.1));
  }
}

TEST_CASE("the loss of held-out clouds is a step's, without the step") {
  auto exec = test::executor({.seed = 2});
  SidedTrainer trainer(exec, sided_options, sided_schedule), other(exec, sided_options, sided_schedule);
  const Batch held_out(exec, 9);
  const VaeLoss judged = trainer.loss(held_out.x(), held_out.c(), {2, Stream::training, 1});
  CHECK(test::same_bits(test::on_host(exec, trainer.parameters()), test::on_host(exec, other.parameters())));
  CHECK(other.step(held_out.x(), held_out.c(), 0).reconstruction == judged.reconstruction);
}

TEST_CASE("a conditional training taken up from its checkpoint ends with the same bits") {
  auto exec = test::executor({.seed = 2});
  SidedTrainer whole(exec, sided_options, sided_schedule), first(exec, sided_options, sided_schedule),
      second(exec, sided_options, sided_schedule);
  train_sided(exec, whole, 0, 40);
  train_sided(exec, first, 0, 20);
  second.resume(first.checkpoint());
  CHECK(second.steps() == 20);
  train_sided(exec, second, 20, 40);
  CHECK(test::same_bits(test::on_host(exec, second.parameters()), test::on_host(exec, whole.parameters())));
  Safetensors file = first.checkpoint();
  file.tensors["parameters"] = {{3}, {1, 2, 3}};
  CHECK_THROWS_AS(second.resume(file), Error);
  CHECK(second.steps() == 40);
}

TEST_CASE("a conditional trainer refuses a schedule and a batch that do not fit, and a loss that is no number") {
  auto exec = test::executor();
  CHECK_THROWS_WITH_AS(SidedTrainer(exec, sided_options, {.rate = 0}),
                       "VaeSchedule: wanted a finite rate above 0, got 0", Error);
  SidedTrainer trainer(exec, sided_options, sided_schedule);
  const Batch all(exec, 0);
  CHECK_THROWS_AS(trainer.step(all.x(), {all.conditions.data(), 4, 2}, 0), Error);
  exec.fill(all.conditions.span().subspan(3, 1), numeric::not_a_number);
  CHECK_THROWS_WITH_AS(trainer.step(all.x(), all.c(), 0),
                       "ConditionalVaeTrainer: the loss is no number after 0 steps; wanted a smaller rate", Error);
  CHECK(trainer.steps() == 0);
}
