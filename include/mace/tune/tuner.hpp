// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "mace/backend/concept.hpp"
#include "mace/model/concept.hpp"
#include "mace/score/concept.hpp"
#include "mace/select/top_quantile.hpp"
#include "mace/simulate/concept.hpp"
#include "mace/tune/report.hpp"
#include "mace/update/adam.hpp"
#include "mace/update/concept.hpp"
#include "mace/update/likelihood.hpp"

namespace mace {

/// The numbers of Alg. 1.
struct TunerOptions {
  Index samples = 256;           ///< N, drawn a round
  double quantile = 1.0 / 16;    ///< q: the best floor(q N) are the elites
  Index rounds = 100;            ///< T, at the most
  Index steps = 32;              ///< M, gradient steps a round
  Index batches = 1;             ///< 2: each step sees half of the round, with elites of its own (paper, App. A)
  Index max_barren_rounds = 10;  ///< so many rounds without a possible sample, one after the other, are an error
};

/// How a round's samples change the model: which of them are elites, the optimiser, and what it climbs.
template <class Select = TopQuantile, class Update = Adam, class Objective = Likelihood>
struct Policies {
  Select select{};
  Update update{};
  Objective objective{};
};

/// Model adaptation with the cross-entropy method (paper, Alg. 1). Tunes `model`, in place, until it samples what the
/// simulator and the score say agrees with the evidence. All memory is taken at construction.
template <class Exec, class ModelType, class Simulator, class Score, class Select = TopQuantile, class Update = Adam,
          class ObjectiveType = Likelihood>
class Tuner {
  static_assert(Executor<Exec>, "mace::Tuner: the first argument must be an executor, such as mace::cpu(...)");
  static_assert(Model<ModelType, Exec>,
                "mace::Tuner: the model must have Sample, parameters(), reserve(), sample(), set_elites() and "
                "likelihood_gradient(); see mace/model/concept.hpp");
  static_assert(SampleSimulator<Simulator> || BatchSimulator<Simulator, Exec>,
                "mace::Tuner: the simulator must have Sample, Outcome and either `Outcome operator()(const Sample&) "
                "const` (with noise: also a Random&) "
                "or `simulate(exec, samples, outcomes)`; see mace/simulate/concept.hpp");
  static_assert(OutcomeScore<Score> || BatchScore<Score, Exec>,
                "mace::Tuner: the score must have Outcome and either `float operator()(const Outcome&) const` or "
                "`log_scores(exec, outcomes, log_scores)`; see mace/score/concept.hpp");

 public:
  using Sample = typename ModelType::Sample;
  using Outcome = typename Simulator::Outcome;
  static_assert(std::same_as<Sample, typename Simulator::Sample>,
                "mace::Tuner: the simulator's Sample must be the type that the model draws");
  static_assert(std::same_as<Outcome, typename Score::Outcome>,
                "mace::Tuner: the score's Outcome must be the type that the simulator gives");
  static_assert(Selector<Select, Exec> || SampleSelector<Select, Exec, ModelType>,
                "mace::Tuner: the selector must be callable as select(exec, log_scores, workspace, elites), or have "
                "reserve() and be callable as select(exec, model, samples, log_scores, workspace, elites) for this "
                "model; see mace/select/concept.hpp");
  static_assert(Optimiser<Update, Exec>,
                "mace::Tuner: the optimiser must have make_state(exec, parameters) and ascend(exec, state, parameters, "
                "gradient); see mace/update/concept.hpp");
  static_assert(
      Objective<ObjectiveType, Exec, ModelType, Update>,
      "mace::Tuner: the objective must be callable as objective(exec, model, elites, update, state, gradient, "
      "steps) for this model (MomentMatch needs one with match_moments); see mace/update/concept.hpp");

  /// Executor and model must outlive the tuner.
  Tuner(Exec& exec, ModelType& model, Simulator simulator, Score score, const TunerOptions& options = {},
        Policies<Select, Update, ObjectiveType> policies = {})
      : exec_(exec),
        model_(model),
        simulator_(std::move(simulator)),
        score_(std::move(score)),
        options_(checked(options)),
        policies_(checked(std::move(policies))),
        samples_(exec.template allocate<Sample>(options.samples)),
        outcomes_(exec.template allocate<Outcome>(options.samples)),
        log_scores_(exec.template allocate<float>(options.samples)),
        order_(exec.template allocate<std::int32_t>(options.samples)),
        gradient_(exec.template allocate<float>(parameter_count())),
        drawn_with_(exec.template allocate<float>(parameter_count())),
        elites_(exec, elite_count(options.samples, options.quantile) / options.batches, options.batches),
        state_(policies_.update.make_state(exec, parameter_count())) {
    model_.reserve(exec_, options_.samples, elites_.indices.size(), options_.batches);
    if constexpr (SampleSelector<Select, Exec, ModelType>)
      policies_.select.reserve(exec_, options_.samples, elites_.indices.size());
  }

  /// Runs Alg. 1 on the model as it is; a second run goes on with fresh random numbers. An observer is called after every round with its record, and with a Snapshot if it takes one; a round
  /// after which one returns true is the last. Errors: a NaN score, and too many barren rounds.
  template <class... Observers>
  Report run(Observers&&... observers) {
    Report report;
    report.history.reserve(static_cast<std::size_t>(std::min<Index>(options_.rounds, 1'000'000)));
    PhaseSeconds& seconds = report.seconds;
    const Timer timer;
    barren_in_a_row_ = 0;
    for (Index t = 0; t < options_.rounds && !report.stopped; ++t) {
      if constexpr ((takes_snapshot<Observers> || ...))
        exec_.copy(std::span<const float>(model_.parameters()), drawn_with_.span());
      const RandomKey draw{exec_.seed(), Stream::draw, rounds_drawn_},
          noise{exec_.seed(), Stream::simulator, rounds_drawn_};
      ++rounds_drawn_;  // a second run draws other numbers
      timer.add(seconds.sample, [&] { model_.sample(exec_, draw, samples_.span()); });
      timer.add(seconds.simulate, [&] { simulate(exec_, simulator_, drawn(), outcomes_.span(), noise); });
      timer.add(seconds.score, [&] { score_outcomes(exec_, score_, outcomes(), log_scores_.span()); });
      const ScoreSummary summary = summarised(t);
      timer.add(seconds.select,
                [&] { select_elites(exec_, policies_.select, model_, drawn(), log_scores(), order_.span(), elites_); });
      timer.add(seconds.fit, [&] { report.steps += fit(); });
      ++report.rounds;
      report.history.push_back(record(t, summary, timer.seconds()));
      ((report.stopped |= observed(observers, report.history.back())), ...);
      count_barren(report);
    }
    require(report.barren_rounds == 0 || report.barren_rounds < report.rounds, "Tuner: none of ", options_.samples,
            " samples was possible in any of ", report.rounds, " rounds; the prior does not reach the evidence");
    seconds.total = timer.seconds();
    return report;
  }

  const TunerOptions& options() const { return options_; }

 private:
  /// Wall-clock time since it was made.
  class Timer {
   public:
    double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
    template <class Stage>
    void add(double& sum, const Stage& stage) const {
      const double before = seconds();
      stage();
      sum += seconds() - before;
    }

   private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point start_ = Clock::now();
  };

  static const TunerOptions& checked(const TunerOptions& o) {
    require(o.samples > 0 && o.samples <= std::numeric_limits<std::int32_t>::max(),
            "TunerOptions: wanted samples > 0, got ", o.samples);
    require(o.quantile > 0 && o.quantile <= 1, "TunerOptions: wanted a quantile in (0, 1], got ", o.quantile);
    require(o.rounds >= 0 && o.steps > 0, "TunerOptions: wanted rounds >= 0 and steps > 0, got ", o.rounds, " and ",
            o.steps);
    require(o.max_barren_rounds > 0, "TunerOptions: wanted max_barren_rounds > 0, got ", o.max_barren_rounds);
    require(o.batches > 0 && o.samples % o.batches == 0, "TunerOptions: wanted batches that divide ", o.samples,
            " samples, got ", o.batches);
    const Index elites = elite_count(o.samples, o.quantile);
    require(elites > 0 && elites % o.batches == 0, "TunerOptions: wanted at least one elite in each of ", o.batches,
            " batches and the same number in all, got floor(", o.quantile, " * ", o.samples, ") = ", elites);
    return o;
  }

  /// A policy that can check its numbers does so before anything is done with them.
  template <class Chosen>
  static Chosen checked(Chosen policies) {
    const auto check = [](const auto& policy) {
      if constexpr (requires { policy.check(); }) policy.check();
    };
    check(policies.select), check(policies.update), check(policies.objective);
    return policies;
  }

  Index parameter_count() const { return static_cast<Index>(model_.parameters().size()); }
  std::span<const Sample> drawn() const { return samples_.span(); }
  std::span<const Outcome> outcomes() const { return outcomes_.span(); }
  std::span<const float> log_scores() const { return log_scores_.span(); }

  /// Alg. 1, line 6. Returns the gradient steps taken; without elites the model stays as it is.
  Index fit() {
    if (elites_.found == 0) return 0;
    model_.set_elites(exec_, drawn(), elites_);
    const Index steps =
        policies_.objective(exec_, model_, elites_, policies_.update, state_, gradient_.span(), options_.steps);
    require(exec_.all_finite(model_.parameters()),
            "Tuner: wanted finite parameters after the fit, got NaN or infinity; "
            "a smaller rate may help");
    return steps;
  }

  /// Refuses NaN, and what is no log score, before the model is touched.
  ScoreSummary summarised(Index round) {
    const ScoreSummary summary = exec_.summarise(log_scores());
    require(summary.nans == 0, "Tuner: the score stage gave NaN for ", summary.nans, " of ", options_.samples,
            " samples in round ", round);
    // A little above zero is rounding; more is no logarithm of a score in (0, 1].
    require(summary.best_log_score <= 1e-3f, "Tuner: wanted log scores of at most 0, got ", summary.best_log_score,
            " in round ", round, " (a probability? give its logarithm; a log density? subtract its largest value)");
    return summary;
  }

  RoundRecord record(Index round, const ScoreSummary& summary, double seconds) {
    float threshold = numeric::infinity;
    double weight = 0, square = 0;
    for (Index e = 0; e < elites_.indices.size(); ++e) {
      const float w = elites_.weights.data()[e];
      weight += static_cast<double>(w), square += static_cast<double>(w) * static_cast<double>(w);
      if (w > 0) threshold = std::min(threshold, log_scores_.data()[elites_.indices.data()[e]]);
    }
    return {round,
            options_.rounds,
            summary.mean_score,
            numeric::exp(summary.best_log_score),
            elites_.found > 0 ? numeric::exp(threshold) : 0.0f,
            elites_.found,
            elites_.found > 0 ? weight * weight / square : 0.0,
            seconds};
  }

  void count_barren(Report& report) {
    barren_in_a_row_ = elites_.found == 0 ? barren_in_a_row_ + 1 : 0;
    report.barren_rounds += elites_.found == 0 ? 1 : 0;
    require(barren_in_a_row_ < options_.max_barren_rounds, "Tuner: none of ", options_.samples,
            " samples was possible in ", barren_in_a_row_,
            " rounds one after the other; the prior does not reach the evidence");
  }

  template <class Observer>
  static constexpr bool takes_snapshot =
      std::invocable<std::remove_reference_t<Observer>&, const RoundRecord&, const Snapshot<Sample>&>;

  template <class Observer>
  bool observed(Observer& observer, const RoundRecord& record) {
    const auto answer = [&]<class... Args>(const Args&... args) {
      if constexpr (std::same_as<std::invoke_result_t<Observer&, const Args&...>, void>) {
        observer(args...);
        return false;
      } else {
        return static_cast<bool>(observer(args...));
      }
    };
    using Seen = Snapshot<Sample>;
    static_assert(std::invocable<Observer&, const RoundRecord&> || takes_snapshot<Observer>,
                  "mace::Tuner: an observer must be callable with a RoundRecord, or with a RoundRecord and a Snapshot");
    if constexpr (takes_snapshot<Observer>)
      return answer(record, Seen{drawn_with_.span(), drawn(), log_scores()});
    else
      return answer(record);
  }

  Exec& exec_;
  ModelType& model_;
  Simulator simulator_;
  Score score_;
  const TunerOptions options_;
  Policies<Select, Update, ObjectiveType> policies_;

  template <class T>
  using Memory = Buffer<T, typename Exec::Space>;
  Memory<Sample> samples_;
  Memory<Outcome> outcomes_;
  Memory<float> log_scores_;
  Memory<std::int32_t> order_;
  Memory<float> gradient_, drawn_with_;
  Elites<typename Exec::Space> elites_;
  OptimiserState<Update, Exec> state_;
  std::uint32_t rounds_drawn_ = 0;
  Index barren_in_a_row_ = 0;
};

}  // namespace mace
