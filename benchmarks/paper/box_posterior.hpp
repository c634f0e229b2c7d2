// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "mace/cloud/chamfer_cpu.hpp"
#include "mace/core/error.hpp"
#include "mace/core/philox.hpp"
#include "mace/metrics/coverage.hpp"
#include "shapes/box.hpp"
#include "shapes/box_fit.hpp"

/// The exact posterior of the box completion task (paper, App. C): four numbers describe a box, so it can be computed.
namespace mace {

struct BoxPosteriorOptions {
  Index boxes = 16384;     ///< that cover the prior
  float tau = 0.1f;        ///< of the score exp(-tau CD_5)
  std::uint64_t seed = 0;  ///< of the cover and the clouds; both draw from Stream::draw
};

/// Weighted boxes that stand for a posterior. A box has several names (see canonical_box): here, and for everything
/// compared with it, the one with its yaw within pi/4 of the posterior's own, so that no mode is cut in two.
struct BoxPosterior {
  static constexpr std::array<const char*, 4> dimensions = {"x edge", "y edge", "height", "yaw"};

  std::vector<Box> boxes;
  std::vector<double> weights;  ///< sum to one
  float yaw;                    ///< circular mean of period pi/2
  double score;                 ///< mean score of the exact posterior's own clouds

  /// How many equally weighted boxes would say as much.
  double effective_size() const {
    double squares = 0;
    for (const double w : weights) squares += w * w;
    return 1.0 / squares;
  }
  /// Of one of the `dimensions`.
  EmpiricalDistribution marginal(int dimension) const {
    return EmpiricalDistribution(column(boxes, dimension), weights);
  }
  /// For each dimension, how samples of the posterior compare with it, and with the box that was observed.
  std::array<Coverage, 4> compare(std::vector<Box> samples, const Box& truth) const {
    for (Box& box : samples) box = canonical_box(box, yaw);
    const std::vector<Box> observed = {canonical_box(truth, yaw)};
    const auto in = [&](int d) {
      return coverage(EmpiricalDistribution(column(samples, d)), marginal(d),
                      static_cast<double>(column(observed, d)[0]));
    };
    return {in(0), in(1), in(2), in(3)};
  }

 private:
  static std::vector<float> column(const std::vector<Box>& boxes, int dimension) {
    constexpr std::array<float Box::*, 4> member = {&Box::x_edge, &Box::y_edge, &Box::height, &Box::yaw};
    std::vector<float> values;
    for (const Box& box : boxes) values.push_back(box.*member[static_cast<std::size_t>(dimension)]);
    return values;
  }
};

namespace box_posterior_parts {

/// Entry `place` of a four-dimensional sequence that covers [0, 1) evenly however far one follows it: the multiples of
/// powers of 1/g, g the root of g^5 = g + 1 (M. Roberts, "The unreasonable effectiveness of quasirandom sequences",
/// 2018).
inline std::array<double, 4> even_cover(Index place, const std::array<double, 4>& shift) {
  constexpr double step = 1.0 / 1.16730397826141868;
  std::array<double, 4> out;
  double power = step;
  for (std::size_t d = 0; d < 4; ++d, power *= step) {
    const double position = shift[d] + power * static_cast<double>(place);
    out[d] = position - std::floor(position);
  }
  return out;
}

/// Boxes that cover the task's prior, each once: with the yaw in a quarter turn every pair of edges is a different box.
inline std::vector<Box> covering_boxes(Index count, std::uint64_t seed) {
  Random random({seed, Stream::draw, 1}, 0);
  std::array<double, 4> shift;
  for (double& s : shift) s = static_cast<double>(random.uniform());
  std::vector<Box> boxes;
  for (Index i = 0; i < count; ++i) {
    const auto [x, y, z, turn] = even_cover(i, shift);
    const auto edge = [](double u) { return static_cast<float>(0.2 + 0.8 * u); };
    boxes.push_back({edge(x), edge(y), edge(z), static_cast<float>((turn - 0.5) * std::numbers::pi / 2)});
  }
  return boxes;
}

/// Leaves the points of the half space at the front of a cloud; returns how many they are.
inline Index cut_in_place(const CutPlane& half_space, std::span<float> xyz) {
  Index kept = 0;
  for (std::size_t i = 0; i + 2 < xyz.size(); i += 3)
    if (half_space.contains(xyz.data() + i)) std::copy_n(xyz.data() + i, 3, xyz.data() + 3 * kept++);
  return kept;
}

/// CD_5 of the observation and a cloud of 2048 points on the box, cut; infinity if fewer than five points are left.
inline float distance_to(const SortedCloud& observation, const CutPlane& cut, Isa isa, const Box& box, Random random) {
  static thread_local std::vector<float> xyz(3 * 2048);
  static thread_local SortedCloud sorted;
  sample_box(box, random, xyz.data(), 2048);
  const Index kept = cut_in_place(cut, xyz);
  if (kept < 5) return numeric::infinity;
  sorted.assign(xyz.data(), kept);
  return chamfer_sum(Neighbors<5>{}, isa, sorted, observation);
}

/// Renames every box by the circular mean of the yaws.
inline void name_consistently(BoxPosterior& posterior) {
  double sine = 0, cosine = 0;
  for (std::size_t i = 0; i < posterior.boxes.size(); ++i) {
    const double angle = 4.0 * static_cast<double>(posterior.boxes[i].yaw);
    sine += posterior.weights[i] * std::sin(angle);
    cosine += posterior.weights[i] * std::cos(angle);
  }
  posterior.yaw = static_cast<float>(std::atan2(sine, cosine) / 4.0);
  for (Box& box : posterior.boxes) box = canonical_box(box, posterior.yaw);
}

}  // namespace box_posterior_parts

/// The posterior over boxes given the observation, a cloud that `cut` has cut:
///   p(box | o) ~ p(box) E_x exp(-tau CD_5(cut(x), o)), x a cloud of 2048 points on the box.
/// Boxes cover the prior evenly. Each gets one cloud of its own: an unbiased estimate of its expectation, whose chance
/// averages out over the boxes. The posterior is broad (5 to 60 % of the boxes count in effect), so nothing need be
/// refined. Another seed or twice the boxes changes means by up to 0.04 standard deviations (a nearly uniform yaw's by
/// 0.08) and standard deviations by up to 2 %.
inline BoxPosterior box_posterior(Cpu& exec, const CutPlane& cut, std::span<const float> observation,
                                  const BoxPosteriorOptions& options = {}) {
  namespace parts = box_posterior_parts;
  require_cloud("box_posterior", observation, 5);
  require(options.boxes >= 1 && options.tau > 0.0f, "box_posterior: wanted a box or more and tau above 0, got ",
          options.boxes, " and ", options.tau);
  const SortedCloud target(observation);
  BoxPosterior posterior{parts::covering_boxes(options.boxes, options.seed), {}, 0.0f, 0.0};
  std::vector<float> distance(posterior.boxes.size());
  exec.for_each_sample(options.boxes, [&](Index i) {
    const Random random({options.seed, Stream::draw, 0}, static_cast<std::uint32_t>(i));
    const auto at = static_cast<std::size_t>(i);
    distance[at] = parts::distance_to(target, cut, exec.isa(), posterior.boxes[at], random);
  });
  const float least = *std::min_element(distance.begin(), distance.end());
  require(numeric::is_finite(least), "box_posterior: no box leaves five points on the observed side of the cut");
  double sum = 0;
  for (const float d : distance) {
    posterior.weights.push_back(std::exp(-static_cast<double>(options.tau * (d - least))));
    sum += posterior.weights.back();
  }
  for (std::size_t i = 0; i < distance.size(); ++i) {
    posterior.weights[i] /= sum;
    posterior.score += posterior.weights[i] * std::exp(-static_cast<double>(options.tau * distance[i]));
  }
  parts::name_consistently(posterior);
  return posterior;
}

}  // namespace mace
