// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <span>

#include "mace/model/autoregressive_gradient.hpp"
#include "mace/train/adam_training.hpp"

namespace mace {

/// What an autoregressive model is fitted with (paper, App. B).
struct AutoregressiveTrainingOptions {
  Index batch = 1024;     ///< samples a step
  double rate = 1e-3;     ///< Adam's, at its highest
  double warm_up = 0.02;  ///< share of the training over which the rate rises; then it falls to zero by a cosine
  double longest = 10;    ///< norm to which a longer gradient is shortened: single samples would throw the training off
};

/// Fits p(x | c) to pairs of samples and conditions by maximum likelihood, one batch a step; can be saved and taken up again,
/// to the same bits.
template <class Exec, class Shape>
class AutoregressiveTrainer {
 public:
  using Limits = JointLimits<Shape::joints>;

  AutoregressiveTrainer(Exec& exec, const Limits& limits, const AutoregressiveTrainingOptions& options)
      : exec_(exec),
        limits_(limits.checked()),
        options_(checked(options)),
        gradient_of_(exec, options.batch),
        training_(exec, Shape::parameters),
        weights_(exec.template allocate<float>(options.batch)),
        log_densities_(exec.template allocate<float>(options.batch)) {
    exec.fill(weights_.span(), 1.0f / static_cast<float>(options.batch));
    Shape::for_each_joint([&](auto joint) { initialise_joint<joint>(); });
  }

  std::int64_t steps() const { return training_.steps(); }
  std::span<const float> parameters() const { return training_.parameters(); }

  /// One step on columns [condition; x], [condition + joints, batch]; `done` is the share of the training that lies behind,
  /// in [0, 1]. Returns the batch's mean log-likelihood before the step, nats. Errors: a likelihood that is no number, as
  /// that of samples outside the limits.
  double step(MatrixView<const float> columns, double done) {
    const double mean = log_likelihood(columns);
    require(std::isfinite(mean),
            "AutoregressiveTrainer: wanted samples within the limits and a finite likelihood, got ", mean, " after ",
            steps(), " steps; a smaller rate may help");
    shorten(training_.gradient());
    training_.ascend(cosine_rate(options_.rate, options_.warm_up, done));
    return mean;
  }

  /// The mean log-likelihood of a batch [condition; x], nats, without a step: of samples that were held out.
  double log_likelihood(MatrixView<const float> columns) {
    const Index rows = Shape::condition + Shape::joints;
    require(columns.rows() == rows && columns.cols() == options_.batch, "AutoregressiveTrainer: wanted a batch of [",
            rows, ", ", options_.batch, "], got [", columns.rows(), ", ", columns.cols(), "]");
    const ConditionedSamples<float> samples{columns.data(), rows, columns.data() + Shape::condition, rows,
                                            columns.cols()};
    gradient_of_(exec_, training_.parameters().data(), limits_, samples, weights_.span(), log_densities_.span(),
                 training_.gradient());
    double mean = 0;
    for (const float l : log_densities_.span()) mean += static_cast<double>(l) / static_cast<double>(options_.batch);
    return mean;
  }

  /// Everything that the next step depends on.
  Safetensors checkpoint() const { return training_.checkpoint(); }
  /// Continues from a checkpoint; refuses one of another network.
  void resume(const Safetensors& file) { training_.resume(file); }

 private:
  static const AutoregressiveTrainingOptions& checked(const AutoregressiveTrainingOptions& o) {
    require(o.batch > 0, "AutoregressiveTrainingOptions: wanted batch > 0, got ", o.batch);
    require(o.rate > 0 && o.warm_up > 0 && o.longest > 0,
            "AutoregressiveTrainingOptions: wanted rate, warm_up and longest above 0, got ", o.rate, ", ", o.warm_up,
            " and ", o.longest);
    return o;
  }

  void shorten(std::span<float> gradient) {
    double square = 0;
    for (const float g : gradient) square += static_cast<double>(g) * static_cast<double>(g);
    if (square <= options_.longest * options_.longest) return;
    const auto scale = static_cast<float>(options_.longest / std::sqrt(square));
    float* const g = gradient.data();
    exec_.for_each_element(static_cast<Index>(gradient.size()), [=] MACE_HD(Index i) { g[i] *= scale; });
  }

  /// Small outputs, but for the means: they begin evenly spread between the limits, as components that begin alike stay alike
  /// for long.
  template <int Joint>
  void initialise_joint() {
    using Net = typename Shape::template Net<Joint>;
    float* const net = training_.parameters().data() + Shape::offset(Joint);
    initialise<Net>(net, exec_.seed(), Joint);
    const auto bias = Net::bias(net, Net::layers - 1);
    for (int k = 0; k < Shape::mixtures; ++k) {
      const float mean = static_cast<float>(2 * k + 1) / static_cast<float>(Shape::mixtures) - 1.0f;
      bias[static_cast<std::size_t>(Shape::mixtures + k)] = mean / (1.0f - std::abs(mean));
    }
  }

  Exec& exec_;
  Limits limits_;
  AutoregressiveTrainingOptions options_;
  AutoregressiveGradient<Exec, Shape> gradient_of_;
  AdamTraining<Exec> training_;
  Buffer<float, typename Exec::Space> weights_, log_densities_;
};

}  // namespace mace
