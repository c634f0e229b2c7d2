// SPDX-License-Identifier: Apache-2.0
#include "mace/posterior/decoded.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "support/executor.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using Shape = test::TinyVae;

namespace {

using TinyModel = LatentVae<test::Exec, Shape>;
using Latent = Vec<Shape::latents>;

/// How long a cloud is in x.
struct Length {
  using Sample = Shape::Sample;
  using Outcome = float;
  MACE_HD float operator()(const Sample& cloud) const {
    float low = cloud.xyz[0], high = low;
    for (int i = 0; i < 3 * Shape::points; i += 3) {
      low = cloud.xyz[i] < low ? cloud.xyz[i] : low;
      high = cloud.xyz[i] > high ? cloud.xyz[i] : high;
    }
    return high - low;
  }
};
/// The same with noise.
struct NoisyLength : Length {
  MACE_HD float operator()(const Sample& cloud, Random& random) const {
    return Length::operator()(cloud) + random.normal();
  }
};
struct About {
  using Outcome = float;
  float length;
  MACE_HD float operator()(float seen) const {
    const float off = (seen - length) / 0.1f;
    return -0.5f * off * off;
  }
};
template <class Simulator>
using DecodedOf = Decoded<TinyModel, Simulator, test::Space>;

/// Outcomes of latents in the executor's memory, on the host.
template <class Simulator>
std::vector<float> outcomes_of(test::Exec& exec, DecodedOf<Simulator>& simulator, const Buffer<Latent, test::Space>& z,
                               const RandomKey& key = {}) {
  return test::filled<float>(exec, z.span().size(),
                             [&](std::span<float> out) { simulator.simulate(exec, z.span(), out, key); });
}

}  // namespace

TEST_CASE("latents are simulated as their clouds are, any number of them, each with noise of its own") {
  auto exec = test::executor({.seed = 1});
  const auto weights = exec.upload(test::random_weights<Shape>(1));
  TinyModel vae(exec, weights.span(), 0.7f);
  std::vector<Latent> z(2500);
  for (std::size_t i = 0; i < z.size(); ++i) {
    const float x = static_cast<float>(i);
    z[i] = {std::sin(x), std::cos(2 * x), std::sin(3 * x + 1)};
  }
  const auto latents = exec.upload(z);
  const auto clouds = test::filled<Shape::Sample>(
      exec, z.size(), [&](std::span<Shape::Sample> out) { vae.decode(exec, as_columns(latents.span()), out); });
  DecodedOf<Length> length(vae, {});
  std::vector<float> got = outcomes_of(exec, length, latents);
  for (std::size_t i = 0; i < z.size(); ++i) CHECK(got[i] == Length{}(clouds[i]));

  const std::vector<Latent> same(2500, z[0]);
  DecodedOf<NoisyLength> noisy(vae, {});
  got = outcomes_of(exec, noisy, exec.upload(same), {.seed = 1, .stream = Stream::simulator});
  CHECK(got[0] != got[1]);
  CHECK(got[0] != got[1024]);
}

TEST_CASE("the posterior in the latent space is that of rejection") {
  auto exec = test::executor({.seed = 2, .threads = 2});
  const auto weights = exec.upload(test::random_weights<Shape>(3));
  constexpr float sigma = 0.7f;
  TinyModel vae(exec, weights.span(), sigma);
  DecodedOf<Length> length(vae, {});
  const About score{2.0f};

  auto drawn = test::filled<Latent>(exec, 200'000, [&](std::span<Latent> out) {
    exec.fill_normal(as_columns(out), {9, Stream::evaluation, 0});
  });
  for (auto& z : drawn) z = sigma * z;
  const std::vector<float> lengths = outcomes_of(exec, length, exec.upload(drawn));
  double sum = 0, squares = 0;
  Vec<3, double> mean{}, square{};
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const double w = std::exp(static_cast<double>(score(lengths[i])));
    sum += w, squares += w * w;
    mean = mean + w * drawn[i].as<double>();
    for (int d = 0; d < 3; ++d) square[d] += w * static_cast<double>(drawn[i][d]) * static_cast<double>(drawn[i][d]);
  }
  REQUIRE(sum > 1000);

  GaussianMixture<test::Exec, 3, 8> model(exec, std::array<float, 24>{}, sigma);
  Posterior posterior(exec, model, DecodedOf<Length>(vae, {}), score,
                      {.samples = 2000, .rounds = 10, .fitted = 1024, .batches = 2, .steps_per_round = 50},
                      Adam{.rate = 0.02});
  model.scatter(exec, {2, Stream::evaluation, 1}, 0.5f);  // the prior is what it was at construction
  const PosteriorReport report = posterior.run();
  CHECK(report.status == PosteriorStatus::reached);
  CHECK(report.effective_samples > 2 * sum * sum / squares / 10);  // than as many draws of the prior
  CHECK(report.log_evidence == doctest::Approx(std::log(sum / 200'000)).epsilon(0.03));
  const std::vector<Latent> samples = test::on_host(exec, posterior.samples());
  for (int d = 0; d < 3; ++d) {
    double ours = 0, ours_square = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double w = std::exp(posterior.log_weights()[i]), z = static_cast<double>(samples[i][d]);
      ours += w * z, ours_square += w * z * z;
    }
    CHECK(std::abs(ours - mean[d] / sum) < 0.05);
    CHECK(ours_square == doctest::Approx(square[d] / sum).epsilon(0.1));
  }
}
