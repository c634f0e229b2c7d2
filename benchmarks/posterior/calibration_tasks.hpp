// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "mace/cpu.hpp"
#include "mace/posterior/posterior.hpp"
#include "mace/prior/vae_prior.hpp"
#include "posterior/sbibm_tasks.hpp"
#include "shapes/box_fit.hpp"

/// Tasks whose posteriors calibration can be tested on: the truth is drawn from the very prior that is tuned, the
/// observation by the simulator whose likelihood the score is. The priors are mixtures of Gaussians.
namespace mace::benchmarks {

/// Values of quantities: a column each, a row a sample.
using Columns = std::vector<std::vector<double>>;

/// Crescents. The prior is the mixture itself, about uniform in [-1, 1]^2.
class TwoMoonsCalibration {
 public:
  static constexpr const char* name = "two_moons";
  static constexpr std::array quantities = {"theta 1", "theta 2", "log likelihood"};
  static constexpr std::size_t draws = 1000;  ///< of equal weight, that a truth is ranked among
  static constexpr PosteriorOptions options{
      .samples = 1000, .rounds = 10, .fitted = 1024, .batches = 4, .steps_per_round = 50};
  static constexpr double rate = 0.01;
  static constexpr float scatter = 0;  ///< the components are apart
  using Theta = TwoMoons::Theta;
  using Prior = GaussianMixture<Cpu, 2, 36>;

  Prior prior(Cpu& exec) const {
    std::vector<float> means;
    for (int i = 0; i < 36; ++i)
      for (const int place : {i % 6, i / 6}) means.push_back(static_cast<float>(2 * place - 5) / 6);
    return Prior(exec, means, 0.2f);
  }

  class Observation {
   public:
    Observation(const TwoMoonsCalibration&, Cpu&, const Theta& truth, Random& random)
        : seen_(TwoMoons::draw(truth, random)) {}

    struct Parameters {
      using Sample = Theta;
      using Outcome = Theta;
      Theta operator()(const Theta& theta) const { return theta; }
    };
    struct Likelihood {
      using Outcome = Theta;
      static constexpr float largest = 2.31f;  // that it can be; a Tuner takes scores of at most 0
      TwoMoons::X seen;
      float operator()(const Theta& theta) const { return TwoMoons::log_likelihood(seen, theta) - largest; }
    };
    Parameters simulator() { return {}; }
    Likelihood score() const { return {seen_}; }

    Columns quantities(Cpu&, std::span<const Theta> samples) {
      Columns columns(3);
      for (const Theta& theta : samples) {
        columns[0].push_back(static_cast<double>(theta[0]));
        columns[1].push_back(static_cast<double>(theta[1]));
        columns[2].push_back(static_cast<double>(score()(theta)));
      }
      return columns;
    }

   private:
    TwoMoons::X seen_;
  };
};

/// A scanner's view of a part of a cloud: each measured point is one of those in the part, any of them as likely, with
/// Gaussian noise on its coordinates. So, unlike exp(-tau CD_K), this is the likelihood of something that can be drawn.
template <int Points>
struct ScanLikelihood {
  using Outcome = PartialCloud<Points>;
  static constexpr float noise = 0.05f;
  std::array<Vec<3>, 10> seen;

  /// sum_i log (1/M) sum_k N(x_i; p_k, noise^2 I) up to a constant; a part without points is infeasible.
  float operator()(const Outcome& part) const {
    float sum = part.count > 0 ? 0 : -numeric::infinity;
    for (std::size_t i = 0; i < seen.size() && part.count > 0; ++i) sum += log_mean(part, seen[i]);
    return sum;
  }

 private:
  static float log_mean(const Outcome& part, const Vec<3>& x) {
    float squares[Points] = {};
    for (int k = 0; k < part.count; ++k) {
      const float* p = part.xyz + 3 * k;
      squares[k] = (p[0] - x[0]) * (p[0] - x[0]) + (p[1] - x[1]) * (p[1] - x[1]) + (p[2] - x[2]) * (p[2] - x[2]);
    }
    constexpr float scale = -0.5f / (noise * noise);
    const float least = *std::min_element(squares, squares + part.count);
    float sum = 0;
    for (int k = 0; k < part.count; ++k) sum += numeric::exp(scale * (squares[k] - least));
    return scale * least + numeric::log(sum / static_cast<float>(part.count));
  }
};

/// Boxes, drawn by the shipped VAE from its latents' Gaussian, of which ten noisy points of a part are seen. The part
/// is cut off by a plane of random direction through a point that lies in every box, not by the completion task's rule:
/// there the plane depends on the truth, and would say something of it that the score does not know.
class BoxCalibration {
 public:
  static constexpr const char* name = "boxes";
  static constexpr std::array quantities = {"x edge", "y edge", "height", "yaw", "log likelihood"};
  static constexpr std::size_t draws = 200;  ///< each is fitted with a box
  static constexpr PosteriorOptions options{
      .samples = 300, .rounds = 10, .fitted = 512, .batches = 2, .steps_per_round = 50};
  static constexpr double rate = 0.02;
  static constexpr float scatter = 0.5f;  ///< the components begin as one Gaussian, and are to become several
  using Shape = SmallVae;
  using Vae = LatentVae<Cpu, Shape>;
  using Theta = Vec<Shape::latents>;
  using Prior = GaussianMixture<Cpu, Shape::latents, 8>;

  explicit BoxCalibration(const std::string& path) : vae_(read_vae<Shape>(read_safetensors(path))) {}

  Prior prior(Cpu& exec) const { return Prior(exec, std::vector<float>(8 * Shape::latents), vae_.prior_sigma); }

  class Observation {
    using Cut = HalfSpaceCut<Shape::points>;
    using Likelihood = ScanLikelihood<Shape::points>;

   public:
    Observation(const BoxCalibration& task, Cpu& exec, const Theta& truth, Random& random)
        : vae_(exec, task.vae_.weights, task.vae_.prior_sigma) {
      const Vec<3> normal{random.normal(), random.normal(), random.normal()};
      const float length = norm(normal), inside = 0.1f;  // (0, 0, 0.1): the least height is 0.2
      cut_.kept = {{normal[0] / length, normal[1] / length, normal[2] / length}, inside * normal[2] / length};
      const auto part = parts(exec, {&truth, 1})[0];
      require(part.count > 0, "calibration: wanted a box that the plane leaves points of");
      for (Vec<3>& point : seen_.seen) {
        const float* p = part.xyz + 3 * (random.word() % static_cast<std::uint32_t>(part.count));
        for (int axis = 0; axis < 3; ++axis) point[axis] = p[axis] + Likelihood::noise * random.normal();
      }
    }

    Decoded<Vae, Cut> simulator() { return {vae_, cut_}; }
    Likelihood score() const { return seen_; }

    Columns quantities(Cpu& exec, std::span<const Theta> samples) {
      std::vector<Shape::Sample> clouds(samples.size());
      vae_.decode(exec, as_columns(samples), clouds);
      Columns columns(5);
      for (const Shape::Sample& cloud : clouds) {
        const Box box = fit_to_some(cloud);
        const float numbers[] = {box.x_edge, box.y_edge, box.height, box.yaw};
        for (std::size_t q = 0; q < 4; ++q) columns[q].push_back(static_cast<double>(numbers[q]));
      }
      for (const auto& part : parts(exec, samples)) columns[4].push_back(static_cast<double>(seen_(part)));
      return columns;
    }

   private:
    std::vector<Cut::Outcome> parts(Cpu& exec, std::span<const Theta> samples) {
      std::vector<Cut::Outcome> parts(samples.size());
      simulator().simulate(exec, samples, parts);
      return parts;
    }

    /// By one point in eight, to save time. Any function of the latents can be ranked, this one too.
    static Box fit_to_some(const Shape::Sample& cloud) {
      std::vector<float> some;
      for (int k = 0; k < Shape::points; k += 8) some.insert(some.end(), cloud.xyz + 3 * k, cloud.xyz + 3 * k + 3);
      return fit_box(some).box;
    }

    Vae vae_;
    Cut cut_{};
    Likelihood seen_{};
  };

 private:
  VaePrior vae_;
};

}  // namespace mace::benchmarks
