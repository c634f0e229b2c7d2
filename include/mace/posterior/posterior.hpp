// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "mace/core/host_copy.hpp"
#include "mace/core/philox.hpp"
#include "mace/core/stopwatch.hpp"
#include "mace/posterior/options.hpp"
#include "mace/posterior/report.hpp"
#include "mace/posterior/weights.hpp"
#include "mace/tune/fitting_parts.hpp"
#include "mace/tune/tuner.hpp"

namespace mace {

/// Draws weighted samples of the posterior p(x; theta_0) S(x), whereas Tuner finds samples that score well. The score S
/// is a likelihood, known up to a constant factor, so log scores may be above 0.
///
/// The target is p(x; theta_0) S(x)^b, whose tempering exponent b rises to 1. Each round draws from the current model
/// and, for a small share, from the prior. All rounds' samples are weighted against the mixture of all their proposals
/// (adaptive multiple importance sampling: Cornuet, Marin, Mira and Robert, 2012). Then b rises as far as the effective
/// sample size allows, and the model is fitted to samples resampled by weight.
///
/// Model, simulator, score and optimizer compose as in Tuner. The model needs a density; use Decoded to sample a VAE in
/// its latents. The executor's memory is allocated at construction.
template <class Exec, class ModelType, class Simulator, class Score, class OptimizerType = Adam>
class Posterior {
  static_assert(detail::FittingParts<Exec, ModelType, Simulator, Score>::value);
  static_assert(
      DensityModel<ModelType, Exec>,
      "mace::Posterior: the model must have what a Tuner's has, and log_density(exec, samples, log_densities); "
      "see mace/model/concept.hpp");
  static_assert(
      !requires { ModelType::density_is_a_bound; },
      "mace::Posterior: of a VAE's clouds only a bound on the density is known; sample its latents, by "
      "mace::Decoded (docs/posterior.md)");
  static_assert(Optimizer<OptimizerType, Exec>,
                "mace::Posterior: the last argument must be an optimizer, such as mace::Adam{.rate = 1e-3}");

 public:
  using Sample = typename ModelType::Sample;
  using Outcome = typename Simulator::Outcome;

  /// Takes the model's current parameters as the prior.
  /// @param exec       executor that runs every stage; must outlive this
  /// @param model      the prior, fitted in place; must outlive this
  /// @param simulator  maps samples to predicted observations
  /// @param score      log-likelihood of the observation given a prediction, up to a constant
  /// @param options    options of the run
  /// @param optimizer  takes the gradient steps
  /// @throws Error if the options or the optimizer are invalid, or if memory runs out.
  Posterior(Exec& exec, ModelType& model, Simulator simulator, Score score, const PosteriorOptions& options = {},
            OptimizerType optimizer = {})
      : exec_(exec),
        model_(model),
        simulator_(std::move(simulator)),
        score_(detail::checked(std::move(score))),
        options_(options.checked()),
        optimizer_(detail::checked(std::move(optimizer))),
        prior_(exec.upload(copy_to_host(exec, std::span<const float>(model.parameters())))),
        proposals_(exec.template allocate<float>(options.rounds * prior_.size())),
        samples_(exec.template allocate<Sample>(options.rounds * options.samples)),
        outcomes_(exec.template allocate<Outcome>(options.samples)),
        log_scores_(exec.template allocate<float>(options.samples)),
        log_densities_(exec.template allocate<float>(samples_.size())),
        gradient_(exec.template allocate<float>(prior_.size())),
        elites_(exec, options.fitted / options.batches, options.batches),
        state_(optimizer_.make_state(exec, prior_.size())),
        chosen_(static_cast<std::size_t>(options.fitted)) {
    model_.reserve(exec_, samples_.size(), options.fitted, options.batches);
    exec_.fill(elites_.weights.span(), 1.0f / static_cast<float>(elites_.per_batch));
    exec_.fill(elites_.found.span(), static_cast<std::int32_t>(options.fitted));
    for (auto* numbers : lists()) numbers->reserve(static_cast<std::size_t>(samples_.size()));
  }

  /// Runs from the model's current parameters and discards the samples of earlier runs. A further run, after observe()
  /// for instance, thus continues from the last fit (the last round of a run is not fitted), and the optimizer keeps
  /// its state. Observers take a RoundRecord, as for Tuner, but no Snapshot.
  /// @throws Error if a score is NaN (unless nan_is_infeasible) or infinite.
  template <class... Observers>
  PosteriorReport run(Observers&&... observers) {
    PosteriorReport report;
    const Stopwatch watch;
    for (auto* numbers : lists()) numbers->clear();
    begins_.clear();
    power_ = 0;
    drawn_ = 0;
    for (Index t = 0; t < options_.rounds && !report.stopped; ++t) {
      draw(t);
      weigh(t);
      report.rounds = t + 1;
      report.history.push_back(record(t, watch.seconds()));
      report.nan_share += report.history.back().nan_share;
      ((report.stopped |= observed(observers, report.history.back())), ...);
      if (degenerate_ || (!has_feasible() && t + 1 >= options_.max_infeasible_rounds)) break;
      if (t + 1 < options_.rounds && !report.stopped && has_feasible()) report.steps += fit();
    }
    if (report.rounds > 0) report.nan_share /= static_cast<double>(report.rounds);
    conclude(report);
    report.seconds.total = watch.seconds();
    return report;
  }

  /// Replaces the score, and with it the observation. The model keeps its current parameters and the prior stays the
  /// same.
  void observe(Score score) { score_ = detail::checked(std::move(score)); }

  /// Feasible samples of the last run, in the executor's memory.
  std::span<const Sample> samples() const { return samples_.span().first(log_weights_.size()); }
  /// Log weights of samples(), in host memory; the weights sum to one.
  std::span<const double> log_weights() const { return log_weights_; }

  /// Draws samples of equal weight, in random order, by systematic resampling; a sample with a large weight occurs
  /// repeatedly.
  /// @param key      random key of the draw
  /// @param samples  receives the samples, in the executor's memory
  /// @throws Error if the last run left no feasible sample, or there was none.
  void resample(const RandomKey& key, std::span<Sample> samples) {
    require(!log_weights_.empty(), "Posterior: wanted samples to choose from, got ",
            drawn_ == 0 ? "none: run() makes them" : "none that is feasible (PosteriorReport::status says why)");
    std::vector<std::int32_t> indices(samples.size());
    Random random(key, 0);
    weights::resample(log_weights_, static_cast<double>(random.uniform()), indices);
    for (std::size_t i = indices.size(); i > 1; --i) std::swap(indices[i - 1], indices[random.word() % i]);
    const std::vector<Sample> all = copy_to_host(exec_, this->samples());
    std::vector<Sample> chosen;
    chosen.reserve(indices.size());
    for (const std::int32_t i : indices) chosen.push_back(all[static_cast<std::size_t>(i)]);
    exec_.copy(std::span<const Sample>(chosen), samples);
    exec_.finish();
  }

  /// The validated options.
  const PosteriorOptions& options() const { return options_; }

 private:
  template <class T>
  using Memory = Buffer<T, typename Exec::Space>;

  std::array<std::vector<double>*, 6> lists() {
    return {&scores_, &at_prior_, &at_proposals_, &at_own_, &log_ratios_, &log_weights_};
  }

  std::span<float> proposal(Index t) const {
    return proposals_.span().subspan(static_cast<std::size_t>(t * prior_.size()),
                                     static_cast<std::size_t>(prior_.size()));
  }
  static auto part(const auto& buffer, Index first, Index count) {
    return buffer.span().subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
  }

  /// Samples per round that are drawn from the prior.
  Index defensive_samples() const {
    return static_cast<Index>(std::ceil(options_.defensive * static_cast<double>(options_.samples)));
  }

  /// Draws, simulates and scores round t. Infeasible samples are discarded: their weight is 0 at any tempering
  /// exponent.
  void draw(Index t) {
    const Index n = options_.samples, first = kept_before_ = kept(), of_prior = defensive_samples();
    const std::uint32_t round = rounds_drawn_++;
    exec_.copy(std::span<const float>(model_.parameters()), proposal(t));
    model_.sample(exec_, {exec_.seed(), Stream::draw, 2 * round}, part(samples_, first + of_prior, n - of_prior));
    exec_.copy(std::span<const float>(prior_.span()), model_.parameters());
    model_.sample(exec_, {exec_.seed(), Stream::draw, 2 * round + 1}, part(samples_, first, of_prior));
    exec_.copy(std::span<const float>(proposal(t)), model_.parameters());

    simulate(exec_, simulator_, std::span<const Sample>(part(samples_, first, n)), outcomes_.span(),
             {exec_.seed(), Stream::simulator, round});
    score_outcomes(exec_, score_, std::span<const Outcome>(outcomes_.span()), log_scores_.span());
    std::vector<float> scores = copy_to_host(exec_, std::span<const float>(log_scores_.span()));
    nans_ = 0;
    if (options_.nan_is_infeasible)
      for (float& score : scores)
        if (numeric::is_nan(score)) score = -numeric::infinity, ++nans_;
    const std::vector<Sample> all = copy_to_host(exec_, std::span<const Sample>(part(samples_, first, n)));
    check(scores, t);
    std::vector<Sample> feasible;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (scores[i] == -numeric::infinity) continue;
      feasible.push_back(all[i]);
      scores_.push_back(static_cast<double>(scores[i]));
    }
    exec_.copy(std::span<const Sample>(feasible), part(samples_, first, kept() - first));
    exec_.finish();
    drawn_ += n;
  }
  /// @throws Error if a score is NaN or infinite.
  static void check(std::span<const float> scores, Index round) {
    const auto nans = std::count_if(scores.begin(), scores.end(), [](float score) { return !(score == score); });
    const bool infinite = std::find(scores.begin(), scores.end(), numeric::infinity) != scores.end();
    const char* const hint = round == 0 ? "" : " (or did a fit go astray, and a smaller rate would help?)";
    require(nans == 0, "Posterior: the score stage gave NaN for ", nans, " of ", scores.size(), " samples in round ",
            round, hint);
    require(!infinite, "Posterior: wanted log scores below infinity, got inf in round ", round, hint);
  }
  /// True if any sample has a positive weight.
  bool has_feasible() const { return weights::effective_samples(log_weights_) > 0; }
  /// Number of feasible samples so far.
  Index kept() const { return static_cast<Index>(scores_.size()); }

  /// Log densities of samples first, first + 1, … under these parameters, which become the model's.
  std::vector<float> densities(std::span<const float> parameters, Index first, Index count) {
    if (count == 0) return {};
    exec_.copy(parameters, model_.parameters());
    model_.log_density(exec_, std::span<const Sample>(part(samples_, first, count)),
                       part(log_densities_, first, count));
    return copy_to_host(exec_, std::span<const float>(part(log_densities_, first, count)));
  }

  /// Evaluates the new samples under all proposals and the old ones under the new proposal; then updates the tempering
  /// exponent and the weights.
  void weigh(Index t) {
    const Index first = kept_before_, n = kept() - first;
    for (const float d : densities(prior_.span(), first, n)) at_prior_.push_back(static_cast<double>(d));
    at_proposals_.resize(scores_.size(), weights::infeasible);
    for (Index s = 0; s < t; ++s) add_densities(densities(proposal(s), first, n), first);
    // Last, so that the model has its own parameters again.
    const std::vector<float> own = densities(proposal(t), 0, kept());
    add_densities(own, 0);
    at_own_.insert(at_own_.end(), own.begin() + first, own.end());
    begins_.push_back(first);
    degenerate_ =
        std::any_of(at_prior_.begin(), at_prior_.end(), [](double d) { return !(d < numeric::infinity); }) ||
        std::any_of(at_proposals_.begin(), at_proposals_.end(), [](double d) { return !(d < numeric::infinity); });
    if (degenerate_) return;
    find_ratios(t + 1);
    raise_power();
  }
  /// Log ratio of the prior to the mixture of all proposals for each sample, the part of the weights that does not
  /// depend on the tempering exponent.
  void find_ratios(Index rounds) {
    const auto [of_prior, of_model] = log_shares();
    const double of_each = of_model - std::log(static_cast<double>(rounds));
    log_ratios_.resize(scores_.size());
    for (std::size_t i = 0; i < scores_.size(); ++i)
      log_ratios_[i] = at_prior_[i] > weights::infeasible
                           ? at_prior_[i] - weights::log_add(of_each + at_proposals_[i], of_prior + at_prior_[i])
                           : weights::infeasible;
  }
  void add_densities(const std::vector<float>& densities, Index first) {
    for (std::size_t i = 0; i < densities.size(); ++i) {
      double& sum = at_proposals_[static_cast<std::size_t>(first) + i];
      sum = weights::log_add(sum, static_cast<double>(densities[i]));
    }
  }

  /// Finds approximately the largest tempering exponent, not below the current one, at which the effective sample size
  /// suffices. It searches downwards from 1: a model that has already reached the posterior has many effective samples
  /// there, and few at an exponent of 0.
  void raise_power() {
    const double wanted = options_.least_effective * static_cast<double>(options_.samples);
    double enough = 1, too_much = 1;
    const double least = std::max(power_, 1e-40);  // at 1e-40, single-precision scores no longer distinguish samples
    for (; effective(enough) < wanted && enough > least; enough *= 0.5) too_much = enough;
    if (enough <= least) enough = power_;
    for (int halving = 0; halving < 20 && enough < too_much; ++halving) {
      const double middle = 0.5 * (enough + too_much);
      (effective(middle) >= wanted ? enough : too_much) = middle;
    }
    power_ = enough;
    weigh_at(power_);
  }
  double effective(double power) {
    weigh_at(power);
    return weights::effective_samples(log_weights_);
  }

  /// Computes the log weights, normalized to a sum of one.
  void weigh_at(double power) {
    log_weights_.resize(scores_.size());
    for (std::size_t i = 0; i < scores_.size(); ++i)
      log_weights_[i] =
          log_ratios_[i] > weights::infeasible ? log_ratios_[i] + power * log_update(i) : weights::infeasible;
    const double sum = weights::log_sum(log_weights_);
    if (sum > weights::infeasible)
      for (double& w : log_weights_) w -= sum;
  }

  /// Log of the mean of score^power over the prior. It averages the rounds' own estimates, each weighted by its
  /// effective sample size plus one, so that infeasible rounds count too. An estimate from the mixture of all rounds
  /// would be biased low: later proposals depend on the samples that they were fitted to, and reduce their weights.
  double log_evidence() const {
    const auto [of_prior, of_model] = log_shares();
    double evidence = weights::infeasible, all = weights::infeasible;
    std::vector<double> log_weights;
    for (std::size_t t = 0; t < begins_.size(); ++t) {
      const auto end = static_cast<std::size_t>(t + 1 < begins_.size() ? begins_[t + 1] : kept());
      log_weights.clear();
      for (auto i = static_cast<std::size_t>(begins_[t]); i < end; ++i)
        log_weights.push_back(at_prior_[i] > weights::infeasible
                                  ? at_prior_[i] + power_ * log_update(i) -
                                        weights::log_add(of_model + at_own_[i], of_prior + at_prior_[i])
                                  : weights::infeasible);
      const double log_effective = std::log(1 + weights::effective_samples(log_weights));
      const double log_mean = weights::log_sum(log_weights) - std::log(static_cast<double>(options_.samples));
      evidence = weights::log_add(evidence, log_effective + log_mean);
      all = weights::log_add(all, log_effective);
    }
    return evidence - all;
  }
  /// Logs of the shares that are drawn from the prior and from the model.
  std::pair<double, double> log_shares() const {
    const double of_prior = static_cast<double>(defensive_samples()) / static_cast<double>(options_.samples);
    return {std::log(of_prior), std::log(1 - of_prior)};
  }
  /// Log ratio of the target to the prior at a tempering exponent of 1. With a flat prior this removes the model's own
  /// density as gradually as it brings in the score.
  double log_update(std::size_t i) const { return scores_[i] - (options_.flat_prior ? at_prior_[i] : 0); }

  /// Fits the model to samples resampled by weight. Neighbors go to different batches, so that the batches are alike.
  Index fit() {
    const RandomKey key{exec_.seed(), Stream::training, rounds_drawn_ - 1};
    std::vector<std::int32_t> drawn(chosen_.size());
    weights::resample(log_weights_, static_cast<double>(Random(key, 0).uniform()), drawn);
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      const auto batches = static_cast<std::size_t>(options_.batches);
      chosen_[i % batches * static_cast<std::size_t>(elites_.per_batch) + i / batches] = drawn[i];
    }
    exec_.copy(std::span<const std::int32_t>(chosen_), elites_.indices.span());
    model_.set_elites(exec_, samples(), elites_);
    return Likelihood{}(exec_, model_, elites_, optimizer_, state_, gradient_.span(), options_.steps_per_round);
  }

  RoundRecord record(Index t, double seconds) const {
    RoundRecord record{.round = t, .rounds = options_.rounds, .seconds = seconds};
    // A likelihood has no fixed scale: scores are reported relative to the best so far.
    const double best = scores_.empty() ? 0 : *std::max_element(scores_.begin(), scores_.end());
    double mean = 0, highest = 0;
    for (const double s : std::span<const double>(scores_).subspan(static_cast<std::size_t>(kept_before_))) {
      const double share = std::exp(s - best);
      mean += share / static_cast<double>(options_.samples);
      highest = std::max(highest, share);
    }
    record.mean_score = static_cast<float>(mean);
    record.best_score = static_cast<float>(highest);
    record.elites = kept();
    record.effective_samples = degenerate_ ? 0 : weights::effective_samples(log_weights_);
    record.nan_share = static_cast<double>(nans_) / static_cast<double>(options_.samples);
    record.power = power_;
    return record;
  }
  template <class Observer>
  static bool observed(Observer& observer, const RoundRecord& record) {
    static_assert(std::invocable<Observer&, const RoundRecord&>,
                  "mace::Posterior: an observer must be callable with a RoundRecord (there are no snapshots)");
    return tell(observer, record);
  }

  void conclude(PosteriorReport& report) {
    if (degenerate_ || !has_feasible()) {
      report.status = degenerate_ ? PosteriorStatus::degenerate : PosteriorStatus::infeasible;
      log_weights_.clear();
      return;
    }
    report.status = power_ == 1 ? PosteriorStatus::reached : PosteriorStatus::tempered;
    report.power = power_;
    report.effective_samples = weights::effective_samples(log_weights_);
    report.log_evidence = log_evidence();
  }

  Exec& exec_;
  ModelType& model_;
  Simulator simulator_;
  Score score_;
  const PosteriorOptions options_;
  OptimizerType optimizer_;
  Memory<float> prior_, proposals_;  ///< parameters of the prior, and of each round's proposal
  Memory<Sample> samples_;
  Memory<Outcome> outcomes_;
  Memory<float> log_scores_, log_densities_, gradient_;
  Elites<typename Exec::Space> elites_;
  OptimizerState<OptimizerType, Exec> state_;
  std::vector<std::int32_t> chosen_;
  /// Logarithms for all samples so far: the scores, the densities under the prior, summed over the proposals and under
  /// the sample's own proposal, the ratios of prior to mixture, and the weights.
  std::vector<double> scores_, at_prior_, at_proposals_, at_own_, log_ratios_, log_weights_;
  std::vector<Index> begins_;  ///< index of each round's first sample
  double power_ = 0;
  Index drawn_ = 0, kept_before_ = 0;  ///< all samples so far, and the feasible ones before the last round
  Index nans_ = 0;                     ///< NaN scores of the last round that count as infeasible
  bool degenerate_ = false;
  std::uint32_t rounds_drawn_ = 0;
};

// Deduction guide for temporaries, so that a static_assert can report that they need names.
template <class Exec, class ModelType, class Simulator, class Score, class OptimizerType = Adam>
requires detail::Temporaries<Exec, ModelType> Posterior(Exec&&, ModelType&&, Simulator, Score,
                                                        const PosteriorOptions& = {}, OptimizerType = {})
->Posterior<Exec&&, ModelType&&, Simulator, Score, OptimizerType>;

}  // namespace mace
