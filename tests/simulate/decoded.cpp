// SPDX-License-Identifier: Apache-2.0
#include "mace/simulate/decoded.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "mace/cpu.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using Shape = test::TinyVae;

namespace {

using TinyModel = LatentVae<Cpu, Shape>;
using Latent = Vec<Shape::latents>;

/// How long a cloud is in x.
struct Length {
  using Sample = Shape::Sample;
  using Outcome = float;
  float operator()(const Sample& cloud) const {
    float low = cloud.xyz[0], high = low;
    for (int i = 0; i < 3 * Shape::points; i += 3) {
      low = std::min(low, cloud.xyz[i]);
      high = std::max(high, cloud.xyz[i]);
    }
    return high - low;
  }
};
/// The same with noise.
struct NoisyLength : Length {
  float operator()(const Sample& cloud, Random& random) const { return Length::operator()(cloud) + random.normal(); }
};
struct About {
  using Outcome = float;
  float length;
  float operator()(float seen) const { return -0.5f * std::pow((seen - length) / 0.1f, 2.0f); }
};

}  // namespace

TEST_CASE("latents are simulated as their clouds are, any number of them, each with noise of its own") {
  Cpu exec({.seed = 1});
  const auto weights = test::random_weights<Shape>(1);
  TinyModel vae(exec, weights, 0.7f);
  std::vector<Latent> z(2500);
  for (std::size_t i = 0; i < z.size(); ++i) {
    const float x = static_cast<float>(i);
    z[i] = {std::sin(x), std::cos(2 * x), std::sin(3 * x + 1)};
  }
  std::vector<Shape::Sample> clouds(z.size());
  vae.decode(exec, {z.data()->v, Shape::latents, static_cast<Index>(z.size())}, clouds);
  Decoded<TinyModel, Length> length(vae, {});
  std::vector<float> got(z.size());
  length.simulate(exec, z, got);
  for (std::size_t i = 0; i < z.size(); ++i) CHECK(got[i] == Length{}(clouds[i]));

  const std::vector<Latent> same(2500, z[0]);
  Decoded<TinyModel, NoisyLength> noisy(vae, {});
  noisy.simulate(exec, same, got, {.seed = 1, .stream = Stream::simulator});
  CHECK(got[0] != got[1]);
  CHECK(got[0] != got[1024]);
}

TEST_CASE("the posterior in the latent space is that of rejection") {
  Cpu exec({.seed = 2, .threads = 2});
  const auto weights = test::random_weights<Shape>(3);
  constexpr float sigma = 0.7f;
  TinyModel vae(exec, weights, sigma);
  Decoded<TinyModel, Length> length(vae, {});
  const About score{2.0f};

  std::vector<Latent> drawn(200'000);
  exec.fill_normal({drawn.data()->v, Shape::latents, static_cast<Index>(drawn.size())}, {9, Stream::evaluation, 0});
  for (auto& z : drawn) z = sigma * z;
  std::vector<float> lengths(drawn.size());
  length.simulate(exec, drawn, lengths);
  double sum = 0, squares = 0;
  Vec<3, double> mean{}, square{};
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const double w = std::exp(static_cast<double>(score(lengths[i])));
    sum += w, squares += w * w;
    mean = mean + w * drawn[i].as<double>();
    for (int d = 0; d < 3; ++d) square[d] += w * static_cast<double>(drawn[i][d]) * static_cast<double>(drawn[i][d]);
  }
  REQUIRE(sum > 1000);

  GaussianMixture<Cpu, 3, 8> model(exec, std::array<float, 24>{}, sigma);
  Posterior posterior(exec, model, Decoded<TinyModel, Length>(vae, {}), score,
                      {.samples = 2000, .rounds = 10, .fitted = 1024, .batches = 2, .steps = 50}, Adam{.rate = 0.02});
  model.scatter(exec, {2, Stream::evaluation, 1}, 0.5f);  // the prior is what it was at construction
  const PosteriorReport report = posterior.run();
  CHECK(report.status == PosteriorStatus::reached);
  CHECK(report.effective_samples > 2 * sum * sum / squares / 10);  // than as many draws of the prior
  CHECK(report.log_evidence == doctest::Approx(std::log(sum / 200'000)).epsilon(0.03));
  for (int d = 0; d < 3; ++d) {
    double ours = 0, ours_square = 0;
    for (std::size_t i = 0; i < posterior.samples().size(); ++i) {
      const double w = std::exp(posterior.log_weights()[i]), z = static_cast<double>(posterior.samples()[i][d]);
      ours += w * z, ours_square += w * z * z;
    }
    CHECK(std::abs(ours - mean[d] / sum) < 0.05);
    CHECK(ours_square == doctest::Approx(square[d] / sum).epsilon(0.1));
  }
}
