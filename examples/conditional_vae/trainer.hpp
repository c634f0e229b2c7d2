// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "conditional_vae/gradient.hpp"
#include "mace/train/adam_training.hpp"
#include "mace/train/vae_schedule.hpp"

namespace mace {

/// Fits a conditional VAE to clouds and their conditions, one batch a step; can be saved and taken up again, to the
/// same bits. The latents' prior is learned and finds its own scale: it begins as about N(0, prior_sigma^2) for all
/// conditions, and VaeSchedule::rescale_every has no part in this training.
template <class Exec, class Shape>
class ConditionalVaeTrainer {
 public:
  ConditionalVaeTrainer(Exec& exec, const VaeTrainingOptions& options, const VaeSchedule& schedule)
      : exec_(exec),
        options_(options),
        schedule_(schedule.checked()),
        gradient_of_(exec, options),
        training_(exec, initial_weights(exec.seed(), options.prior_sigma)) {}

  std::int64_t steps() const { return training_.steps(); }
  /// In the executor's memory.
  std::span<const float> parameters() const { return training_.parameters(); }

  /// One step on clouds [3 points, batch] and conditions [features, batch] in the executor's memory; `done` is the
  /// share of the training that lies behind, in [0, 1].
  VaeLoss step(MatrixView<const float> clouds, MatrixView<const float> conditions, double done) {
    gradient_of_.divergence(options_.divergence * static_cast<float>(schedule_.divergence_at(done)));
    const VaeLoss before = loss(clouds, conditions, training_.next_key());
    require(std::isfinite(before.reconstruction) && std::isfinite(before.divergence),
            "ConditionalVaeTrainer: the loss is no number after ", steps(), " steps; wanted a smaller rate");
    training_.ascend(schedule_.rate_at(done));
    return before;
  }

  /// The loss of a batch without a step: of clouds that were held out. `key` names the draw of the latents.
  VaeLoss loss(MatrixView<const float> clouds, MatrixView<const float> conditions, const RandomKey& key) {
    return gradient_of_(exec_, training_.parameters().data(), clouds, conditions, key, training_.gradient().data());
  }

  /// Everything that the next step depends on.
  Safetensors checkpoint() const { return training_.checkpoint(); }
  /// Continues from a checkpoint. Errors: it is none, of another network, or its numbers make no sense; the trainer
  /// then stays as it was.
  void resume(const Safetensors& file) { training_.resume(file); }

 private:
  static std::vector<float> initial_weights(std::uint64_t seed, float prior_sigma) {
    using Condition = typename Shape::Condition;
    std::vector<float> weights = initial_vae<Shape>(seed);
    float* const condition = weights.data() + Shape::condition_offset;
    initialize<Condition>(condition, seed, 3);
    std::ranges::fill(Condition::bias(condition, Condition::layers - 1).last(Shape::latents), std::log(prior_sigma));
    return weights;
  }

  Exec& exec_;
  VaeTrainingOptions options_;
  VaeSchedule schedule_;
  ConditionalVaeGradient<Exec, Shape> gradient_of_;
  AdamTraining<Exec> training_;
};

}  // namespace mace
