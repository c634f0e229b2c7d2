// SPDX-License-Identifier: Apache-2.0
// Dense layers in single precision on one core: y = leaky(W^T x + b), by ours with the weights of a frozen network
// (packed before), by ours with weights that change (packed on the way), by Eigen and by OpenBLAS, both with all
// instructions of this machine. Then the paper's encoder, points to largest features. `of_peak`: the share of what this
// core's multiply-adds come to, measured here.
#include <benchmark/benchmark.h>

#include <vector>

#include "mace/cpu.hpp"
#include "mace/model/point_encoder.hpp"
#include "mace/model/vae.hpp"
#include "native/dense_peers.hpp"
#include "peak.hpp"

namespace {

using namespace mace;

std::vector<float> normal(Index count, std::uint32_t stream) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = Random({1, Stream::evaluation, stream}, static_cast<std::uint32_t>(i)).normal();
  return values;
}

/// A layer of [inputs, outputs] and a batch of inputs for it.
struct Layer {
  Index inputs, outputs, batch;
  std::vector<float> weights, bias, x, y;

  explicit Layer(const benchmark::State& state)
      : inputs(state.range(0)),
        outputs(state.range(1)),
        batch(state.range(2)),
        weights(normal(inputs * outputs, 0)),
        bias(normal(outputs, 1)),
        x(normal(inputs * batch, 2)),
        y(static_cast<std::size_t>(outputs * batch)) {}

  MatrixView<const float> matrix() const { return {weights.data(), inputs, outputs}; }
  MatrixView<const float> in() const { return {x.data(), inputs, batch}; }
  MatrixView<float> out() { return {y.data(), outputs, batch}; }
  double operations() const { return 2.0 * static_cast<double>(inputs * outputs * batch); }
};

void frozen(benchmark::State& state, Isa isa) {
  if (isa > best_isa()) return state.SkipWithError("this machine has no such instructions");
  Layer layer(state);
  Cpu exec({.isa = isa});
  PackedWeights<float> packed;
  exec.pack(layer.matrix(), packed);
  for (auto _ : state) exec.affine<float>(packed, layer.bias, layer.in(), layer.out(), Activation::leaky_relu);
  benchmarks::count_operations(state, layer.operations(), isa);
}

void changing(benchmark::State& state, Isa isa) {
  if (isa > best_isa()) return state.SkipWithError("this machine has no such instructions");
  Layer layer(state);
  Cpu exec({.isa = isa});
  for (auto _ : state) exec.affine<float>(layer.matrix(), layer.bias, layer.in(), layer.out(), Activation::leaky_relu);
  benchmarks::count_operations(state, layer.operations(), isa);
}

void peer(benchmark::State& state, void (*run)(const benchmarks::DenseLayer&)) {
  Layer layer(state);
  const benchmarks::DenseLayer of{layer.weights.data(), layer.bias.data(), layer.x.data(), layer.y.data(),
                                  layer.inputs,         layer.outputs,     layer.batch};
  for (auto _ : state) {
    run(of);
    benchmark::ClobberMemory();
  }
  benchmarks::count_operations(state, layer.operations(), best_isa());
}

/// The paper's encoder, as far as the largest features, of `range(0)` clouds of 2048 points.
void encoder(benchmark::State& state, Isa isa) {
  if (isa > best_isa()) return state.SkipWithError("this machine has no such instructions");
  using Encoder = PaperVae::Encoder;
  const Index clouds = state.range(0), points = PaperVae::points;
  Cpu exec({.isa = isa});
  PackedPointEncoder<Cpu, Encoder> packed(exec, clouds);
  packed.assign(exec, normal(Encoder::parameters, 0).data());
  const std::vector<float> xyz = normal(3 * points * clouds, 1);
  std::vector<float> largest(static_cast<std::size_t>(Encoder::features * clouds));
  std::vector<std::int32_t> column(largest.size());
  for (auto _ : state)
    packed.features(exec, {xyz.data(), 3, points * clouds}, points, {largest.data(), Encoder::features, clouds},
                    {column.data(), Encoder::features, clouds});
  double weights = 0;
  for (int l = 0; l < Encoder::PointNet::layers; ++l)
    weights += static_cast<double>(Encoder::PointNet::weights(static_cast<const float*>(nullptr), l).size());
  benchmarks::count_operations(state, 2 * weights * static_cast<double>(points * clouds), isa);
}

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"in", "out", "batch"});
  b->Args({128, 512, 256})->Args({512, 1024, 256})->Args({1024, 6144, 256})->Args({1024, 6144, 16});
  b->Args({64, 128, 32768})->Args({256, 256, 32768});
  b->Args({200, 200, 4})->Args({200, 200, 32})->Args({200, 200, 4096});
}
BENCHMARK_CAPTURE(frozen, avx512, Isa::avx512)->Apply(shapes);
BENCHMARK_CAPTURE(frozen, avx2, Isa::avx2)->Apply(shapes);
BENCHMARK_CAPTURE(frozen, portable, Isa::portable)->Apply(shapes);
BENCHMARK_CAPTURE(changing, avx512, Isa::avx512)->Apply(shapes);
BENCHMARK_CAPTURE(changing, avx2, Isa::avx2)->Apply(shapes);
BENCHMARK_CAPTURE(peer, eigen, benchmarks::eigen_layer)->Apply(shapes);
#ifdef MACE_BENCHMARKS_OPENBLAS
BENCHMARK_CAPTURE(peer, openblas, benchmarks::openblas_layer)->Apply(shapes);
#endif
BENCHMARK_CAPTURE(encoder, avx512, Isa::avx512)->ArgName("clouds")->Arg(4);
BENCHMARK_CAPTURE(encoder, avx2, Isa::avx2)->ArgName("clouds")->Arg(4);

}  // namespace
