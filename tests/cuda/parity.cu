// SPDX-License-Identifier: Apache-2.0
// The primitives and stages on a device against the host's, from the same inputs. Whole runs are not compared:
// selection is a jump, so they drift apart.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "cuda/support.cuh"
#include "mace/prior/arm_prior.hpp"
#include "mace/robot/panda_arm.hpp"
#include "support/autoregressive.hpp"
#include "support/small_vae.hpp"

using namespace mace;
using test::elites_of, test::on_host, test::parity, test::uniform;

namespace {

/// The points of contacts i, one after the other.
struct WritePoints {
  const Contacts<8>* contacts;
  float* out;
  MACE_HD void operator()(Index i) const {
    for (int k = 0; k < 24; ++k) out[24 * i + k] = contacts[i].point[k / 3][k % 3];
  }
};

/// Position and clearance of outcome i.
struct WriteOutcomes {
  const ArmOutcome<float>* outcomes;
  float* out;
  MACE_HD void operator()(Index i) const {
    for (int k = 0; k < 3; ++k) out[4 * i + k] = outcomes[i].end_effector.position[k];
    out[4 * i + 3] = outcomes[i].clearance;
  }
};

using Shape = test::SmallTestVae;

}  // namespace

TEST_CASE("normals are the host's") {
  for (const Index rows : {1, 3, 4, 130}) {
    CAPTURE(rows);
    CHECK(parity([&](auto& exec) {
            auto out = exec.template allocate<float>(rows * 501);
            exec.fill_normal(out.matrix(rows, 501), {5, Stream::draw, 2});
            return out;
          }) <= 1e-6);
  }
}

TEST_CASE("dense layers and their gradients are the host's") {
  for (const Index columns : {1, 31, 400}) {
    CAPTURE(columns);
    constexpr Index inputs = 67, outputs = 129;
    const auto weights = uniform(inputs * outputs, 1), bias = uniform(outputs, 2), x = uniform(inputs * columns, 3),
               dy = uniform(outputs * columns, 4);
    CHECK(parity([&](auto& exec) {
            const auto w = exec.upload(weights), b = exec.upload(bias), in = exec.upload(x);
            auto y = exec.template allocate<float>(outputs * columns);
            exec.template affine<float>(w.matrix(inputs, outputs), b.span(), in.matrix(inputs, columns),
                                        y.matrix(outputs, columns), Activation::leaky_relu);
            return y;
          }) <= 1e-5);
    CHECK(parity([&](auto& exec) {
            const auto w = exec.upload(weights), d = exec.upload(dy);
            auto dx = exec.template allocate<float>(inputs * columns);
            exec.template affine_input_gradient<float>(w.matrix(inputs, outputs), d.matrix(outputs, columns),
                                                       dx.matrix(inputs, columns));
            return dx;
          }) <= 1e-5);
    CHECK(parity([&](auto& exec) {
            const auto in = exec.upload(x), d = exec.upload(dy);
            auto gradient = exec.template allocate<float>((inputs + 1) * outputs);
            exec.template affine_weight_gradient<float>(in.matrix(inputs, columns), d.matrix(outputs, columns),
                                                        {gradient.data(), inputs, outputs},
                                                        gradient.span().subspan(inputs * outputs));
            return gradient;
          }) <= 1e-5);
  }
}

TEST_CASE("selection is the host's") {
  for (const Index n : {0, 1, 33, 256, 4096}) {
    CAPTURE(n);
    auto keys = uniform(n, 7, -4, 0);
    for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = i % 7 == 5 ? -numeric::infinity : std::floor(8 * keys[i]);
    const auto places = (n + 1) / 2;
    const auto chosen = [&](auto& exec) {
      const auto k = exec.upload(keys);
      auto order = exec.template allocate<std::int32_t>(n), indices = exec.template allocate<std::int32_t>(places),
           found = exec.template allocate<std::int32_t>(1);
      auto weights = exec.template allocate<float>(places);
      exec.top_k(k.span(), 10, order.span(), indices.span(), weights.span(), found.data());
      auto all = on_host(exec, indices);
      all.push_back(on_host(exec, found)[0]);
      for (const float w : on_host(exec, weights)) all.push_back(static_cast<std::int32_t>(std::lround(1e6f * w)));
      return all;
    };
    Cpu host = cpu({});
    Cuda device = cuda({});
    CHECK(chosen(device) == chosen(host));
  }
}

TEST_CASE("encoder, decoder and the gradient of MACE-VAE are the host's") {
  const auto weights = test::random_weights<Shape>(1);
  constexpr Index count = 37;
  CHECK(parity([&](auto& exec) {
          using Exec = std::remove_reference_t<decltype(exec)>;
          LatentVae<Exec, Shape> model(exec, weights, 0.7f);
          auto clouds = exec.template allocate<typename Shape::Sample>(count);
          model.sample(exec, {1, Stream::draw, 4}, clouds.span());
          auto codes = exec.template allocate<float>(2 * Shape::latents * count);
          model.encode(exec, clouds.span(), codes.matrix(2 * Shape::latents, count));
          return codes;
        }) <= 1e-5);
  CHECK(parity([&](auto& exec) {
          using Exec = std::remove_reference_t<decltype(exec)>;
          LatentVae<Exec, Shape> model(exec, weights, 0.7f);
          auto clouds = exec.template allocate<typename Shape::Sample>(count);
          model.sample(exec, {1, Stream::draw, 4}, clouds.span());
          model.reserve(exec, count, 5, 1);
          model.set_elites(exec, clouds.span(), elites_of(exec, {3, 9, 0, 30, 36}));
          auto gradient = exec.template allocate<float>(2 * Shape::latents);
          model.likelihood_gradient(exec, 0, gradient.span());
          return gradient;
        }) <= 1e-4);
}

TEST_CASE("cuts and their Chamfer score are the host's") {
  const auto xyz = uniform(3 * 200 * 9, 11), observed = uniform(3 * 77, 12);
  CHECK(parity([&](auto& exec) {
          using Exec = std::remove_reference_t<decltype(exec)>;
          using Whole = Cloud<200>;
          auto clouds = exec.template allocate<Whole>(9);
          exec.copy(std::span<const float>(xyz), std::span<float>(clouds.data()->xyz, xyz.size()));
          HalfSpaceCut<200> cut{{{0.6f, 0, 0.8f}, 0.1f}};
          CloudMatch<200, typename Exec::Space> match(exec, observed, {});
          auto parts = exec.template allocate<PartialCloud<200>>(9);
          auto scores = exec.template allocate<float>(9);
          cut.simulate(exec, std::span<const Whole>(clouds.span()), parts.span());
          match.log_scores(exec, parts.span(), scores.span());
          return scores;
        }) <= 1e-5);
}

TEST_CASE("contacts are the host's") {
  const auto xyz = uniform(3 * 2048 * 5, 13, -0.5f, 0.5f);
  CHECK(parity([&](auto& exec) {
          auto clouds = exec.template allocate<Cloud<2048>>(5);
          exec.copy(std::span<const float>(xyz), std::span<float>(clouds.data()->xyz, xyz.size()));
          const Vec<3> fingers[] = {{1, 0, 0}, {0, -1, 0}, {0, 0.6f, 0.8f}};
          auto contacts = exec.template allocate<Contacts<8>>(5);
          Contact<2048>(fingers).simulate(exec, std::span<const Cloud<2048>>(clouds.span()), contacts.span());
          auto out = exec.template allocate<float>(5 * 8 * 3);
          exec.for_each_sample(5, WritePoints{contacts.data(), out.data()});
          return out;
        }) <= 1e-5);
}

/// A gradient, each tensor's over its largest number: or a layer whose gradient is small would go unchecked.
template <class Shape, class Exec>
auto scaled_by_layer(Exec& exec, std::vector<float> gradient) {
  Shape::for_each_tensor(gradient.data(), [](const std::string&, MatrixView<float> tensor) {
    float largest = 1e-30f;
    for (Index i = 0; i < tensor.size(); ++i) largest = std::max(largest, std::abs(tensor.data()[i]));
    for (Index i = 0; i < tensor.size(); ++i) tensor.data()[i] /= largest;
  });
  return exec.upload(gradient);
}

TEST_CASE("an arm's densities are the host's") {
  using Arm3 = AutoregressiveShape<3, 3>;
  const auto weights = test::random_arm<Arm3>(2);
  const JointLimits<3> limits{{-1, -2, -3}, {1, 2, 3}};
  constexpr Index count = 70;
  CHECK(parity([&](auto& exec) {
          using Exec = std::remove_reference_t<decltype(exec)>;
          Autoregressive<Exec, Arm3> model(exec, weights, limits);
          auto samples = exec.template allocate<Vec<3>>(count);
          auto densities = exec.template allocate<float>(count);
          model.reserve(exec, count, 4, 1);
          model.sample(exec, {2, Stream::draw, 1}, samples.span());
          model.log_density(exec, samples.span(), densities.span());
          return densities;
        }) <= 1e-4);
}

TEST_CASE("an arm's kinematics and clearances are the host's") {
  const ArmDescription panda = panda_arm();
  Scene scene;
  scene.ground = 0;
  scene.boxes = {{{{.position = {0.4, 0.1, 0.5}}, {0.1, 0.2, 0.1}}}};
  const auto limits = joint_limits<7>(panda.chain);
  constexpr Index count = 203;
  std::vector<Vec<7>> q(count);
  const auto t = uniform(7 * count, 15, 0, 1);
  for (std::size_t i = 0; i < q.size(); ++i)
    for (int j = 0; j < 7; ++j)
      q[i][j] = limits.low[j] + (limits.high[j] - limits.low[j]) * t[7 * i + static_cast<std::size_t>(j)];
  CHECK(parity([&](auto& exec) {
          using Exec = std::remove_reference_t<decltype(exec)>;
          Arm<7, typename Exec::Space> arm(exec, panda, scene);
          const auto samples = exec.upload(q);
          auto outcomes = exec.template allocate<ArmOutcome<float>>(count);
          arm.simulate(exec, std::span<const Vec<7>>(samples.span()), outcomes.span());
          auto out = exec.template allocate<float>(4 * count);
          exec.for_each_sample(count, WriteOutcomes{outcomes.data(), out.data()});
          return out;
        }) <= 1e-5);
}

TEST_CASE("an arm's gradient steps are the host's, and samples too, of any number") {
  using Arm3 = AutoregressiveShape<3, 3>;
  const auto weights = test::random_arm<Arm3>(2);
  const JointLimits<3> limits{{-1, -2, -3}, {1, 2, 3}};
  for (const Index count : {1, 70, 259}) {  // a block each, and the last of several together not full
    CAPTURE(count);
    CHECK(parity([&](auto& exec) {
            using Exec = std::remove_reference_t<decltype(exec)>;
            Autoregressive<Exec, Arm3> model(exec, weights, limits);
            auto samples = exec.template allocate<Vec<3>>(count);
            model.sample(exec, {2, Stream::draw, 1}, samples.span());
            auto out = exec.template allocate<float>(3 * count);
            exec.copy(std::span<const float>(samples.data()->v, static_cast<std::size_t>(3 * count)), out.span());
            return out;
          }) <= 1e-4);
  }
  for (const std::int32_t count : {1, 4, 8, 20, 32, 40}) {  // few at once, more, and more than that
    CAPTURE(count);
    std::vector<Vec<3>> drawn;
    std::vector<std::int32_t> all;
    for (std::int32_t i = 0; i < count; ++i) {
      const auto x = static_cast<float>(i);
      drawn.push_back({0.9f * std::sin(x), 1.8f * std::sin(2 * x + 1), 2.8f * std::cos(3 * x)});
      all.push_back(i);
    }
    CHECK(parity([&](auto& exec) {
            using Exec = std::remove_reference_t<decltype(exec)>;
            Autoregressive<Exec, Arm3> model(exec, weights, limits);
            const auto samples = exec.upload(drawn);
            model.reserve(exec, count, count, 1);
            model.set_condition(exec, std::vector<float>{0.5f, -0.3f, 0.8f});
            model.set_elites(exec, std::span<const Vec<3>>(samples.span()), elites_of(exec, all));
            // The moments are linear in the gradients, whose layers differ by orders of magnitude: each to its own
            // scale.
            const Adam adam{.rate = 1e-4};
            auto state = adam.make_state(exec, Arm3::parameters);
            model.ascend(exec, 1, 3, adam.steps(exec, state, model.parameters(), 3));
            return scaled_by_layer<Arm3>(exec, copy_to_host(exec, std::span<const float>(state.first.span())));
          }) <= 1e-3);
  }
}

TEST_CASE("a tuner goes on after its model took more memory") {
  const auto weights = test::random_weights<Shape>(1);
  const auto observed = uniform(3 * 50, 14);
  const auto tuned = [&](bool draw_many) {
    Cuda exec = cuda({.seed = 9});
    LatentVae<Cuda, Shape> model(exec, weights, 0.7f);
    Tuner tuner(exec, model, HalfSpaceCut<Shape::points>::none(),
                CloudMatch<Shape::points, DeviceSpace>(exec, observed, {}),
                {.samples = 64, .quantile = 0.125, .rounds = 5, .steps_per_round = 8});
    tuner.run();
    auto many = exec.allocate<Shape::Sample>(draw_many ? 1000 : 1);
    model.sample(exec, {1, Stream::evaluation, 0}, many.span());
    tuner.run();
    return on_host(exec, model.parameters());
  };
  CHECK(tuned(true) == tuned(false));
}

TEST_CASE("two runs on a device are the same, bit for bit, replayed or not") {
  const auto weights = test::random_weights<Shape>(1);
  const auto observed = uniform(3 * 50, 14);
  const auto tuned = [&](Index rounds) {
    Cuda exec = cuda({.seed = 9});
    LatentVae<Cuda, Shape> model(exec, weights, 0.7f);
    Tuner tuner(exec, model, HalfSpaceCut<Shape::points>::none(),
                CloudMatch<Shape::points, DeviceSpace>(exec, observed, {}),
                {.samples = 64, .quantile = 0.125, .rounds = rounds, .steps_per_round = 8});
    const Report report = tuner.run();
    CHECK(report.replayed == rounds - 1);
    CHECK(report.rounds == rounds);
    return on_host(exec, model.parameters());
  };
  const auto once = tuned(12);
  CHECK(once == tuned(12));
  CHECK(once != tuned(11));
}
