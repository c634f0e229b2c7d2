// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "mace/core/host_copy.hpp"
#include "mace/model/autoregressive.hpp"
#include "mace/model/gaussian_mixture.hpp"
#include "mace/model/latent_vae.hpp"
#include "mace/posterior/posterior.hpp"
#include "mace/score/cloud_match.hpp"
#include "mace/simulate/half_space_cut.hpp"
#include "mace/tune/tuner.hpp"
#include "support/autoregressive.hpp"
#include "support/small_vae.hpp"

/// Several tuners of one model: the rounds of each are its own, of whatever size the others' are.
namespace mace::test {

/// The sample itself is observed.
template <int Dims>
struct Seen {
  using Sample = Vec<Dims>;
  using Outcome = Vec<Dims>;
  MACE_HD Outcome operator()(const Sample& x) const { return x; }
};

/// The nearer to the origin, the better.
template <int Dims>
struct NearOrigin {
  using Outcome = Vec<Dims>;
  MACE_HD float operator()(const Outcome& x) const { return -norm(x); }
};

struct MixtureTask {
  static constexpr int dims = 2;
  template <class Exec>
  auto model(Exec& exec) const {
    return GaussianMixture<Exec, 2, 3>(exec, std::array<float, 6>{0, 0, 1, 1, 2, 2}, 1);
  }
  template <class Exec, class Model>
  auto tuner(Exec& exec, Model& model, const TunerOptions& options) const {
    return Tuner(exec, model, Seen<2>{}, NearOrigin<2>{}, options);
  }
};

struct ArmTask {
  static constexpr int dims = 3;
  using Shape = AutoregressiveShape<3, 3, 2, 2, 20>;
  template <class Exec>
  auto model(Exec& exec) const {
    return Autoregressive<Exec, Shape>(exec, random_arm<Shape>(2), {{-1, -2, -3}, {1, 2, 3}});
  }
  template <class Exec, class Model>
  auto tuner(Exec& exec, Model& model, const TunerOptions& options) const {
    return Tuner(exec, model, Seen<3>{}, NearOrigin<3>{}, options, Adam{.rate = 1e-4});
  }
};

struct VaeTask {
  static constexpr Index points = SmallTestVae::points;
  template <class Exec>
  auto model(Exec& exec) const {
    return LatentVae<Exec, SmallTestVae>(exec, random_weights<SmallTestVae>(1), 0.7f);
  }
  template <class Exec, class Model>
  auto tuner(Exec& exec, Model& model, const TunerOptions& options) const {
    std::vector<float> observed(150);
    for (std::size_t i = 0; i < observed.size(); ++i) observed[i] = std::sin(static_cast<float>(i));
    return Tuner(exec, model, HalfSpaceCut<points>::none(),
                 CloudMatch<points, typename Exec::Space>(exec, observed, {}), options);
  }
};

/// The parameters that a run of a tuner with options `of` leaves where another tuner of the model was made after it (or
/// none).
template <class Exec, class Task>
std::vector<float> tuned_beside(Exec exec, const Task& task, const TunerOptions& of,
                                const std::optional<TunerOptions>& other) {
  auto model = task.model(exec);
  const auto parameters = [&] { return copy_to_host(exec, std::span<const float>(model.parameters())); };
  auto first = task.tuner(exec, model, of);
  if (!other) {
    first.run();
    return parameters();
  }
  auto second = task.tuner(exec, model, *other);
  first.run();
  const std::vector<float> after_first = parameters();
  second.run();
  first.run();
  const std::vector<float> in_turns = parameters();
  CHECK(std::ranges::all_of(in_turns, [](float p) { return std::isfinite(p); }));
  return after_first;
}

/// Rounds of many elites and few, in many batches and few, beside each other; make() is an executor.
template <class Make, class Task>
void check_tuners_of_one_model(const Make& make, const Task& task) {
  const auto of = [](Index elites, Index batches) {
    return TunerOptions{.samples = 80,
                        .quantile = static_cast<double>(elites) / 80,
                        .rounds = 4,
                        .steps_per_round = 6,
                        .batches = batches};
  };
  const std::pair<TunerOptions, TunerOptions> pairs[] = {
      {of(4, 1), of(40, 4)}, {of(40, 4), of(4, 1)}, {of(8, 4), of(40, 1)}, {of(40, 1), of(8, 4)}};
  for (const auto& [options, other] : pairs) {
    CAPTURE(options.quantile);
    CAPTURE(other.quantile);
    CHECK(tuned_beside(make(), task, options, other) == tuned_beside(make(), task, options, std::nullopt));
  }
}

/// A tuner whose model a posterior fits too, to more samples.
template <class Make, class Task>
void check_tuner_beside_posterior(const Make& make, const Task& task) {
  const TunerOptions options{.samples = 80, .quantile = 0.1, .rounds = 4, .steps_per_round = 6};
  auto exec = make();
  auto model = task.model(exec);
  auto tuner = task.tuner(exec, model, options);
  Posterior posterior(exec, model, Seen<Task::dims>{}, NearOrigin<Task::dims>{},
                      {.samples = 100, .rounds = 3, .fitted = 120, .batches = 3, .steps_per_round = 6},
                      Adam{.rate = 1e-4});
  tuner.run();
  CHECK(copy_to_host(exec, std::span<const float>(model.parameters())) ==
        tuned_beside(make(), task, options, std::nullopt));
  CHECK(posterior.run().rounds > 0);
  CHECK(tuner.run().rounds == 4);
}

}  // namespace mace::test
