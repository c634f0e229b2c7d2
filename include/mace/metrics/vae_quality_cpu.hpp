// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <span>

#include "mace/metrics/diversity_cpu.hpp"
#include "mace/model/latent_vae.hpp"

namespace mace {

/// Measures of a VAE that predict how well its latents can be tuned.
struct VaeQuality {
  double reconstruction = 0;   ///< mean CD_1 of a cloud and its reconstruction
  double floor = 0;            ///< mean CD_1 of two clouds of one shape: the best attainable reconstruction
  double correlation = 0;      ///< correlation of drawn latents and the codes of their decoded clouds; ideally 1
  double prior_diversity = 0;  ///< diversity of 49 draws from the prior
  double data_diversity = 0;   ///< diversity of 49 held-out shapes
};

/// Measures a VAE on held-out clouds.
/// @param exec    the executor
/// @param model   the VAE
/// @param clouds  at least 49 held-out clouds
/// @param twins   clouds of other points of the same shapes
/// @param key     random key of the draws from the prior
/// @throws Error if there are fewer than 49 clouds, or not as many twins.
template <class Shape>
VaeQuality measure_vae(Cpu& exec, LatentVae<Cpu, Shape>& model, std::span<const typename Shape::Sample> clouds,
                       std::span<const typename Shape::Sample> twins, const RandomKey& key) {
  using Sample = typename Shape::Sample;
  constexpr Index latents = Shape::latents;
  const auto count = static_cast<Index>(clouds.size());
  require(twins.size() == clouds.size() && count >= 49,
          "measure_vae: wanted at least 49 clouds and as many twins, got ", count, " and ", twins.size());
  auto codes = exec.allocate<float>(2 * latents * count), z = exec.allocate<float>(latents * count);
  auto decoded = exec.allocate<Sample>(count);
  auto distance = exec.allocate<float>(count);
  const auto mean_distance = [&](std::span<const Sample> a, std::span<const Sample> b) {
    exec.for_each_sample(count, [&](Index i) {
      static thread_local SortedCloud left, right;
      left.assign(a[static_cast<std::size_t>(i)].xyz, Shape::points);
      right.assign(b[static_cast<std::size_t>(i)].xyz, Shape::points);
      distance.data()[i] = chamfer_sum(Neighbors<1>{}, exec.isa(), left, right);
    });
    return std::accumulate(distance.span().begin(), distance.span().end(), 0.0) / static_cast<double>(count);
  };
  const MatrixView<float> code = codes.matrix(2 * latents, count), latent = z.matrix(latents, count);

  VaeQuality quality;
  model.encode(exec, clouds, code);
  for (Index i = 0; i < count; ++i) std::copy_n(code.column(i), latents, latent.column(i));
  model.decode(exec, latent, decoded.span());
  quality.reconstruction = mean_distance(clouds, decoded.span());
  quality.floor = mean_distance(clouds, twins);

  exec.fill_normal(latent, key);
  for (float& value : z.span()) value *= model.prior_sigma();
  model.decode(exec, latent, decoded.span());
  model.encode(exec, decoded.span(), code);
  double both = 0, drawn = 0, read = 0;
  for (Index i = 0; i < count; ++i)
    for (Index l = 0; l < latents; ++l) {
      const double a = static_cast<double>(latent(l, i)), b = static_cast<double>(code(l, i));
      both += a * b, drawn += a * a, read += b * b;
    }
  quality.correlation = both / std::sqrt(drawn * read);
  quality.prior_diversity = diversity<Shape::points>(exec, decoded.span().first(49));
  quality.data_diversity = diversity<Shape::points>(exec, clouds.first(49));
  return quality;
}

}  // namespace mace
