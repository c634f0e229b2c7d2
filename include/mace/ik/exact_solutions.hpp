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

/// A collision check of configurations: `is_free(q)` is true if q is certified free of collision. It is called from
/// several threads at a time.
template <class C>
concept FreeCheck = requires(const C& check, std::span<const double> q) {
  { check.is_free(q) } -> std::same_as<bool>;
};

/// Tolerances and termination criteria of ExactSolutions.
struct ExactOptions {
  Index solutions = 10;       ///< number of solutions to find
  double deadline = 1;        ///< time limit since construction, seconds
  RefineOptions refine = {};  ///< tolerances of a solution, and the iteration limit of each refinement
  double apart = 0.05;        ///< solutions that differ by less in every joint are duplicates; radians or meters

  /// Validates the options and returns `*this`.
  /// @throws Error unless all numbers are positive, `deadline` and the tolerances finite; `apart` may be 0.
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

/// Progress of a search by ExactSolutions.
struct ExactReport {
  Index tries = 0;              ///< number of starts refined
  Index at_goal = 0;            ///< number of starts that reached the goal
  Index free = 0;               ///< number of those certified as collision-free, duplicates included
  std::optional<double> first;  ///< time from construction to the first solution, seconds
  double seconds = 0;           ///< time from construction to the end of the last batch, seconds
};

/// Anytime search for collision-free inverse kinematics solutions. Starts, which are uniform or come from the caller
/// (samples of a prior, elites of a run), are refined onto the goal and then checked for collision. Every solution is
/// within the joint limits, within the tolerances of the goal, and free of collision by the check. If the search finds
/// none, the list of solutions is empty, which is not an error.
///
/// An ExactSolutions is also an observer of Tuner::run: it refines the elites of each round and ends the run when the
/// search is done.
template <class Exec, int Joints, FreeCheck Check>
class ExactSolutions {
  static_assert(
      std::same_as<typename Exec::Space, HostSpace>,
      "mace::ExactSolutions: wanted an executor of the host, which is where solutions are refined and certified");

 public:
  /// One joint position per joint, radians or meters.
  using Configuration = Vec<Joints, double>;

  /// Starts the clock and verifies that the goal can be reached.
  /// @param exec  host executor; must outlive this object
  /// @param chain  the kinematic chain
  /// @param check  collision check; must outlive this object
  /// @param goal  target pose in the base frame
  /// @param options  tolerances and termination criteria
  /// @throws Error if ExactOptions::checked() or require_in_reach() throws.
  ExactSolutions(Exec& exec, const SerialChain<Joints, double>& chain, const Check& check, const BaseGoal<double>& goal,
                 const ExactOptions& options = {})
      : exec_(exec), chain_(chain), check_(check), goal_(goal), options_(options.checked()), tried_(most_at_a_time) {
    require_in_reach(chain_, goal_, options_.refine, key(0));
  }

  /// True if enough solutions were found or the deadline has passed.
  bool done() const { return enough() || watch_.seconds() >= options_.deadline; }

  /// Refines and checks configurations in order, until the search is done. NaN and entries beyond a joint limit are
  /// moved to a limit.
  template <class Real>
  void try_starts(std::span<const Vec<Joints, Real>> starts) {
    for (std::size_t first = 0; first < starts.size() && !done();) {
      const std::size_t count = std::min(batch(), starts.size() - first);
      try_batch(count, [&](std::size_t i) { return starts[first + i].template as<double>(); });
      first += count;
    }
  }

  /// Refines and checks `count` configurations drawn uniformly within the joint limits, or fewer if the search is done
  /// before. Where solutions are rare, every second start is drawn near a known solution instead, since several similar
  /// solutions are better than too few.
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

  /// Observer of Tuner::run: refines and checks the elites of the round, best first.
  /// @param round  record of the round
  /// @param seen  samples and log scores of the round
  /// @return true, which ends the run, when the search is done
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

  /// The solutions found so far, in the order of discovery; at most ExactOptions::solutions.
  std::span<const Configuration> solutions() const { return solutions_; }
  /// Progress of the search.
  const ExactReport& report() const { return report_; }

 private:
  /// Batch size. The first starts are tried one by one on the calling thread: an easy goal is solved before other
  /// threads would wake up.
  static constexpr std::size_t most_at_a_time = 256;
  std::size_t batch() const { return report_.tries < 256 ? 1 : most_at_a_time; }
  /// Solutions count as rare if there are not enough after this many tries.
  static constexpr Index patience = 50'000;

  struct Try {
    Configuration q;
    bool at_goal, free;
  };

  /// A start near a configuration.
  static Configuration neighbor(Configuration q, const RandomKey& key, std::uint32_t which) {
    Random random(key, which);
    for (int j = 0; j < Joints; ++j) q[j] += 0.3 * static_cast<double>(random.normal());
    return q;
  }

  RandomKey key(std::uint32_t round) const { return {exec_.seed(), Stream::restart, round}; }
  bool enough() const { return static_cast<Index>(solutions_.size()) >= options_.solutions; }

  /// All tries of a batch run to their end and are counted in order, so the result does not depend on the number of
  /// threads.
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
