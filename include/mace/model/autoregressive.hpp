// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "mace/backend/concept.hpp"
#include "mace/core/buffer.hpp"
#include "mace/core/philox.hpp"
#include "mace/model/autoregressive_block.hpp"
#include "mace/model/autoregressive_gradient.hpp"
#include "mace/model/autoregressive_step_block.hpp"
#include "mace/select/concept.hpp"

namespace mace {

namespace detail {

/// Draws joint j of samples first, first + 1, … from their mixture heads, with words 0 and 1 of the sample's Philox
/// block j. A single column of raw outputs serves all samples.
template <int Joints, int Mixtures, class Real>
struct DrawJoint {
  MatrixView<const Real> raw;
  JointRange<Real> range;
  RandomKey key;
  int joint;
  Index first;
  Vec<Joints, Real>* samples;

  MACE_HD void operator()(Index i) const {
    const auto words = key.words(static_cast<std::uint32_t>(first + i), static_cast<std::uint32_t>(joint));
    const MixtureHead<Mixtures, Real> head{raw.column(raw.cols() > 1 ? i : 0)};
    const Real which = static_cast<Real>(to_uniform(words[0])), where = static_cast<Real>(to_uniform(words[1]));
    samples[first + i][joint] = range.from_unit(head.draw(which, where));
  }
};

/// Adds log p(x_j | x_<j, c) to the log densities of samples first, first + 1, …; minus infinity outside the limits.
template <int Joints, int Mixtures, class Real>
struct AddLogDensity {
  MatrixView<const Real> raw;
  JointRange<Real> range;
  int joint;
  Index first;
  const Vec<Joints, Real>* samples;
  Real* log_densities;

  MACE_HD void operator()(Index i) const {
    const Real x = samples[first + i][joint];
    const MixtureHead<Mixtures, Real> head{raw.column(raw.cols() > 1 ? i : 0)};
    const Real log_density = range.log_density(x, head.log_density(range.to_unit(x)));
    log_densities[first + i] = (joint == 0 ? Real(0) : log_densities[first + i]) + log_density;
  }
};

}  // namespace detail

/// The paper's model of an arm's joints (3.2.2): p(x | c) = prod_j p(x_j | x_<j, c). Each factor is a mixture of
/// Gaussians truncated to the joint's limits, so that samples lie within the limits, where the density integrates to
/// one; a network per joint computes the mixture's parameters. All weights of all networks are tuned. The condition c
/// is the same for all samples.
template <class Exec, class Shape, class Real = float>
class Autoregressive {
 public:
  using Sample = Vec<Shape::joints, Real>;
  using Limits = JointLimits<Shape::joints, Real>;

  /// Copies a trained network. The condition is zero at first.
  /// @param exec     executor of the model
  /// @param weights  Shape::parameters weights, in host memory or the executor's
  /// @param limits   limits of the joints, radians or meters
  /// @throws Error if the number of weights differs, or the limits are invalid.
  Autoregressive(Exec& exec, std::span<const Real> weights, const Limits& limits)
      : Autoregressive(exec, weights, limits, std::make_integer_sequence<int, Shape::joints>()) {}

  /// Sets the condition c.
  /// @param exec       the executor
  /// @param condition  Shape::condition numbers, in host memory or the executor's
  /// @throws Error if the number of entries differs.
  void set_condition(Exec& exec, std::span<const Real> condition) {
    require(condition.size() == static_cast<std::size_t>(Shape::condition), "Autoregressive: wanted a condition of ",
            Shape::condition, " numbers, got ", condition.size());
    exec.copy(condition, condition_.span());
  }

  /// The tuned parameters: the weights of all networks, in one flat buffer.
  std::span<Real> parameters() { return parameters_.span(); }
  /// Limits of the joints, radians or meters.
  const Limits& limits() const { return limits_; }

  /// Allocates memory for a round; see the concept Model.
  void reserve(Exec& exec, Index, Index elites, Index batches) {
    prepare(exec);
    const Index per_batch = elites / batches;
    grow(exec, weights_, elites);
    if (gradient_.capacity() < per_batch) gradient_ = AutoregressiveGradient<Exec, Shape, Real>(exec, per_batch);
    if constexpr (on_device)
      grow(exec, step_room_, AutoregressiveTrace<Shape, Real>::size(std::min<Index>(per_batch, most_samples_together)));
    grow(exec, elite_log_densities_, per_batch);
    grow(exec, elites_, elites);  // last: its size implies the others
  }

  /// Draws samples of p(x | c); see the concept Model.
  void sample(Exec& exec, const RandomKey& key, std::span<Sample> samples) {
    if constexpr (on_device)
      sample_autoregressive(exec, AutoregressiveDraw<Shape, Real>{parameters_.data(), condition_.data(), limits_, key},
                            samples);
    else
      sample_in_chains(exec, key, samples);
  }

  /// Draws the same samples by the executor's dense layers.
  /// @param exec     the executor
  /// @param key      random key of the draw
  /// @param samples  receives the samples [N]
  void sample_in_chains(Exec& exec, const RandomKey& key, std::span<Sample> samples) {
    for_each_chain(exec, samples, [&](auto joint, MatrixView<const Real> raw, Index first, Index count) {
      exec.for_each_sample(count, detail::DrawJoint<Shape::joints, Shape::mixtures, Real>{
                                      raw, limits_.range(joint), key, joint, first, samples.data()});
    });
  }

  /// Log density log p(x | c), nats; minus infinity outside the limits.
  /// @param exec           the executor
  /// @param samples        samples [N]
  /// @param log_densities  receives the log densities [N]
  /// @throws Error if the sizes differ.
  void log_density(Exec& exec, std::span<const Sample> samples, std::span<Real> log_densities) {
    require(log_densities.size() == samples.size(), "Autoregressive: wanted room for ", samples.size(),
            " log densities, got ", log_densities.size());
    for_each_chain(exec, samples, [&](auto joint, MatrixView<const Real> raw, Index first, Index count) {
      exec.for_each_sample(count, detail::AddLogDensity<Shape::joints, Shape::mixtures, Real>{
                                      raw, limits_.range(joint), joint, first, samples.data(), log_densities.data()});
    });
  }

  /// Copies the elites; see the concept Model.
  /// @throws Error if reserve() was called for fewer elites.
  void set_elites(Exec& exec, std::span<const Sample> samples, const Elites<typename Exec::Space>& elites) {
    const Index count = elites.indices.size();
    require(count <= elites_.size() && elites.per_batch <= elite_log_densities_.size(),
            "Autoregressive: wanted room for ", count, " elites in batches of ", elites.per_batch, ", got it for ",
            elites_.size(), " in batches of ", elite_log_densities_.size(), "; reserve() makes it");
    per_batch_ = elites.per_batch;
    exec.template gather<Real>(as_columns<Real>(samples), elites.indices.span(),
                               as_columns<Real>(elites_.span()).columns(0, count));
    const float* const from = elites.weights.data();
    Real* const to = weights_.data();
    exec.for_each_element(count, [=] MACE_HD(Index i) { to[i] = static_cast<Real>(from[i]); });
  }

  /// Writes the gradient of a batch's weighted log-likelihood; see the concept Model.
  void likelihood_gradient(Exec& exec, Index batch, std::span<Real> gradient) {
    const WeightedSamples<Real> elites = batch_of(batch);
    const auto count = static_cast<std::size_t>(per_batch_);
    gradient_(exec, parameters_.data(), limits_, elites.samples, {elites.weights, count},
              elite_log_densities_.span().first(count), gradient);
  }

  /// Takes `count` steps up the likelihood of the batches in turn; see the concept AscendingModel.
  template <class Steps>
  void ascend(Exec& exec, Index batches, Index count, const Steps& steps) {
    const auto batch = [&](Index m) { return batch_of(m % batches); };
    if constexpr (on_device) {
      if (per_batch_ <= most_samples_together)
        return ascend_autoregressive<Shape>(exec, step_room_.span(), parameters_.data(), limits_, per_batch_, count,
                                            batch, steps);
    }
    gradient_.ascend(exec, parameters_.data(), limits_, count, batch, steps);
  }

 private:
  /// autoregressive.cuh has the device's kernels.
  static constexpr bool on_device = !std::same_as<typename Exec::Space, HostSpace>;
  template <class T>
  using Memory = Buffer<T, typename Exec::Space>;
  template <int Joint>
  using Net = typename Shape::template Net<Joint>;
  template <class>
  struct Nets;
  template <int... Joint>
  struct Nets<std::integer_sequence<int, Joint...>> {
    using Type = std::tuple<PackedLayers<Exec, Net<Joint>, Real>...>;
  };
  /// Scratch memory of one chain of samples.
  struct Room {
    explicit Room(Exec& exec)
        : inputs(exec.template allocate<Real>((Shape::condition + Shape::joints) * Exec::max_chain)),
          raw(exec.template allocate<Real>(3 * Shape::mixtures * Exec::max_chain)),
          hidden(exec, Exec::max_chain) {}
    Memory<Real> inputs, raw;
    ChainRoom<Exec, Net<0>, Real> hidden;
  };

  template <int... Joint>
  Autoregressive(Exec& exec, std::span<const Real> weights, const Limits& limits, std::integer_sequence<int, Joint...>)
      : limits_(limits.checked()),
        nets_(PackedLayers<Exec, Net<Joint>, Real>(exec)...),
        gradient_(exec, 0),
        parameters_(exec.template allocate<Real>(Shape::parameters)),
        condition_(exec.template allocate<Real>(Shape::condition)),
        first_raw_(exec.template allocate<Real>(3 * Shape::mixtures)) {
    require(static_cast<Index>(weights.size()) == Shape::parameters, "Autoregressive: wanted ", Shape::parameters,
            " weights, got ", weights.size());
    exec.copy(weights, parameters_.span());
  }

  WeightedSamples<Real> batch_of(Index batch) const {
    const Index first = batch * per_batch_;
    return {{condition_.data(), 0, as_columns<Real>(elites_.span()).column(first), Shape::joints, per_batch_},
            weights_.data() + first};
  }

  /// Packs the networks' current weights, which a tuner may change between any two calls. The first network depends on
  /// the condition only, so its output is computed once for all samples.
  void prepare(Exec& exec) {
    while (static_cast<Index>(rooms_.size()) < exec.workers()) rooms_.emplace_back(exec);
    exec.side_by_side(Shape::joints, [&](Index j, Index worker) {
      Shape::visit_joint(j, [&](auto joint) {
        std::get<joint>(nets_).assign(exec, parameters_.data() + Shape::offset(joint));
        if constexpr (joint == 0)
          run_net<joint>(exec, nullptr, first_raw_.matrix(Net<0>::outputs, 1),
                         rooms_[static_cast<std::size_t>(worker)]);
      });
    });
  }

  /// Divides the samples into chains. The workers take each chain through all joints in order, and call visit(joint,
  /// raw outputs, first, count).
  template <class S, class Visit>
  void for_each_chain(Exec& exec, std::span<S> samples, const Visit& visit) {
    prepare(exec);
    const Index n = static_cast<Index>(samples.size()), length = exec.chain_length(n);
    exec.side_by_side((n + length - 1) / length, [&](Index chain, Index worker) {
      const Index first = chain * length, count = std::min(length, n - first);
      Room& room = rooms_[static_cast<std::size_t>(worker)];
      Shape::for_each_joint([&](auto joint) {
        MatrixView<Real> raw = first_raw_.matrix(Net<joint>::outputs, 1);
        if constexpr (joint > 0)
          run_net<joint>(exec, samples[static_cast<std::size_t>(first)].v,
                         raw = room.raw.matrix(Net<joint>::outputs, count), room);
        visit(joint, raw, first, count);
      });
    });
  }

  /// Raw outputs of a joint's network for samples whose previous joints are known.
  template <int Joint>
  void run_net(Exec& exec, const Real* x, MatrixView<Real> raw, Room& room) {
    const ConditionedSamples<Real> given{condition_.data(), 0, x, Shape::joints, raw.cols()};
    const MatrixView<Real> inputs = room.inputs.matrix(Net<Joint>::inputs, raw.cols());
    exec.for_each_sample(raw.cols(),
                         detail::JointInputs<Shape::joints, Real>{given, limits_, Shape::condition, Joint, inputs});
    std::get<Joint>(nets_).forward(exec, inputs, raw, room.hidden);
  }

  Limits limits_;
  typename Nets<std::make_integer_sequence<int, Shape::joints>>::Type nets_;
  AutoregressiveGradient<Exec, Shape, Real> gradient_;
  Memory<Real> parameters_, condition_, first_raw_, weights_, elite_log_densities_, step_room_;
  std::vector<Room> rooms_;
  Memory<Sample> elites_;
  Index per_batch_ = 0;
};

}  // namespace mace
