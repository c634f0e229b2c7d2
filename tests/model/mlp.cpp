// SPDX-License-Identifier: Apache-2.0
#include "mace/model/mlp.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "support/clouds.hpp"
#include "support/executor.hpp"
#include "support/gradient_check.hpp"
#include "support/machine.hpp"

using namespace mace;

namespace {

std::vector<double> random_numbers(Index count, std::uint32_t name) {
  Random random({41, Stream::evaluation, 0}, name);
  std::vector<double> values(static_cast<std::size_t>(count));
  for (double& v : values) v = static_cast<double>(random.normal());
  return values;
}

/// Parameters whose gaps between the layers are zero, as Net's gradient has them.
template <class Net>
std::vector<double> random_parameters(std::uint32_t name) {
  std::vector<double> all(static_cast<std::size_t>(Net::parameters)), drawn = random_numbers(Net::parameters, name);
  Net::for_each_tensor("", all.data(), [&](const std::string&, MatrixView<double> tensor) {
    for (Index i = 0; i < tensor.size(); ++i)
      tensor.data()[i] = drawn[static_cast<std::size_t>(tensor.data() + i - all.data())];
  });
  return all;
}

/// A plain loop over layers and samples.
template <class Net>
std::vector<double> plain_forward(const std::vector<double>& parameters, std::vector<double> x, Index samples) {
  for (int l = 0; l < Net::layers; ++l) {
    const auto w = Net::weights(parameters.data(), l);
    const auto bias = Net::bias(parameters.data(), l);
    std::vector<double> y(static_cast<std::size_t>(w.cols() * samples));
    for (Index s = 0; s < samples; ++s)
      for (Index o = 0; o < w.cols(); ++o) {
        double sum = bias[static_cast<std::size_t>(o)];
        for (Index i = 0; i < w.rows(); ++i) sum += w(i, o) * x[static_cast<std::size_t>(i + s * w.rows())];
        y[static_cast<std::size_t>(o + s * w.cols())] = activate(sum, negative_slope<double>(Net::activation(l)));
      }
    x = y;
  }
  return x;
}

double dot_product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// The net's forward pass, and its gradient of sum c y in parameters and input, against differences of the plain loop.
template <Activation A>
void check_net() {
  using Net = Mlp<A, 4, 7, 5, 3>;
  const Index samples = 6;
  const auto parameters = random_parameters<Net>(1);
  const auto x = random_numbers(4 * samples, 2), c = random_numbers(3 * samples, 3);
  auto exec = test::executor();
  MlpTrace<test::Exec, Net, double> net(exec, 10);
  const auto theta = exec.upload(parameters), input = exec.upload(x),
             in_parameters = exec.allocate<double>(Net::parameters), in_input = exec.allocate<double>(input.size());

  const std::vector<double> y = test::on_host(exec, net.forward(exec, theta.data(), input.matrix(4, samples)));
  CHECK(test::relative_error(y, plain_forward<Net>(parameters, x, samples)) < 1e-12);

  test::write(exec, c, std::span(net.output_gradient(samples).data(), c.size()));
  net.backward(exec, theta.data(), input.matrix(4, samples), in_parameters.data(), in_input.matrix(4, samples));
  const std::vector<double> gradient = test::on_host(exec, in_parameters), dx = test::on_host(exec, in_input);
  const auto of_parameters = [&](const std::vector<double>& p) {
    return dot_product(c, plain_forward<Net>(p, x, samples));
  };
  const auto of_input = [&](const std::vector<double>& at) {
    return dot_product(c, plain_forward<Net>(parameters, at, samples));
  };
  CHECK(test::gradient_error(of_parameters, parameters, gradient) < 1e-6);
  CHECK(test::gradient_error(of_input, x, dx) < 1e-6);
}

}  // namespace

TEST_CASE("an Mlp's passes agree with a plain loop and its differences, for each activation") {
  check_net<Activation::identity>();
  check_net<Activation::relu>();
  check_net<Activation::leaky_relu>();
}

TEST_CASE("layers of an Mlp stand apart, each on 64 bytes, and have the names of the files") {
  using Net = Mlp<Activation::relu, 3, 64, 5, 100>;
  static_assert(Net::inputs == 3 && Net::outputs == 100 && Net::layers == 3 && Net::widest == 100);
  static_assert(Net::trace_rows == 169);
  Index end = 0;
  std::string names;
  std::vector<float> parameters(static_cast<std::size_t>(Net::parameters));
  Net::for_each_tensor("net.", parameters.data(), [&](const std::string& name, MatrixView<float> tensor) {
    const Index offset = tensor.data() - parameters.data();
    CHECK(offset % 16 == 0);
    CHECK(offset >= end);
    end = offset + tensor.size();
    names += name + " ";
  });
  CHECK(end <= Net::parameters);
  CHECK(names == "net.0.weight net.0.bias net.1.weight net.1.bias net.2.weight net.2.bias ");
  CHECK(Net::activation(1) == Activation::relu);
  CHECK(Net::activation(2) == Activation::identity);
}

TEST_CASE("a packed Mlp gives the bits of the trace, for any number of threads and of samples above a few") {
  using Net = Mlp<Activation::leaky_relu, 4, 20, 17, 9>;
  const auto drawn = random_parameters<Net>(4);
  const std::vector<float> parameters(drawn.begin(), drawn.end());
  for (const Index samples : {9, 50, 384, 1000}) {  // few are summed in another order: backend/cpu/dots.hpp
    CAPTURE(samples);
    const auto numbers = random_numbers(4 * samples, 5);
    const std::vector<float> x(numbers.begin(), numbers.end());
    auto one = test::executor(), two = test::executor({.threads = 2});
    const auto theta = one.upload(parameters), input = one.upload(x);
    MlpTrace<test::Exec, Net> trace(one, samples);
    const std::vector<float> expected = test::on_host(one, trace.forward(one, theta.data(), input.matrix(4, samples)));
    for (test::Exec* exec : {&one, &two}) {
      PackedMlp<test::Exec, Net> packed(*exec);
      packed.assign(*exec, theta.data());
      const auto y = test::filled<float>(*exec, expected.size(), [&](std::span<float> out) {
        packed.forward(*exec, input.matrix(4, samples), {out.data(), 9, samples});
      });
      CHECK(test::same_bits(y, expected));
    }
  }
}

TEST_CASE("a trace refuses more samples than it has room for") {
  using Net = Mlp<Activation::leaky_relu, 4, 20, 17, 9>;
  auto exec = test::executor();
  MlpTrace<test::Exec, Net> trace(exec, 2);
  const auto parameters = exec.allocate<float>(Net::parameters), x = exec.allocate<float>(12);
  CHECK_THROWS_WITH_AS(trace.forward(exec, parameters.data(), {x.data(), 4, 3}),
                       "MlpTrace: wanted at most 2 samples, got 3", Error);
}
