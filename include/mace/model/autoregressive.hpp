// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <tuple>
#include <utility>

#include "mace/backend/concept.hpp"
#include "mace/core/philox.hpp"
#include "mace/model/autoregressive_gradient.hpp"
#include "mace/select/concept.hpp"

namespace mace {

/// Draws joint j of sample i from its head, with words 0 and 1 of the sample's block j. One column of raw outputs serves
/// all samples.
template <int Joints, int Mixtures, class Real>
struct DrawJoint {
  MatrixView<const Real> raw;
  JointRange<Real> range;
  RandomKey key;
  int joint;
  Vec<Joints, Real>* samples;

  MACE_HD void operator()(Index i) const {
    const auto words = key.words(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(joint));
    const MixtureHead<Mixtures, Real> head{raw.column(raw.cols() > 1 ? i : 0)};
    const Real which = static_cast<Real>(to_uniform(words[0])), where = static_cast<Real>(to_uniform(words[1]));
    samples[i][joint] = range.from_unit(head.draw(which, where));
  }
};

/// Adds log p(x_j | x_<j, c) to the log density of sample i; minus infinity outside the limits.
template <int Joints, int Mixtures, class Real>
struct AddLogDensity {
  MatrixView<const Real> raw;
  JointRange<Real> range;
  int joint;
  const Vec<Joints, Real>* samples;
  Real* log_densities;

  MACE_HD void operator()(Index i) const {
    const Real x = samples[i][joint];
    const MixtureHead<Mixtures, Real> head{raw.column(raw.cols() > 1 ? i : 0)};
    const Real log_density = range.log_density(x, head.log_density(range.to_unit(x)));
    log_densities[i] = (joint == 0 ? Real(0) : log_densities[i]) + log_density;
  }
};

/// The paper's model of an arm's joints (3.2.2): p(x | c) = prod_j p(x_j | x_<j, c), each factor a mixture of Gaussians
/// truncated to the joint's limits whose numbers a network puts out. All weights of all networks are tuned; the condition c
/// is the same for all samples. What is drawn lies within the limits, and there the density integrates to one.
template <class Exec, class Shape, class Real = float>
class Autoregressive {
 public:
  using Sample = Vec<Shape::joints, Real>;
  using Limits = JointLimits<Shape::joints, Real>;

  /// `weights` is a trained network's flat buffer, Shape::parameters numbers in the executor's memory. The condition is zero
  /// at first.
  Autoregressive(Exec& exec, std::span<const Real> weights, const Limits& limits)
      : Autoregressive(exec, weights, limits, std::make_integer_sequence<int, Shape::joints>()) {}

  /// Sets what samples depend on, Shape::condition numbers in the executor's memory.
  void set_condition(Exec& exec, std::span<const Real> condition) {
    require(condition.size() == static_cast<std::size_t>(Shape::condition), "Autoregressive: wanted a condition of ",
            Shape::condition, " numbers, got ", condition.size());
    exec.copy(condition, condition_.span());
  }

  std::span<Real> parameters() { return parameters_.span(); }
  const Limits& limits() const { return limits_; }

  void reserve(Exec& exec, Index samples, Index elites, Index batches) {
    make_room(exec, samples);
    pack(exec);
    elites_ = exec.template allocate<Sample>(elites);
    weights_ = exec.template allocate<Real>(elites);
    elite_log_densities_ = exec.template allocate<Real>(elites);
    gradient_ = AutoregressiveGradient<Exec, Shape, Real>(exec, elites / batches);
  }

  /// Joint by joint, each for all samples at a time.
  void sample(Exec& exec, const RandomKey& key, std::span<Sample> samples) {
    const auto n = static_cast<Index>(samples.size());
    make_room(exec, n);
    pack(exec);
    Shape::for_each_joint([&](auto joint) {
      const auto raw = raw_outputs<joint>(exec, samples);
      exec.for_each_sample(
          n, DrawJoint<Shape::joints, Shape::mixtures, Real>{raw, limits_.range(joint), key, joint, samples.data()});
    });
  }

  /// log p(x | c) of samples, nats; minus infinity outside the limits.
  void log_density(Exec& exec, std::span<const Sample> samples, std::span<Real> log_densities) {
    const auto n = static_cast<Index>(samples.size());
    require(log_densities.size() == samples.size(), "Autoregressive: wanted room for ", n, " log densities, got ",
            log_densities.size());
    make_room(exec, n);
    pack(exec);
    Shape::for_each_joint([&](auto joint) {
      const auto raw = raw_outputs<joint>(exec, samples);
      exec.for_each_sample(n, AddLogDensity<Shape::joints, Shape::mixtures, Real>{
                                  raw, limits_.range(joint), joint, samples.data(), log_densities.data()});
    });
  }

  void set_elites(Exec& exec, std::span<const Sample> samples, const Elites<typename Exec::Space>& elites) {
    per_batch_ = elites.per_batch;
    const MatrixView<const Real> drawn(samples.data()->v, Shape::joints, static_cast<Index>(samples.size()));
    exec.template gather<Real>(drawn, elites.indices.span(), {elites_.data()->v, Shape::joints, elites_.size()});
    const float* const from = elites.weights.data();
    Real* const to = weights_.data();
    exec.for_each_element(weights_.size(), [=] MACE_HD(Index i) { to[i] = static_cast<Real>(from[i]); });
  }

  void likelihood_gradient(Exec& exec, Index batch, std::span<Real> gradient) {
    const auto first = static_cast<std::size_t>(batch * per_batch_), count = static_cast<std::size_t>(per_batch_);
    const ConditionedSamples<Real> elites{condition_.data(), 0, elites_.data()[first].v, Shape::joints, per_batch_};
    gradient_(exec, parameters_.data(), limits_, elites, weights_.span().subspan(first, count),
              elite_log_densities_.span().subspan(first, count), gradient);
  }

 private:
  template <class T>
  using Memory = Buffer<T, typename Exec::Space>;
  template <int Joint>
  using Net = typename Shape::template Net<Joint>;
  template <class>
  struct Nets;
  template <int... Joint>
  struct Nets<std::integer_sequence<int, Joint...>> {
    using Type = std::tuple<PackedMlp<Exec, Net<Joint>, Real>...>;
  };

  template <int... Joint>
  Autoregressive(Exec& exec, std::span<const Real> weights, const Limits& limits, std::integer_sequence<int, Joint...>)
      : limits_(limits.checked()),
        nets_(PackedMlp<Exec, Net<Joint>, Real>(exec)...),
        gradient_(exec, 0),
        parameters_(exec.template allocate<Real>(Shape::parameters)),
        condition_(exec.template allocate<Real>(Shape::condition)) {
    require(static_cast<Index>(weights.size()) == Shape::parameters, "Autoregressive: wanted ", Shape::parameters,
            " weights, got ", weights.size());
    exec.copy(weights, parameters_.span());
  }

  void make_room(Exec& exec, Index samples) {
    if (raw_.size() >= 3 * Shape::mixtures * samples) return;
    inputs_ = exec.template allocate<Real>((Shape::condition + Shape::joints) * samples);
    raw_ = exec.template allocate<Real>(3 * Shape::mixtures * samples);
  }

  /// The networks as the parameters are now: a tuner moves these between any two calls.
  void pack(Exec& exec) {
    Shape::for_each_joint(
        [&](auto joint) { std::get<joint>(nets_).assign(exec, parameters_.data() + Shape::offset(joint)); });
  }

  /// What a joint's network says of samples whose joints before it are there. The first joint's sees the condition alone, so
  /// it has one column for all samples.
  template <int Joint>
  MatrixView<const Real> raw_outputs(Exec& exec, std::span<const Sample> samples) {
    const Index columns = Joint == 0 ? 1 : static_cast<Index>(samples.size());
    const ConditionedSamples<Real> given{condition_.data(), 0, samples.data()->v, Shape::joints, columns};
    const MatrixView<Real> inputs = inputs_.matrix(Net<Joint>::inputs, columns);
    exec.for_each_sample(columns, JointInputs<Shape::joints, Real>{given, limits_, Shape::condition, Joint, inputs});
    const MatrixView<Real> raw = raw_.matrix(Net<Joint>::outputs, columns);
    std::get<Joint>(nets_).forward(exec, inputs, raw);
    return raw;
  }

  Limits limits_;
  typename Nets<std::make_integer_sequence<int, Shape::joints>>::Type nets_;
  AutoregressiveGradient<Exec, Shape, Real> gradient_;
  Memory<Real> parameters_, condition_, inputs_, raw_, weights_, elite_log_densities_;
  Memory<Sample> elites_;
  Index per_batch_ = 0;
};

}  // namespace mace
