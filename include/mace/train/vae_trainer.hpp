// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "mace/train/adam_training.hpp"
#include "mace/train/latent_scale.hpp"
#include "mace/train/vae_gradient.hpp"
#include "mace/train/vae_schedule.hpp"

namespace mace {

/// Fits a VAE to clouds, one batch per step. A training resumed from a checkpoint continues to the same bits.
template <class Exec, class Shape>
class VaeTrainer {
 public:
  /// @throws Error if the options or the schedule are invalid.
  VaeTrainer(Exec& exec, const VaeTrainingOptions& options, const VaeSchedule& schedule)
      : exec_(exec),
        options_(options),
        schedule_(schedule.checked()),
        gradient_of_(exec, options),
        training_(exec, initial_vae<Shape>(exec.seed())),
        scale_(exec) {}

  std::int64_t steps() const { return training_.steps(); }
  /// The parameters, in the executor's memory.
  std::span<const float> parameters() const { return training_.parameters(); }

  /// Does one training step.
  /// @param clouds batch of clouds [3 points, batch], in the executor's memory
  /// @param done completed fraction of the training, in [0, 1]
  /// @return the loss before the step
  /// @throws Error if the number of clouds is not the batch size or the loss is not finite.
  VaeLoss step(MatrixView<const float> clouds, double done) {
    gradient_of_.divergence(options_.divergence * static_cast<float>(schedule_.divergence_at(done)));
    float* const parameters = training_.parameters().data();
    const VaeLoss loss = gradient_of_(exec_, parameters, clouds, training_.next_key(), training_.gradient().data());
    require(std::isfinite(loss.reconstruction) && std::isfinite(loss.divergence),
            "VaeTrainer: the loss is no number after ", steps(), " steps; wanted a smaller rate");
    training_.ascend(schedule_.rate_at(done));
    if (done < schedule_.divergence_to) {
      scale_.watch(exec_, gradient_of_.codes());
      if (steps() % schedule_.rescale_every == 0)
        scale_.fold(exec_, parameters, training_.adam(), options_.prior_sigma);
    }
    return loss;
  }

  /// Returns the state on which the next step depends.
  Safetensors checkpoint() const {
    Safetensors file = training_.checkpoint();
    const std::vector<float> scale = copy_to_host(exec_, std::span<const float>(scale_.state()));
    file.tensors["latent_scale"] = {{static_cast<Index>(scale.size())}, scale};
    return file;
  }

  /// Resumes from a checkpoint.
  /// @throws Error if the file is not a valid checkpoint of this network; the trainer is then unchanged.
  void resume(const Safetensors& file) {
    const auto steps = static_cast<float>(detail::checkpoint_steps(file));
    const std::vector<float>& scale = detail::finite_tensor(file, "latent_scale", 1 + 2 * Shape::latents);
    require(scale[0] >= 0 && scale[0] <= steps, file.source, ": tensor latent_scale: wanted 0 to ", steps,
            " steps, got ", scale[0]);
    training_.resume(file);
    exec_.copy(std::span<const float>(scale), scale_.state());
  }

 private:
  Exec& exec_;
  VaeTrainingOptions options_;
  VaeSchedule schedule_;
  VaeGradient<Exec, Shape> gradient_of_;
  AdamTraining<Exec> training_;
  LatentScale<Exec, Shape> scale_;
};

}  // namespace mace
