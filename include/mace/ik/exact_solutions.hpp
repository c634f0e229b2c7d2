// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "mace/backend/concept.hpp"
#include "mace/core/stopwatch.hpp"
#include "mace/kinematics/refine.hpp"
#include "mace/tune/report.hpp"

namespace mace {

/// Says whether a configuration is free of collision. Several threads ask at a time.
template <class C>
concept FreeCheck = requires(const C& check, std::span<const double> q) {
  { check.is_free(q) } -> std::same_as<bool>;
};

/// What a solution must be, and when to stop looking for more.
struct ExactOptions {
  Index solutions = 10;       ///< enough
  double deadline = 1;        ///< seconds, from construction on
  RefineOptions refine = {};  ///< how near to the goal a solution is
  double apart = 0.05;        ///< radians or meters: solutions that differ by less in every joint are one

  /// Itself. Errors: numbers that make no sense.
  const ExactOptions& checked() const {
    const auto positive = [](double x) { return x > 0 && std::isfinite(x); };
    require(solutions > 0, "ExactOptions: wanted at least one solution, got ", solutions);
    require(positive(deadline), "ExactOptions: wanted a deadline of some seconds, got ", deadline);
    require(positive(refine.distance) && positive(refine.turn) && refine.iterations > 0,
            "ExactOptions: wanted tolerances and iterations above 0, got ", refine.distance, " m, ", refine.turn,
            " rad, ", refine.iterations);
    require(apart >= 0, "ExactOptions: wanted a distance between solutions of at least 0, got ", apart);
    return *this;
  }
};

/// What came of the search so far.
struct ExactReport {
  Index tries = 0;              ///< starts that were refined
  Index at_goal = 0;            ///< of them, those that reached the goal
  Index free = 0;               ///< of those, the ones that are certified: solutions, and copies of them
  std::optional<double> first;  ///< seconds from construction to the first solution
  double seconds = 0;           ///< from construction to the last try
};

/// Exact solutions of a reaching task, at any time: starts that others propose (samples of a prior, elites of a run) or
/// that are drawn uniformly are refined onto the goal, then certified. What it returns is within the limits, at the
/// goal and free, by the check; nothing else ever. That there is none is a result.
///
/// It is an observer of Tuner::run too, where it tries the elites of each round and ends the run when it is done.
template <class Exec, int Joints, FreeCheck Check>
class ExactSolutions {
  static_assert(
      std::same_as<typename Exec::Space, HostSpace>,
      "mace::ExactSolutions: wanted an executor of the host, which is where solutions are refined and certified");

 public:
  using Configuration = Vec<Joints, double>;

  /// Executor and check must outlive it. The goal is in the frame of the chain's base.
  /// Errors: those of ExactOptions::checked and of `require_in_reach`.
  ExactSolutions(Exec& exec, const SerialChain<Joints, double>& chain, const Check& check, const BaseGoal<double>& goal,
                 const ExactOptions& options = {})
      : exec_(exec), chain_(chain), check_(check), goal_(goal), options_(options.checked()), tried_(most_at_a_time) {
    require_in_reach(chain_, goal_, options_.refine, key(0));
  }

  /// Enough solutions, or no time left.
  bool done() const { return enough() || watch_.seconds() >= options_.deadline; }

  /// Tries configurations, in order, until it is done. Those that are not finite or beyond the limits are moved within.
  template <class Real>
  void try_starts(std::span<const Vec<Joints, Real>> starts) {
    for (std::size_t first = 0; first < starts.size() && !done();) {
      const std::size_t count = std::min(batch(), starts.size() - first);
      try_batch(count, [&](std::size_t i) { return starts[first + i].template as<double>(); });
      first += count;
    }
  }

  /// Tries `count` configurations that are uniform within the limits, or until it is done. Where solutions turn out to
  /// be rare, every other one is next to a solution instead: better a few alike than a few.
  void try_uniform(Index count) {
    for (Index left = count; left > 0 && !done();) {
      const std::size_t now = std::min(batch(), static_cast<std::size_t>(left));
      const bool rare = report_.tries >= patience && !solutions_.empty();
      const RandomKey batch_key = key(++batches_drawn_);
      try_batch(now, [&](std::size_t i) {
        const auto which = static_cast<std::uint32_t>(i);
        return rare && i % 2 == 1 ? neighbor(solutions_[i / 2 % solutions_.size()], batch_key, which)
                                  : uniform_configuration(chain_, batch_key, which);
      });
      left -= static_cast<Index>(now);
    }
  }

  /// As an observer: tries the elites of the round, the best first; true (the last round) when it is done.
  template <class Real>
  bool operator()(const RoundRecord& round, const Snapshot<Vec<Joints, Real>>& seen) {
    order_.resize(seen.log_scores.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    const auto elites = order_.begin() + round.elites;
    std::partial_sort(order_.begin(), elites, order_.end(), [&](std::size_t a, std::size_t b) {
      return seen.log_scores[a] > seen.log_scores[b] || (seen.log_scores[a] == seen.log_scores[b] && a < b);
    });
    std::vector<Vec<Joints, Real>> starts;
    for (auto i = order_.begin(); i != elites; ++i) starts.push_back(seen.samples[*i]);
    try_starts(std::span<const Vec<Joints, Real>>(starts));
    return done();
  }

  /// Those found, in order; at most as many as wanted.
  std::span<const Configuration> solutions() const { return solutions_; }
  const ExactReport& report() const { return report_; }

 private:
  /// Starts that are tried at a time; the first ones singly, on the caller's thread: an easy goal is answered before
  /// others would be awake.
  static constexpr std::size_t most_at_a_time = 256;
  std::size_t batch() const { return report_.tries < 256 ? 1 : most_at_a_time; }
  /// Tries after which solutions are rare if there are not enough.
  static constexpr Index patience = 50'000;

  struct Try {
    Configuration q;
    bool at_goal, free;
  };

  /// A start some way from a configuration.
  static Configuration neighbor(Configuration q, const RandomKey& key, std::uint32_t which) {
    Random random(key, which);
    for (int j = 0; j < Joints; ++j) q[j] += 0.3 * static_cast<double>(random.normal());
    return q;
  }

  RandomKey key(std::uint32_t round) const { return {exec_.seed(), Stream::restart, round}; }
  bool enough() const { return static_cast<Index>(solutions_.size()) >= options_.solutions; }

  /// All tries of a batch run, whatever comes of them, and are counted in order: the result does not depend on threads.
  template <class Start>
  void try_batch(std::size_t count, const Start& start) {
    exec_.for_each_sample(static_cast<Index>(count), [&](Index i) {
      const auto at = refine(chain_, goal_, start(static_cast<std::size_t>(i)), options_.refine);
      const bool free = at.reached && check_.is_free(std::span<const double>(at.q.v));
      tried_[static_cast<std::size_t>(i)] = {at.q, at.reached, free};
    });
    report_.seconds = watch_.seconds();
    for (std::size_t i = 0; i < count; ++i) {
      ++report_.tries;
      report_.at_goal += tried_[i].at_goal ? 1 : 0;
      if (tried_[i].free) keep(tried_[i].q);
    }
  }

  void keep(const Configuration& q) {
    ++report_.free;
    const auto same = [&](const Configuration& other) {
      for (int j = 0; j < Joints; ++j)
        if (std::abs(q[j] - other[j]) >= options_.apart) return false;
      return true;
    };
    if (enough() || std::any_of(solutions_.begin(), solutions_.end(), same)) return;
    if (!report_.first) report_.first = report_.seconds;
    solutions_.push_back(q);
  }

  Stopwatch watch_;
  Exec& exec_;
  SerialChain<Joints, double> chain_;
  const Check& check_;
  BaseGoal<double> goal_;
  ExactOptions options_;
  std::vector<Try> tried_;
  std::vector<std::size_t> order_;
  std::vector<Configuration> solutions_;
  ExactReport report_;
  std::uint32_t batches_drawn_ = 0;
};

}  // namespace mace
