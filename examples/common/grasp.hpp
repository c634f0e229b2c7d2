// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/grasp_condition.hpp"
#include "common/latent_posterior.hpp"
#include "common/scored_samples.hpp"
#include "conditional_vae/model.hpp"
#include "conditional_vae/prior.hpp"
#include "mace/cpu.hpp"
#include "mace/score/contact_match.hpp"
#include "mace/select/quantile_or_importance.hpp"
#include "mace/simulate/contact.hpp"
#include "shapes/airplane.hpp"

/// The grasping task (paper, 4.1): fingers touch an object, the posterior is over whole objects.
namespace mace::examples {

/// An airplane that no training has seen: drawn like those, from random numbers of another use.
inline std::vector<float> draw_airplane(std::uint64_t seed) {
  Random random({seed, Stream::evaluation, EvaluationRound::observation}, 0);
  std::vector<float> xyz(3 * cloud_points);
  sample_airplane(random_airplane(random), random, xyz.data(), cloud_points);
  return xyz;
}

/// Refuses an object that is not in the frame that the prior knows: a bounding box around the origin with a diagonal of
/// 1. Nothing is moved or rescaled, so fingers would miss it, or touch it where no sample can be touched.
inline void require_in_frame(const std::string& name, const std::vector<float>& xyz) {
  require_cloud(name.c_str(), xyz, 2);
  Vec<3, double> low{}, high{};
  for (std::size_t i = 0; i < xyz.size(); ++i) {
    const auto axis = static_cast<int>(i % 3);
    const auto x = static_cast<double>(xyz[i]);
    low[axis] = i < 3 ? x : std::min(low[axis], x);
    high[axis] = i < 3 ? x : std::max(high[axis], x);
  }
  const auto middle = 0.5 * (low + high);
  const double diagonal = norm(high - low);
  require(diagonal >= 0.8 && diagonal <= 1.25 && norm(middle) <= 0.1, name,
          ": wanted an object whose bounding box is centered at the origin with a diagonal of 1, got one around (",
          middle[0], ", ", middle[1], ", ", middle[2], ") with a diagonal of ", diagonal);
}

/// What fingers feel of one object, against what they would feel of samples.
class Grasp {
 public:
  static constexpr int capacity = 8;
  using Felt = Contacts<capacity>;

  /// `object`: x, y, z of any number of points. Errors: those of make_fingers.
  Grasp(const std::vector<Ray>& fingers, const std::vector<float>& object)
      : fingers_(std::span<const Ray>(fingers), finger_radius),
        felt_(find_contacts(best_isa(), fingers_.fingers(), object.data(), static_cast<Index>(object.size() / 3))),
        match_(felt_) {}

  const Fingers<capacity>& fingers() const { return fingers_.fingers(); }
  const Felt& felt() const { return felt_; }

  /// What tunes the model, from where it is: by its elites, or by importance sampling (Eq. 2), where every sample
  /// counts. Errors: options that make no sense.
  template <class Exec, class Model>
  auto tuner(Exec& exec, Model& model, TunerOptions options, double rate, bool importance) const {
    QuantileOrImportance<Exec, Model> select;
    if (importance) {
      options.quantile = 1;
      select.importance.emplace(exec, model);
    }
    return Tuner(exec, model, fingers_, match_, options, Adam{.rate = rate}, std::move(select));
  }

  /// What samples the posterior in a prior's latents. Errors: options that make no sense.
  template <class Exec, class Shape>
  auto posterior(Exec& exec, LatentVae<Exec, Shape>& prior, const LatentPosteriorOptions& options) const {
    return LatentPosterior<Exec, Shape, Contact<cloud_points, capacity>, ContactMatch<capacity>>(exec, prior, fingers_,
                                                                                                 match_, options);
  }

  /// Draws from a model as it is now, with diversity: of `best_of` times as many as are looked at the best, as the
  /// tuner's next round would choose them.
  template <class Exec, class Model>
  ScoredSamples draw(Exec& exec, Model& model, Index best_of = 1) const {
    auto drawn =
        draw_scored(exec, model, fingers_, match_, best_of * drawn_samples, EvaluationRound::shown, best_of == 1);
    return best_of == 1 ? std::move(drawn) : best_of_samples(exec, drawn, drawn_samples);
  }
  /// Some of what is sampled, for the run's page.
  template <class Exec, class Sampler>
  ScoredSamples draw_on_the_way(Exec& exec, Sampler& sampler, Index count) const {
    return draw_scored(exec, sampler, fingers_, match_, count, EvaluationRound::keyframe, false);
  }
  /// The best score of 4096 draws.
  template <class Exec, class Model>
  double best_of_4096(Exec& exec, Model& model) const {
    return best_of_draws(exec, model, fingers_, match_, 4096);
  }
  /// 1 - S: the mean contact error of a sample, a length.
  float error(const Felt& felt) const { return match_.error(felt); }

 private:
  Contact<cloud_points, capacity> fingers_;
  Felt felt_;
  ContactMatch<capacity> match_;
};

/// The paper's baseline for a network `BaseVae`, given where the fingers touch.
template <class BaseVae>
using GraspCvae = ConditionalVae<BaseVae, grasp_features>;

/// Calls use(sampler) with the baseline in a file, under the condition of what was felt by the paper's fingers. Errors:
/// a prior of another task or for other fingers, fingers of another number.
template <class Shape, class Exec, class Use>
void use_cvae_of(Exec& exec, const Safetensors& file, const Grasp::Felt& felt, const Use& use) {
  const auto prior = read_conditional_vae<Shape>(file);
  const auto fingers = prior.about.find("fingers");
  const std::string wanted = fingers_text(grasp_rays(true));
  require(fingers != prior.about.end() && fingers->second == wanted, file.source,
          ": wanted a network for the fingers \"", wanted, "\", got one for \"",
          fingers == prior.about.end() ? std::string() : fingers->second, "\"");
  ConditionalSampler<Exec, Shape> sampler(exec, prior.weights);
  std::vector<float> condition(grasp_features);
  write_condition(felt, condition.data());
  sampler.set_condition(exec, condition);
  use(sampler);
}
template <class Exec, class Use>
void with_cvae(Exec& exec, const Safetensors& file, const Grasp::Felt& felt, const Use& use) {
  require_task(file, "grasp_cvae");
  with_vae_shape<GraspCvae<SmallPlanesVae>, GraspCvae<PaperVae>>(
      file, [&]<class Shape>() { use_cvae_of<Shape>(exec, file, felt, use); });
}

}  // namespace mace::examples
