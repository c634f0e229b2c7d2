// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <span>
#include <tuple>
#include <utility>

#include "mace/backend/concept.hpp"
#include "mace/model/autoregressive_shape.hpp"

namespace mace {

/// Samples and their conditions, in memory owned by the caller: sample i begins at x + i * x_step, its condition at
/// condition + i * condition_step. With a step of 0 all samples have the same condition.
template <class Real>
struct ConditionedSamples {
  const Real* condition;  ///< condition of the first sample
  Index condition_step;   ///< distance between conditions
  const Real* x;          ///< first sample
  Index x_step;           ///< distance between samples
  Index count;            ///< number of samples
};

namespace detail {

/// Computes the input of a joint's network, [condition + joint, count]: the condition, and the previous joints scaled
/// to [-1, 1].
template <int Joints, class Real>
struct JointInputs {
  ConditionedSamples<Real> samples;
  JointLimits<Joints, Real> limits;
  int condition, joint;
  MatrixView<Real> inputs;

  MACE_HD void operator()(Index i) const {
    const Real *const c = samples.condition + i * samples.condition_step, *const x = samples.x + i * samples.x_step;
    for (int r = 0; r < condition; ++r) inputs(r, i) = c[r];
    for (int j = 0; j < joint; ++j) inputs(condition + j, i) = limits.range(j).to_unit(x[j]);
  }
};

/// Writes log p(x_j | x_<j, c) of one joint and sample, and its weighted gradient in the network's raw outputs. Outside
/// the limits the density and the gradient are zero.
template <int Mixtures, class Real>
struct HeadGradient {
  MatrixView<const Real> raw;
  ConditionedSamples<Real> samples;
  JointRange<Real> range;
  int joint;
  const Real* weights;
  Real* log_densities;
  MatrixView<Real> gradient;

  MACE_HD void operator()(Index i) const {
    const Real x = samples.x[i * samples.x_step + joint];
    const bool inside = range.contains(x);
    const MixtureHead<Mixtures, Real> head{raw.column(i)};
    const Real t = range.to_unit(inside ? x : range.low), weight = inside ? weights[i] : Real(0);
    log_densities[i] = range.log_density(x, head.gradient(t, weight, gradient.column(i)));
  }
};

/// Sums the joints' log densities [samples, joints] to log p(x_i | c_i).
template <class Real>
struct SumOverJoints {
  MatrixView<const Real> by_joint;
  Real* log_densities;

  MACE_HD void operator()(Index i) const {
    Real sum = by_joint(i, 0);
    for (Index j = 1; j < by_joint.cols(); ++j) sum += by_joint(i, j);
    log_densities[i] = sum;
  }
};

}  // namespace detail

/// A weighted log-likelihood, sum_i w_i log p(x_i | c_i).
template <class Real>
struct WeightedSamples {
  ConditionedSamples<Real> samples;  ///< the samples x_i and conditions c_i
  const Real* weights;               ///< the weights w_i, one per sample
};

/// Gradient of a weighted log-likelihood, sum_i w_i log p(x_i | c_i), in the weights of all networks. Given x the
/// networks are independent, so each has one forward and one backward pass over the batch.
template <class Exec, class Shape, class Real = float>
class AutoregressiveGradient {
 public:
  using Limits = JointLimits<Shape::joints, Real>;

  /// Allocates memory for up to `capacity` samples.
  AutoregressiveGradient(Exec& exec, Index capacity)
      : AutoregressiveGradient(exec, capacity, std::make_integer_sequence<int, Shape::joints>()) {}

  /// Maximum number of samples.
  Index capacity() const { return log_densities_.size() / Shape::joints; }

  /// Computes the gradient for large batches: network by network, each on all threads.
  /// @param exec           the executor
  /// @param parameters     weights of all networks
  /// @param limits         limits of the joints
  /// @param samples        samples x_i and conditions c_i
  /// @param weights        weights w_i
  /// @param log_densities  receives log p(x_i | c_i); minus infinity outside the limits, where the gradient is zero
  /// @param gradient       receives the gradient, Shape::parameters numbers; the gaps between layers are left unchanged
  /// @throws Error if there are fewer weights or log densities than samples.
  void operator()(Exec& exec, const Real* parameters, const Limits& limits, const ConditionedSamples<Real>& samples,
                  std::span<const Real> weights, std::span<Real> log_densities, std::span<Real> gradient) {
    const Index n = samples.count;
    require(static_cast<Index>(weights.size()) >= n && static_cast<Index>(log_densities.size()) >= n,
            "AutoregressiveGradient: wanted a weight and a log density for each of ", n, " samples");
    Shape::for_each_joint([&](auto joint) {
      const Real* const theta = parameters + Shape::offset(joint);
      const MatrixView<const Real> inputs = forward<joint>(exec, theta, limits, {samples, weights.data()});
      std::get<joint>(traces_).backward(exec, theta, inputs, gradient.data() + Shape::offset(joint), {});
    });
    exec.for_each_sample(n, detail::SumOverJoints<Real>{log_densities_.matrix(n, Shape::joints), log_densities.data()});
  }

  /// Takes `count` steps up the likelihood, for small batches: the networks run side by side, each through all its
  /// steps while its weights are in the cache, and each gradient is passed to the step without being stored. The result
  /// is bit-identical to computing gradients and steps in turn. The last network balances the load: its first half of
  /// the steps is started first, its second half last.
  /// @param exec        the executor
  /// @param parameters  weights of all networks, which the steps move
  /// @param limits      limits of the joints
  /// @param count       number of steps
  /// @param batch       batch(m) are the samples of step m
  /// @param steps       steps(m)(i, g) moves parameter i along its gradient g in step m
  template <class Batch, class Steps>
  void ascend(Exec& exec, const Real* parameters, const Limits& limits, Index count, const Batch& batch,
              const Steps& steps) {
    Gate half;
    exec.side_by_side(Shape::joints + 1, [&](Index task, Index) {
      const bool first = task == 0, last = task == Shape::joints;
      if (last) half.wait();
      const Opener opener{first ? &half : nullptr};
      Shape::visit_joint(first || last ? Shape::joints - 1 : task - 1, [&](auto joint) {
        for (Index m = last ? count / 2 : 0; m < (first ? count / 2 : count); ++m)
          take_step<joint>(exec, parameters + Shape::offset(joint), limits, batch(m), steps(m));
      });
    });
  }

 private:
  template <int Joint>
  using Trace = MlpTrace<Exec, typename Shape::template Net<Joint>, Real>;
  template <class>
  struct Traces;
  template <int... Joint>
  struct Traces<std::integer_sequence<int, Joint...>> {
    using Type = std::tuple<Trace<Joint>...>;
  };

  template <int... Joint>
  AutoregressiveGradient(Exec& exec, Index capacity, std::integer_sequence<int, Joint...>)
      : traces_(Trace<Joint>(exec, capacity)...),
        inputs_(exec.template allocate<Real>(Shape::joints * (Shape::condition + Shape::joints) * capacity)),
        log_densities_(exec.template allocate<Real>(Shape::joints * capacity)) {}

  /// Runs the forward pass of a network and the backward pass of its head, and returns the network's input. It touches
  /// no memory of other joints.
  template <int Joint>
  MatrixView<const Real> forward(Exec& exec, const Real* parameters, const Limits& limits,
                                 const WeightedSamples<Real>& batch) {
    auto& trace = std::get<Joint>(traces_);
    const Index n = batch.samples.count, inputs_each = inputs_.size() / Shape::joints;
    const MatrixView<Real> inputs(inputs_.data() + Joint * inputs_each, Shape::template Net<Joint>::inputs, n);
    exec.for_each_sample(
        n, detail::JointInputs<Shape::joints, Real>{batch.samples, limits, Shape::condition, Joint, inputs});
    const MatrixView<const Real> raw = trace.forward(exec, parameters, inputs);
    exec.for_each_sample(
        n, detail::HeadGradient<Shape::mixtures, Real>{raw, batch.samples, limits.range(Joint), Joint, batch.weights,
                                                       log_densities_.data() + Joint * n, trace.output_gradient(n)});
    return inputs;
  }

  template <int Joint, class Step>
  void take_step(Exec& exec, const Real* parameters, const Limits& limits, const WeightedSamples<Real>& batch,
                 const Step& step) {
    const MatrixView<const Real> inputs = forward<Joint>(exec, parameters, limits, batch);
    std::get<Joint>(traces_).backward_to(exec, parameters, inputs, detail::From<Step>{step, Shape::offset(Joint)});
  }

  /// Blocks waiting threads until it is opened.
  class Gate {
   public:
    void open() {
      open_ = true;
      open_.notify_all();
    }
    void wait() const { open_.wait(false); }

   private:
    std::atomic<bool> open_{false};
  };
  /// Opens a gate, if any, on destruction: also after an exception, since other threads would wait forever.
  struct Opener {
    Gate* gate;
    ~Opener() {
      if (gate != nullptr) gate->open();
    }
  };

  typename Traces<std::make_integer_sequence<int, Shape::joints>>::Type traces_;
  Buffer<Real, typename Exec::Space> inputs_, log_densities_;
};

}  // namespace mace
