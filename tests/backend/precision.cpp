// SPDX-License-Identifier: Apache-2.0
// Networks that do not change, rounded to bfloat16.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/core/half.hpp"
#include "mace/cpu.hpp"
#include "support/machine.hpp"

using namespace mace;

namespace {

std::vector<float> normal(Index count, std::uint32_t stream) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = Random({1, Stream::evaluation, stream}, static_cast<std::uint32_t>(i)).normal();
  return values;
}

double to_bf16(float x) {
  return static_cast<double>(bfloat16_to_float(float_to_bfloat16(x)));
}

}  // namespace

TEST_CASE("bf16: the first of a pair is in the lower half") {
  CHECK(bf16::pair(1.0f, -2.0f) == 0xc0003f80u);
}

TEST_CASE("bf16: a frozen layer is the product of the rounded factors, for any size and number of threads") {
  if (!test::has_bf16()) return;
  Cpu exec({.precision = Precision::bf16}), threads({.threads = 3, .precision = Precision::bf16});
  for (const Index inputs : {1, 2, 3, 31, 32, 33, 200})
    for (const Index outputs : {1, 15, 16, 32, 33, 100})
      for (const Index samples : {1, 4, 12, 13, 500}) {
        CAPTURE(inputs);
        CAPTURE(outputs);
        CAPTURE(samples);
        const auto weights = normal(inputs * outputs, 1), bias = normal(outputs, 2), x = normal(inputs * samples, 3);
        std::vector<float> y(static_cast<std::size_t>(outputs * samples)), again(y.size());
        PackedWeights<float> packed;
        exec.freeze(MatrixView<const float>(weights.data(), inputs, outputs), packed);
        const MatrixView<const float> in(x.data(), inputs, samples);
        exec.affine<float>(packed, bias, in, {y.data(), outputs, samples}, Activation::leaky_relu);
        threads.affine<float>(packed, bias, in, {again.data(), outputs, samples}, Activation::leaky_relu);
        CHECK(again == y);
        double most = 0;
        for (Index j = 0; j < samples; ++j)
          for (Index i = 0; i < outputs; ++i) {
            double sum = static_cast<double>(bias[static_cast<std::size_t>(i)]);
            for (Index k = 0; k < inputs; ++k)
              sum += to_bf16(weights[static_cast<std::size_t>(k + i * inputs)]) *
                     to_bf16(x[static_cast<std::size_t>(k + j * inputs)]);
            const double wanted = sum > 0 ? sum : 0.01 * sum;
            most = std::max(most, std::abs(static_cast<double>(y[static_cast<std::size_t>(i + j * outputs)]) - wanted));
          }
        CHECK(most < 2e-5);
      }
}

TEST_CASE("bf16: weights that change are not rounded") {
  if (!test::has_bf16()) return;
  Cpu exact({}), exec({.precision = Precision::bf16});
  const auto weights = normal(64 * 64, 1), bias = normal(64, 2), x = normal(64 * 8, 3);
  std::vector<float> y(64 * 8), rounded(y.size());
  const auto run = [&](Cpu& on, std::vector<float>& to) {
    PackedWeights<float> packed;
    on.pack(MatrixView<const float>(weights.data(), 64, 64), packed);
    on.affine<float>(packed, bias, {x.data(), 64, 8}, {to.data(), 64, 8}, Activation::relu);
  };
  run(exact, y);
  run(exec, rounded);
  CHECK(rounded == y);
}

TEST_CASE("cpu: a precision that it does not have is refused") {
  CHECK_THROWS_WITH_AS(cpu({.precision = Precision::tf32}), "cpu: wanted Precision::fp32 or bf16, got tf32", Error);
  CHECK_THROWS_WITH_AS(cpu({.isa = Isa::portable, .precision = Precision::bf16}),
                       "cpu: Precision::bf16 wants AVX-512 BF16, which this machine does not have or `isa` leaves out",
                       Error);
}
