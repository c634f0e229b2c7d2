// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "mace/core/host_copy.hpp"
#include "mace/model/autoregressive_gradient.hpp"
#include "mace/train/adam_training.hpp"

namespace mace {

/// Training options of an autoregressive model (paper, App. B).
struct AutoregressiveTrainingOptions {
  Index batch = 1024;     ///< samples per step
  double rate = 1e-3;     ///< Adam's peak learning rate
  double warm_up = 0.02;  ///< fraction of the training over which the rate rises, before its cosine decay to 0
  double longest = 10;    ///< norm to which gradients are clipped, since single samples could make training diverge
};

namespace detail {

/// Computes the sum of squares of one part of a gradient.
struct SumSquares {
  static constexpr Index each = 1024;
  static constexpr Index parts(Index size) { return (size + each - 1) / each; }
  const float* gradient;
  Index size;
  double* sums;

  MACE_HD void operator()(Index part) const {
    double sum = 0;
    for (Index i = part * each; i < size && i < (part + 1) * each; ++i)
      sum += static_cast<double>(gradient[i]) * static_cast<double>(gradient[i]);
    sums[part] = sum;
  }
};

/// Writes to sums[0] the factor that clips the gradient to the norm `longest`.
struct ShortenTo {
  double longest;
  double* sums;
  Index parts;

  MACE_HD void operator()(Index) const {
    double square = 0;
    for (Index i = 0; i < parts; ++i) square += sums[i];
    sums[0] = square > longest * longest ? longest / numeric::sqrt(square) : 1.0;
  }
};

/// Scales a gradient by a factor in the executor's memory.
struct ScaleBy {
  float* gradient;
  const double* scale;

  MACE_HD void operator()(Index i) const { gradient[i] *= static_cast<float>(*scale); }
};

}  // namespace detail

/// Fits p(x | c) to pairs of samples and conditions by maximum likelihood, one batch per step. A training resumed from
/// a checkpoint continues to the same bits.
template <class Exec, class Shape>
class AutoregressiveTrainer {
 public:
  using Limits = JointLimits<Shape::joints>;

  /// @throws Error if the limits or the options are invalid.
  AutoregressiveTrainer(Exec& exec, const Limits& limits, const AutoregressiveTrainingOptions& options)
      : exec_(exec),
        limits_(limits.checked()),
        options_(checked(options)),
        gradient_of_(exec, options.batch),
        training_(exec, initial_weights(exec.seed())),
        weights_(exec.template allocate<float>(options.batch)),
        log_densities_(exec.template allocate<float>(options.batch)),
        squares_(exec.template allocate<double>(detail::SumSquares::parts(Shape::parameters))) {
    exec.fill(weights_.span(), 1.0f / static_cast<float>(options.batch));
  }

  std::int64_t steps() const { return training_.steps(); }
  /// The parameters, in the executor's memory.
  std::span<const float> parameters() const { return training_.parameters(); }

  /// Does one training step.
  /// @param columns pairs [condition; x], [condition + joints, batch], in the executor's memory
  /// @param done completed fraction of the training, in [0, 1]
  /// @return the batch's mean log-likelihood before the step, in nats
  /// @throws Error if the shape is wrong or the likelihood is not finite, as for samples outside the limits.
  double step(MatrixView<const float> columns, double done) {
    const double mean = log_likelihood(columns);
    require(std::isfinite(mean),
            "AutoregressiveTrainer: wanted samples within the limits and a finite likelihood, got ", mean, " after ",
            steps(), " steps; a smaller rate may help");
    shorten(training_.gradient());
    training_.ascend(cosine_rate(options_.rate, options_.warm_up, done));
    return mean;
  }

  /// Returns the mean log-likelihood, in nats, of a batch [condition; x] without a training step, for held-out samples.
  /// @throws Error if the shape is wrong.
  double log_likelihood(MatrixView<const float> columns) {
    const Index rows = Shape::condition + Shape::joints;
    require(columns.rows() == rows && columns.cols() == options_.batch, "AutoregressiveTrainer: wanted a batch of [",
            rows, ", ", options_.batch, "], got [", columns.rows(), ", ", columns.cols(), "]");
    const ConditionedSamples<float> samples{columns.data(), rows, columns.data() + Shape::condition, rows,
                                            columns.cols()};
    gradient_of_(exec_, training_.parameters().data(), limits_, samples, weights_.span(), log_densities_.span(),
                 training_.gradient());
    HostCopy<float, typename Exec::Space> copy;
    double mean = 0;
    for (const float l : copy.of(exec_, log_densities_))
      mean += static_cast<double>(l) / static_cast<double>(options_.batch);
    return mean;
  }

  /// Returns the state on which the next step depends.
  Safetensors checkpoint() const { return training_.checkpoint(); }
  /// Resumes from a checkpoint.
  /// @throws Error if the file is not a valid checkpoint of this network; the trainer is then unchanged.
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
    const auto size = static_cast<Index>(gradient.size());
    exec_.for_each_sample(squares_.size(), detail::SumSquares{gradient.data(), size, squares_.data()});
    exec_.for_each_sample(1, detail::ShortenTo{options_.longest, squares_.data(), squares_.size()});
    exec_.for_each_element(size, detail::ScaleBy{gradient.data(), squares_.data()});
  }

  /// The initial outputs are small except for the means of the mixture components, which are spread evenly between the
  /// limits: components that start alike stay alike for long.
  static std::vector<float> initial_weights(std::uint64_t seed) {
    std::vector<float> weights(static_cast<std::size_t>(Shape::parameters));
    Shape::for_each_joint([&](auto joint) { initialize_joint<joint>(weights.data() + Shape::offset(joint), seed); });
    return weights;
  }
  template <int Joint>
  static void initialize_joint(float* net, std::uint64_t seed) {
    using Net = typename Shape::template Net<Joint>;
    initialize<Net>(net, seed, Joint);
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
  Buffer<double, typename Exec::Space> squares_;
};

}  // namespace mace
