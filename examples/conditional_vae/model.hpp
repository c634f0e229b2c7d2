// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "mace/core/philox.hpp"
#include "mace/model/vae.hpp"

namespace mace {

/// An Mlp like `Net`, with `Inputs` inputs instead of its own.
template <class Net, int Inputs>
struct WithInputs;
template <Activation Hidden, int First, int... Widths, int Inputs>
struct WithInputs<Mlp<Hidden, First, Widths...>, Inputs> {
  using Type = Mlp<Hidden, Inputs, Widths...>;
  /// Inputs -> 128 -> Outputs, with the same activation.
  template <int Outputs>
  using OneHidden = Mlp<Hidden, Inputs, 128, Outputs>;
};

/// The shape of a conditional VAE p(x | c) of point clouds, the paper's baseline (App. A): `BaseVae` with a net that
/// makes of the condition, `Features` numbers, the mean and the log standard deviation of the latents' prior N(mu_c,
/// sigma_c^2), and a decoder that takes mu_c next to the latents. The encoder sees the cloud alone. How an observation
/// becomes numbers is the task's business.
template <class BaseVae, int Features>
struct ConditionalVae {
  static constexpr int latents = BaseVae::latents;
  static constexpr int points = BaseVae::points;
  static constexpr int features = Features;
  using Sample = typename BaseVae::Sample;
  using Encoder = typename BaseVae::Encoder;
  using Decoder = typename WithInputs<typename BaseVae::Decoder, 2 * latents>::Type;
  using Condition = typename WithInputs<typename BaseVae::Decoder, Features>::template OneHidden<2 * latents>;

  static constexpr Index decoder_offset = Encoder::parameters;
  static constexpr Index condition_offset = decoder_offset + Decoder::parameters;
  static constexpr Index parameters = condition_offset + Condition::parameters;

  /// Calls visit(name, tensor) for every tensor; the names are those of the files.
  template <class Real, class Visit>
  static void for_each_tensor(Real* flat, const Visit& visit) {
    Encoder::PointNet::for_each_tensor("encoder.points.", flat, visit);
    Encoder::HeadNet::for_each_tensor("encoder.head.", flat + Encoder::head_offset, visit);
    Decoder::for_each_tensor("decoder.", flat + decoder_offset, visit);
    Condition::for_each_tensor("condition.", flat + condition_offset, visit);
  }
};

/// The decoder's inputs for sample i: z = mu + sigma e of noise that stands in the first rows, then mu; mu and log
/// sigma are the rows of one column `prior`.
template <class Real>
struct ConditionedLatent {
  MatrixView<const Real> prior;
  MatrixView<const float> noise;
  MatrixView<Real> inputs;

  MACE_HD void operator()(Index i) const {
    const Index latents = noise.rows();
    for (Index l = 0; l < latents; ++l) {
      inputs(l, i) = prior(l, 0) + numeric::exp(prior(latents + l, 0)) * static_cast<Real>(noise(l, i));
      inputs(latents + l, i) = prior(l, 0);
    }
  }
};

/// Draws from a trained conditional VAE, under one condition at a time. Nothing of it is tuned; `sample` is that of a
/// model.
template <class Exec, class Shape>
class ConditionalSampler {
  static constexpr Index latents = Shape::latents;

 public:
  using Sample = typename Shape::Sample;

  /// The condition is zero at first.
  /// @param weights  the trained network, Shape::parameters numbers of the host's memory or the executor's; copied
  ConditionalSampler(Exec& exec, std::span<const float> weights)
      : condition_(exec), decoder_(exec), prior_(exec.template allocate<float>(2 * latents)) {
    require(static_cast<Index>(weights.size()) == Shape::parameters, "ConditionalSampler: wanted ", Shape::parameters,
            " weights, got ", weights.size());
    const auto there = exec.upload(weights);
    condition_.freeze(exec, there.data() + Shape::condition_offset);
    decoder_.freeze(exec, there.data() + Shape::decoder_offset);
    set_condition(exec, std::vector<float>(Shape::features));
  }

  /// Sets the condition, Shape::features finite numbers of the host's memory or the executor's.
  void set_condition(Exec& exec, std::span<const float> condition) {
    require(condition.size() == static_cast<std::size_t>(Shape::features), "ConditionalSampler: wanted a condition of ",
            Shape::features, " numbers, got ", condition.size());
    const auto there = exec.upload(condition);
    require(exec.all_finite(std::span<const float>(there.span())),
            "ConditionalSampler: wanted a condition of finite numbers");
    condition_.forward(exec, {there.data(), Shape::features, 1}, prior_.matrix(2 * latents, 1));
  }

  /// Mean and log standard deviation of the latents under the condition.
  std::span<const float> prior() const { return prior_.span(); }

  /// decoder(mu_c + sigma_c e, mu_c), e standard normal.
  void sample(Exec& exec, const RandomKey& key, std::span<Sample> samples) {
    const auto count = static_cast<Index>(samples.size());
    grow(exec, noise_, latents * count);
    grow(exec, inputs_, 2 * latents * count);
    const MatrixView<float> noise = noise_.matrix(latents, count), inputs = inputs_.matrix(2 * latents, count);
    exec.fill_normal(noise, key);
    exec.for_each_sample(count, ConditionedLatent<float>{prior_.matrix(2 * latents, 1), noise, inputs});
    decoder_.forward(exec, inputs, as_columns(samples));
  }

 private:
  PackedMlp<Exec, typename Shape::Condition> condition_;
  PackedMlp<Exec, typename Shape::Decoder> decoder_;
  Buffer<float, typename Exec::Space> prior_, noise_, inputs_;
};

}  // namespace mace
