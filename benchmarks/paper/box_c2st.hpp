// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "common/scored_samples.hpp"
#include "mace/cpu.hpp"
#include "mace/metrics/c2st_cpu.hpp"
#include "mace/model/latent_vae.hpp"
#include "paper/box_posterior.hpp"
#include "shapes/box.hpp"

/// Whether boxes can be told from those of the exact posterior, by all four numbers at once.
namespace mace::benchmarks {

inline std::vector<Box> fitted_boxes(Cpu& exec, std::span<const Cloud<2048>> clouds) {
  std::vector<Box> boxes(clouds.size());
  exec.for_each_sample(static_cast<Index>(clouds.size()), [&](Index i) {
    const auto at = static_cast<std::size_t>(i);
    boxes[at] = fit_box(clouds[at].xyz).box;
  });
  return boxes;
}

/// So many of equal weight, each drawn by itself: evenly drawn from an even cover, boxes keep apart from each other,
/// and a classifier is then wrong more often than by chance. `key` names the draws.
inline std::vector<Box> drawn_boxes(const BoxPosterior& posterior, std::size_t count, const RandomKey& key) {
  std::vector<double> up_to(posterior.weights.size());
  std::partial_sum(posterior.weights.begin(), posterior.weights.end(), up_to.begin());
  Random random(key, 0);
  std::vector<Box> boxes;
  while (boxes.size() < count) {
    const double at = static_cast<double>(random.uniform()) * up_to.back();
    const auto found = std::upper_bound(up_to.begin(), up_to.end() - 1, at) - up_to.begin();
    boxes.push_back(posterior.boxes[static_cast<std::size_t>(found)]);
  }
  return boxes;
}

/// 0.5 if nothing tells them apart; boxes are named around the yaw.
inline double box_c2st(Cpu& exec, const std::vector<Box>& reference, const std::vector<Box>& samples, float yaw) {
  const auto points = [&](const std::vector<Box>& boxes) {
    std::vector<Vec<4>> out;
    for (const Box& box : boxes) {
      const Box named = canonical_box(box, yaw);
      out.push_back({named.x_edge, named.y_edge, named.height, named.yaw});
    }
    return out;
  };
  const std::vector<Vec<4>> a = points(reference), b = points(samples);
  return c2st<4>(exec, std::span<const Vec<4>>(a), std::span<const Vec<4>>(b));
}

/// What a VAE makes of boxes: clouds of them are encoded, a latent of each code is drawn and decoded, a box fitted.
template <class Shape>
std::vector<Box> through_vae(Cpu& exec, LatentVae<Cpu, Shape>& vae, const std::vector<Box>& boxes) {
  const auto count = static_cast<Index>(boxes.size());
  std::vector<Cloud<2048>> clouds(boxes.size());
  const RandomKey key{exec.seed(), Stream::evaluation, examples::EvaluationRound::fitted};
  exec.for_each_sample(count, [&](Index i) {
    Random random(key, static_cast<std::uint32_t>(i));
    sample_box(boxes[static_cast<std::size_t>(i)], random, clouds[static_cast<std::size_t>(i)].xyz, 2048);
  });
  auto memory = exec.allocate<float>(3 * Shape::latents * count);
  const MatrixView<float> codes(memory.data(), 2 * Shape::latents, count);
  const MatrixView<float> z(memory.data() + codes.size(), Shape::latents, count);
  vae.encode(exec, clouds, codes);
  exec.fill_normal(z, {key.seed, key.stream, examples::EvaluationRound::scatter});
  for (Index i = 0; i < count; ++i)
    for (Index l = 0; l < Shape::latents; ++l)
      z(l, i) = codes(l, i) + numeric::exp(codes(Shape::latents + l, i)) * z(l, i);
  vae.decode(exec, z, clouds);
  return fitted_boxes(exec, clouds);
}

}  // namespace mace::benchmarks
