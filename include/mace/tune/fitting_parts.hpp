// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <type_traits>

#include "mace/backend/concept.hpp"
#include "mace/core/philox.hpp"
#include "mace/model/concept.hpp"
#include "mace/score/concept.hpp"
#include "mace/simulate/concept.hpp"

namespace mace::detail {

template <class F, class... Arguments>
concept OnlyCallableIfMutable = std::invocable<F&, Arguments...> && !std::invocable<const F&, Arguments...>;

template <class S>
concept ScoreOfTruth = requires(const S& score, const typename S::Outcome& outcome) {
  { score(outcome) } -> std::same_as<bool>;
};

/// The requirements of Tuner and Posterior on their first four arguments, one static_assert each. The asserts are
/// ordered so that the cause is reported before the errors that follow from it (docs/mistakes.md).
template <class Exec, class ModelType, class Simulator, class Score>
struct FittingParts {
  static constexpr bool value = true;

  static_assert(!std::is_rvalue_reference_v<Exec>,
                "mace: the executor must outlive what uses it; give it a name first: auto exec = mace::cpu(...)");
  static_assert(!std::is_rvalue_reference_v<ModelType>,
                "mace: the model is tuned in place and must outlive the tuner; give it a name first");
  static_assert(!std::is_const_v<Exec>, "mace: the executor must not be const");
  static_assert(!std::is_const_v<ModelType>, "mace: the model must not be const, since it is tuned in place");
  static_assert(Executor<Exec>, "mace: the first argument must be an executor, such as mace::cpu(...)");

  static_assert(
      requires { typename ModelType::Sample; },
      "mace: the model must say what it draws, `using Sample = ...;`, public");
  using Sample = typename ModelType::Sample;
  static_assert(
      std::is_trivially_copyable_v<Sample>,
      "mace: a Sample must be trivially copyable: numbers of fixed count such as mace::Vec<3>, no std::vector");
  static_assert(Model<ModelType, Exec>,
                "mace: the model must have Sample, parameters(), reserve(), sample(), set_elites() and "
                "likelihood_gradient(), public; see mace/model/concept.hpp");

  static_assert(
      requires {
        typename Simulator::Sample;
        typename Simulator::Outcome;
      },
      "mace: the third argument must be a simulator, which says what it takes and gives, `using Sample = ...; "
      "using Outcome = ...;`, public");
  using Outcome = typename Simulator::Outcome;
  static_assert(std::same_as<Sample, typename Simulator::Sample>,
                "mace: the simulator's Sample must be the type that the model draws");
  static_assert(
      std::is_trivially_copyable_v<Outcome>,
      "mace: an Outcome must be trivially copyable: numbers of fixed count such as mace::Vec<3>, no std::vector");
  static_assert(!OnlyCallableIfMutable<Simulator, const Sample&> &&
                    !OnlyCallableIfMutable<Simulator, const Sample&, Random&>,
                "mace: the simulator's operator() must be const");
  static_assert(SampleSimulator<Simulator> || BatchSimulator<Simulator, Exec>,
                "mace: the simulator must have either `Outcome operator()(const Sample&) const` (with noise: also a "
                "Random&) or `simulate(exec, samples, outcomes)`, public; see mace/simulate/concept.hpp");

  static_assert(
      requires { typename Score::Outcome; },
      "mace: the fourth argument must be a score, which says what it takes, `using Outcome = ...;`, public");
  static_assert(std::same_as<Outcome, typename Score::Outcome>,
                "mace: the score's Outcome must be the type that the simulator gives");
  static_assert(!OnlyCallableIfMutable<Score, const Outcome&>, "mace: the score's operator() must be const");
  static_assert(!ScoreOfTruth<Score>,
                "mace: a score must be the logarithm of S, a float, not a bool: 0 where the outcome agrees, "
                "-mace::numeric::infinity where it cannot be");
  static_assert(OutcomeScore<Score> || BatchScore<Score, Exec>,
                "mace: the score must have either `float operator()(const Outcome&) const` or "
                "`log_scores(exec, outcomes, log_scores)`, public; see mace/score/concept.hpp");
};

/// Validates a policy that has a check() before it is used.
template <class Policy>
Policy checked(Policy policy) {
  if constexpr (requires { policy.check(); }) policy.check();
  return policy;
}

/// True if the executor or the model is a temporary.
template <class Exec, class ModelType>
concept Temporaries = !(std::is_lvalue_reference_v<Exec> && std::is_lvalue_reference_v<ModelType>);

}  // namespace mace::detail
