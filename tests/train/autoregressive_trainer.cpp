// SPDX-License-Identifier: Apache-2.0
#include "mace/train/autoregressive_trainer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/model/autoregressive.hpp"
#include "support/executor.hpp"
#include "support/machine.hpp"

using namespace mace;
using TwoJoints = AutoregressiveShape<2, 1, 2, 2, 16>;
using ArmTrainer = AutoregressiveTrainer<test::Exec, TwoJoints>;

namespace {

constexpr Index arm_batch = 256;
constexpr JointLimits<2> limits = {{-2, -1}, {2, 3}};
constexpr AutoregressiveTrainingOptions arm_options = {.batch = arm_batch, .rate = 1e-2};

/// Pairs of a condition c in [-1, 1], x_0 = c or -c with even odds, and x_1 = 1 + c x_0, each with noise of 0.1.
std::vector<float> columns(std::uint32_t step) {
  std::vector<float> all;
  for (std::uint32_t b = 0; b < arm_batch; ++b) {
    Random random({1, Stream::data, step}, b);
    const float c = random.uniform(-1, 1);
    const float first = (random.uniform() < 0.5f ? c : -c) + 0.1f * random.normal();
    all.insert(all.end(), {c, first, 1 + c * first + 0.1f * random.normal()});
  }
  return all;
}

/// Steps `from` to `to` of a training of 300 steps; returns the last step's mean log-likelihood.
double train_arm(test::Exec& exec, ArmTrainer& trainer, std::uint32_t from, std::uint32_t to) {
  double last = 0;
  for (std::uint32_t step = from; step < to; ++step) {
    const auto x = exec.upload(columns(step));
    last = trainer.step(x.matrix(3, arm_batch), step / 300.0);
  }
  return last;
}

}  // namespace

TEST_CASE("training reaches the likelihood of the truth, to the same bits for any number of threads") {
  auto exec = test::executor({.seed = 1}), threads = test::executor({.seed = 1, .threads = 2});
  ArmTrainer trainer(exec, limits, arm_options), other(threads, limits, arm_options);
  const double first = train_arm(exec, trainer, 0, 1), last = train_arm(exec, trainer, 1, 300);
  // Two Gaussians of 0.1, and which of the two modes (half a nat on average of what is at most log 2).
  const double truth = -2 * (std::log(0.1) + 1.4189385) - std::log(2.0);
  CHECK(first < truth - 2);
  CHECK(last > truth - 0.4);
  CHECK(trainer.steps() == 300);
  train_arm(threads, other, 0, 300);
  CHECK(test::same_bits(test::on_host(exec, trainer.parameters()), test::on_host(threads, other.parameters())));
}

TEST_CASE("what was trained samples both modes of a condition") {
  auto exec = test::executor({.seed = 1});
  ArmTrainer trainer(exec, limits, arm_options);
  train_arm(exec, trainer, 0, 300);
  Autoregressive<test::Exec, TwoJoints> model(exec, trainer.parameters(), limits);
  const auto condition = exec.upload(std::vector<float>{0.8f});
  model.set_condition(exec, condition.span());
  const auto samples = test::filled<Vec<2>>(exec, 2000, [&](std::span<Vec<2>> drawn) {
    model.sample(exec, {2, Stream::evaluation, 0}, drawn);
  });
  int above = 0, below = 0;
  double off = 0;
  for (const auto& x : samples) {
    above += std::abs(x[0] - 0.8f) < 0.4f, below += std::abs(x[0] + 0.8f) < 0.4f;
    off += std::abs(double(x[1]) - 1 - 0.8 * double(x[0])) / 2000;
  }
  CHECK(above > 600);
  CHECK(below > 600);
  CHECK(above + below > 1900);
  CHECK(off < 0.15);  // of noise alone 0.08
}

TEST_CASE("an autoregressive training taken up from its checkpoint ends with the same bits") {
  auto exec = test::executor({.seed = 2});
  ArmTrainer whole(exec, limits, arm_options), first(exec, limits, arm_options), second(exec, limits, arm_options);
  train_arm(exec, whole, 0, 60);
  train_arm(exec, first, 0, 23);
  second.resume(first.checkpoint());
  CHECK(second.steps() == 23);
  CHECK(test::same_bits(test::on_host(exec, second.parameters()), test::on_host(exec, first.parameters())));
  train_arm(exec, second, 23, 60);
  CHECK(test::same_bits(test::on_host(exec, second.parameters()), test::on_host(exec, whole.parameters())));
}

TEST_CASE("a held-out batch is judged without a step") {
  auto exec = test::executor({.seed = 1});
  ArmTrainer trainer(exec, limits, arm_options);
  const auto before = test::on_host(exec, trainer.parameters());
  const auto x = exec.upload(columns(7));
  const double judged = trainer.log_likelihood(x.matrix(3, arm_batch));
  CHECK(test::same_bits(test::on_host(exec, trainer.parameters()), before));
  CHECK(trainer.steps() == 0);
  CHECK(trainer.step(x.matrix(3, arm_batch), 0.0) == judged);
}

TEST_CASE("a gradient longer than the longest is shortened to it, a shorter one stays") {
  // Adam's first moment is a tenth of the first gradient.
  const auto length = [](double longest) {
    auto exec = test::executor({.seed = 1});
    ArmTrainer trainer(exec, limits, {.batch = arm_batch, .longest = longest});
    train_arm(exec, trainer, 0, 1);
    const Safetensors after = trainer.checkpoint();
    double square = 0;
    for (const float m : after.tensors.at("adam.first").values)
      square += static_cast<double>(m) * static_cast<double>(m);
    return 10 * std::sqrt(square);
  };
  const double whole = length(1e9);
  CHECK(whole > 0.1);
  CHECK(length(0.5 * whole) == doctest::Approx(0.5 * whole).epsilon(1e-4));
  CHECK(length(2 * whole) == whole);
}

TEST_CASE("an autoregressive trainer refuses other checkpoints, other batches and samples outside the limits") {
  auto exec = test::executor();
  ArmTrainer trainer(exec, limits, arm_options);
  Safetensors file = trainer.checkpoint();
  file.tensors["adam.first"] = {{3}, {1, 2, 3}};
  CHECK_THROWS_AS(trainer.resume(file), Error);
  const auto x = exec.upload(columns(0));
  CHECK_THROWS_WITH_AS(trainer.step(x.matrix(3, 5), 0.0),
                       "AutoregressiveTrainer: wanted a batch of [3, 256], got [3, 5]", Error);
  exec.fill(x.span().subspan(4, 1), 2.5f);
  CHECK_THROWS_AS(trainer.step(x.matrix(3, arm_batch), 0.0), Error);
  exec.fill(x.span().subspan(4, 1), std::nanf(""));
  CHECK_THROWS_AS(trainer.step(x.matrix(3, arm_batch), 0.0), Error);
  CHECK_THROWS_AS(ArmTrainer(exec, limits, {.batch = 0}), Error);
  CHECK_THROWS_AS(ArmTrainer(exec, limits, {.longest = 0}), Error);
}
