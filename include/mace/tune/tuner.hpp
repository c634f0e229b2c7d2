// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "mace/backend/concept.hpp"
#include "mace/core/host_copy.hpp"
#include "mace/core/stopwatch.hpp"
#include "mace/fit/adam.hpp"
#include "mace/fit/concept.hpp"
#include "mace/fit/likelihood.hpp"
#include "mace/model/concept.hpp"
#include "mace/score/concept.hpp"
#include "mace/select/top_quantile.hpp"
#include "mace/simulate/concept.hpp"
#include "mace/tune/fitting_parts.hpp"
#include "mace/tune/options.hpp"
#include "mace/tune/report.hpp"
#include "mace/tune/round_facts.hpp"

namespace mace {

/// Adapts a model to an observation, in place, by the cross-entropy method (paper, Alg. 1): each round draws samples,
/// simulates and scores them, and fits the model to the elites. All memory is allocated at construction.
template <class Exec, class ModelType, class Simulator, class Score, class OptimizerType = Adam,
          class Select = TopQuantile, class ObjectiveType = Likelihood>
class Tuner {
  static_assert(detail::FittingParts<Exec, ModelType, Simulator, Score>::value);

 public:
  using Sample = typename ModelType::Sample;
  using Outcome = typename Simulator::Outcome;
  static_assert(Optimizer<OptimizerType, Exec>,
                "mace::Tuner: the optimizer must have make_state(exec, parameters) and ascend(exec, state, parameters, "
                "gradient); see mace/fit/concept.hpp");
  static_assert(Selector<Select, Exec> || SampleSelector<Select, Exec, ModelType>,
                "mace::Tuner: the selector must be callable as select(exec, log_scores, workspace, elites), or have "
                "reserve() and be callable as select(exec, model, samples, log_scores, workspace, elites) for this "
                "model; see mace/select/concept.hpp");
  static_assert(
      Objective<ObjectiveType, Exec, ModelType, OptimizerType>,
      "mace::Tuner: the objective must be callable as objective(exec, model, elites, optimizer, state, gradient, "
      "steps) for this model (MomentMatch needs one with match_moments); see mace/fit/concept.hpp");

  /// Prepares a run; the model stays unchanged until run().
  /// @param exec       executor that runs every stage; must outlive the tuner
  /// @param model      the prior, tuned in place; must outlive the tuner
  /// @param simulator  maps samples to predicted observations (line 3)
  /// @param score      compares a prediction with the observation (line 4)
  /// @param options    the hyperparameters of Alg. 1
  /// @param optimizer  takes the gradient steps (line 6)
  /// @param select     chooses the elites (line 5)
  /// @param objective  function of theta that the optimizer maximizes
  /// @throws Error if the options or a policy are invalid, or if memory runs out.
  Tuner(Exec& exec, ModelType& model, Simulator simulator, Score score, const TunerOptions& options = {},
        OptimizerType optimizer = {}, Select select = {}, ObjectiveType objective = {})
      : exec_(exec),
        model_(model),
        simulator_(std::move(simulator)),
        score_(detail::checked(std::move(score))),
        options_(options.checked()),
        optimizer_(detail::checked(std::move(optimizer))),
        select_(detail::checked(std::move(select))),
        objective_(detail::checked(std::move(objective))),
        samples_(exec.template allocate<Sample>(options.samples)),
        outcomes_(exec.template allocate<Outcome>(options.samples)),
        log_scores_(exec.template allocate<float>(options.samples)),
        order_(exec.template allocate<std::int32_t>(options.samples)),
        gradient_(exec.template allocate<float>(parameter_count())),
        drawn_with_(exec.template allocate<float>(parameter_count())),
        elites_(exec, elite_count(options.samples, options.quantile) / options.batches, options.batches),
        state_(optimizer_.make_state(exec, parameter_count())),
        facts_(exec.template allocate<RoundFacts>(1)),
        rounds_drawn_(exec.template allocate<std::uint32_t>(1)),
        mailbox_(exec) {
    model_.reserve(exec_, options_.samples, elites_.indices.size(), options_.batches);
    if constexpr (SampleSelector<Select, Exec, ModelType>)
      select_.reserve(exec_, options_.samples, elites_.indices.size());
  }

  /// Runs Alg. 1 from the model's current parameters. A further run continues with fresh random numbers.
  ///
  /// Each observer is called after every round with its RoundRecord, and with a Snapshot if it takes one; the run ends
  /// after a round for which an observer returns true. Without snapshots a device may already have queued up to
  /// Exec::rounds_ahead further rounds by then, which still tune the model.
  /// @throws Error if a score is NaN (unless nan_is_infeasible) or above 1, if a weight is NaN, after
  ///   max_infeasible_rounds consecutive infeasible rounds, if every round was infeasible, or if a fit leaves
  ///   parameters that are not finite.
  template <class... Observers>
  Report run(Observers&&... observers) {
    constexpr bool seen = (takes_snapshot<Observers> || ...);
    constexpr Index ahead = seen ? 0 : Exec::rounds_ahead;
    Report report;
    report.history.reserve(static_cast<std::size_t>(std::min<Index>(options_.rounds, 1'000'000)));
    const Stopwatch watch;
    infeasible_in_a_row_ = 0;
    exec_.fill(facts_.span(), RoundFacts{});
    Index begun = 0;
    for (Index t = 0; t < begun || (begun < options_.rounds && !report.stopped); ++t) {
      for (; begun < options_.rounds && begun <= t + ahead && !report.stopped; ++begun) {
        if constexpr (seen) exec_.copy(std::span<const float>(model_.parameters()), drawn_with_.span());
        if constexpr (recorded)
          report.replayed += exec_.replay(recording_, [&] { round(report.seconds); }) ? 1 : 0;
        else
          round(report.seconds);
        mailbox_.post(exec_, begun, facts_.data());
      }
      const RoundFacts facts = mailbox_.wait(exec_, t);
      check(t, facts);
      report.nan_share += static_cast<double>(facts.nans) / static_cast<double>(options_.samples);
      report.steps += facts.fits != 0 ? steps_a_fit_ : 0;
      ++report.rounds;
      report.history.push_back(record(t, facts, watch.seconds()));
      ((report.stopped |= observed(observers, report.history.back())), ...);
      count_infeasible(report);
    }
    require(report.infeasible_rounds == 0 || report.infeasible_rounds < report.rounds, "Tuner: none of ",
            options_.samples, " samples was feasible in any of ", report.rounds,
            " rounds; the prior does not reach the observation");
    if (report.rounds > 0) report.nan_share /= static_cast<double>(report.rounds);
    report.seconds.total = watch.seconds();
    return report;
  }

  /// Replaces the score, and with it the observation. The next run continues from the current parameters.
  void observe(Score score) {
    score_ = detail::checked(std::move(score));
    recording_.forget();  // it contains the previous score
  }

  /// The validated options.
  const TunerOptions& options() const { return options_; }

 private:
  /// Only a device queues rounds ahead of the host and benefits from a recording.
  static constexpr bool ahead_of_host = Exec::rounds_ahead > 0;
  static constexpr bool recorded = ahead_of_host && CapturableSimulator<Simulator> && CapturableScore<Score>;

  /// Runs a stage and adds its wall-clock time to `sum`, if the host waits for the stage.
  template <class Stage>
  static void timed(double& sum, const Stage& stage) {
    const Stopwatch watch;
    stage();
    if constexpr (!ahead_of_host) sum += watch.seconds();
  }

  Index parameter_count() const { return static_cast<Index>(model_.parameters().size()); }
  std::span<const Sample> drawn() const { return samples_.span(); }
  std::span<const Outcome> outcomes() const { return outcomes_.span(); }
  std::span<const float> log_scores() const { return log_scores_.span(); }

  /// Alg. 1, lines 2 to 6. The host neither decides nor waits here, so that a device can record the round.
  void round(PhaseSeconds& seconds) {
    const RandomKey draw{exec_.seed(), Stream::draw, 0, rounds_drawn_.data()},
        noise{exec_.seed(), Stream::simulator, 0, rounds_drawn_.data()};
    timed(seconds.sample, [&] { model_.sample(exec_, draw, samples_.span()); });
    timed(seconds.simulate, [&] { simulate(exec_, simulator_, drawn(), outcomes_.span(), noise); });
    timed(seconds.score, [&] { score_outcomes(exec_, score_, outcomes(), log_scores_.span()); });
    timed(seconds.select, [&] {
      exec_.summarize(log_scores(), &facts_.data()->scores);
      if (options_.nan_is_infeasible) {
        exec_.for_each_element(options_.samples, detail::NanIsInfeasible{log_scores_.data()});
        exec_.for_each_sample(1, detail::NoteNans{facts_.data()});
        exec_.summarize(log_scores(), &facts_.data()->scores);
      }
      select_elites(exec_, select_, model_, drawn(), log_scores(), order_.span(), elites_);
      exec_.for_each_sample(1, detail::JudgeRound{log_scores_.data(), elites_.indices.data(), elites_.found.data(),
                                                  elites_.weights.data(), elites_.indices.size(), facts_.data()});
    });
    // An infeasible round leaves the model unchanged.
    timed(seconds.fit, [&] { exec_.only_if(&facts_.data()->fits, [&] { fit(); }); });
    exec_.for_each_sample(1, detail::CountRound{rounds_drawn_.data()});  // a second run draws other numbers
  }

  void fit() {
    model_.set_elites(exec_, drawn(), elites_);
    steps_a_fit_ = objective_(exec_, model_, elites_, optimizer_, state_, gradient_.span(), options_.steps_per_round);
    exec_.find_not_finite(model_.parameters(), &facts_.data()->lost);
  }

  /// @throws Error if the round's scores, weights or parameters are invalid.
  void check(Index round, const RoundFacts& facts) const {
    const ScoreSummary& scores = facts.scores;
    require(scores.nans == 0, "Tuner: the score stage gave NaN for ", scores.nans, " of ", options_.samples,
            " samples in round ", round);
    require(scores.best_log_score <= RoundFacts::highest_log_score, "Tuner: wanted log scores of at most 0, got ",
            scores.best_log_score, " in round ", round,
            " (a probability? give its logarithm; a log density? subtract its largest value)");
    require(facts.spoilt == 0, "Tuner: wanted elites with finite weights, got NaN in round ", round,
            " (of importance sampling: a density that is NaN, or zero where the model drew)");
    require(facts.lost == 0,
            "Tuner: wanted finite parameters after the fit, got NaN or infinity; "
            "a smaller rate may help");
  }

  RoundRecord record(Index round, const RoundFacts& facts, double seconds) const {
    const bool infeasible = facts.elites == 0;
    return {round,
            options_.rounds,
            facts.scores.mean_score,
            numeric::exp(facts.scores.best_log_score),
            infeasible ? 0.0f : numeric::exp(facts.threshold),
            facts.elites,
            infeasible ? 0.0 : facts.effective_samples,
            static_cast<double>(facts.nans) / static_cast<double>(options_.samples),
            seconds};
  }

  void count_infeasible(Report& report) {
    const bool infeasible = report.history.back().elites == 0;
    infeasible_in_a_row_ = infeasible ? infeasible_in_a_row_ + 1 : 0;
    report.infeasible_rounds += infeasible ? 1 : 0;
    require(infeasible_in_a_row_ < options_.max_infeasible_rounds, "Tuner: none of ", options_.samples,
            " samples was feasible in ", infeasible_in_a_row_,
            " rounds one after the other; the prior does not reach the observation");
  }

  template <class Observer>
  static constexpr bool takes_snapshot =
      std::invocable<std::remove_reference_t<Observer>&, const RoundRecord&, const Snapshot<Sample>&>;

  template <class Observer>
  bool observed(Observer& observer, const RoundRecord& record) {
    using Seen = Snapshot<Sample>;
    static_assert(std::invocable<Observer&, const RoundRecord&> || takes_snapshot<Observer>,
                  "mace::Tuner: an observer must be callable with a RoundRecord, or with a RoundRecord and a Snapshot");
    if constexpr (takes_snapshot<Observer>)
      return tell(observer, record,
                  Seen{seen_parameters_.of(exec_, drawn_with_), seen_samples_.of(exec_, samples_),
                       seen_log_scores_.of(exec_, log_scores_)});
    else
      return tell(observer, record);
  }

  Exec& exec_;
  ModelType& model_;
  Simulator simulator_;
  Score score_;
  const TunerOptions options_;
  OptimizerType optimizer_;
  Select select_;
  ObjectiveType objective_;

  template <class T>
  using Memory = Buffer<T, typename Exec::Space>;
  Memory<Sample> samples_;
  Memory<Outcome> outcomes_;
  Memory<float> log_scores_;
  Memory<std::int32_t> order_;
  Memory<float> gradient_, drawn_with_;
  Elites<typename Exec::Space> elites_;
  OptimizerState<OptimizerType, Exec> state_;
  Memory<RoundFacts> facts_;
  Memory<std::uint32_t> rounds_drawn_;
  typename Exec::template Mailbox<RoundFacts> mailbox_;
  typename Exec::Recording recording_;
  HostCopy<float, typename Exec::Space> seen_parameters_, seen_log_scores_;
  HostCopy<Sample, typename Exec::Space> seen_samples_;
  Index steps_a_fit_ = 0, infeasible_in_a_row_ = 0;
};

// Deduction guide for temporaries, so that a static_assert above can report that they need names.
template <class Exec, class ModelType, class Simulator, class Score, class OptimizerType = Adam,
          class Select = TopQuantile, class ObjectiveType = Likelihood>
requires detail::Temporaries<Exec, ModelType> Tuner(Exec&&, ModelType&&, Simulator, Score, const TunerOptions& = {},
                                                    OptimizerType = {}, Select = {}, ObjectiveType = {})
->Tuner<Exec&&, ModelType&&, Simulator, Score, OptimizerType, Select, ObjectiveType>;

}  // namespace mace
