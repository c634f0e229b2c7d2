// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <tuple>
#include <utility>

#include "mace/backend/concept.hpp"
#include "mace/model/autoregressive_shape.hpp"

namespace mace {

/// Samples and what they depend on, in memory that somebody else owns: sample i begins at x + i * x_step, its condition at
/// condition + i * condition_step. A step of 0 gives all samples one condition.
template <class Real>
struct ConditionedSamples {
  const Real* condition;
  Index condition_step;
  const Real* x;
  Index x_step;
  Index count;
};

/// The input of a joint's network, [condition + joint, count]: the condition as it is, the joints before in [-1, 1].
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

/// Of one joint and sample: adds log p(x_j | x_<j, c) to the log density, and writes its weighted gradient in the network's
/// raw outputs. Outside the limits the density is zero; it has no gradient there.
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
    const Real log_density = range.log_density(x, head.gradient(t, weight, gradient.column(i)));
    log_densities[i] = (joint == 0 ? Real(0) : log_densities[i]) + log_density;
  }
};

/// The gradient of a weighted log-likelihood in all weights, sum_i w_i log p(x_i | c_i). Given x the networks do not depend
/// on each other, so each has one pass forward and one back over the whole batch.
template <class Exec, class Shape, class Real = float>
class AutoregressiveGradient {
 public:
  using Limits = JointLimits<Shape::joints, Real>;

  /// For up to `capacity` samples; takes all memory.
  AutoregressiveGradient(Exec& exec, Index capacity)
      : AutoregressiveGradient(exec, capacity, std::make_integer_sequence<int, Shape::joints>()) {}

  /// Writes the gradient, Shape::parameters numbers of which those between the layers are left as they are, and
  /// log p(x_i | c_i): minus infinity outside the limits, where the gradient is zero.
  void operator()(Exec& exec, const Real* parameters, const Limits& limits, const ConditionedSamples<Real>& samples,
                  std::span<const Real> weights, std::span<Real> log_densities, std::span<Real> gradient) {
    const Index n = samples.count;
    require(static_cast<Index>(weights.size()) >= n && static_cast<Index>(log_densities.size()) >= n,
            "AutoregressiveGradient: wanted a weight and a log density for each of ", n, " samples");
    Shape::for_each_joint([&](auto joint) {
      using Net = typename Shape::template Net<joint>;
      auto& trace = std::get<joint>(traces_);
      const Real* const theta = parameters + Shape::offset(joint);
      const MatrixView<Real> inputs = inputs_.matrix(Net::inputs, n);
      exec.for_each_sample(n, JointInputs<Shape::joints, Real>{samples, limits, Shape::condition, joint, inputs});
      const MatrixView<const Real> raw = trace.forward(exec, theta, inputs);
      exec.for_each_sample(n,
                           HeadGradient<Shape::mixtures, Real>{raw, samples, limits.range(joint), joint, weights.data(),
                                                               log_densities.data(), trace.output_gradient(n)});
      trace.backward(exec, theta, inputs, gradient.data() + Shape::offset(joint), MatrixView<Real>{});
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
        inputs_(exec.template allocate<Real>((Shape::condition + Shape::joints) * capacity)) {}

  typename Traces<std::make_integer_sequence<int, Shape::joints>>::Type traces_;
  Buffer<Real, typename Exec::Space> inputs_;
};

}  // namespace mace
