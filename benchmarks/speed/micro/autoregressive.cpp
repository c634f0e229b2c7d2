// SPDX-License-Identifier: Apache-2.0
// One round of tuning the paper's network for a Panda, without simulator and score, stage by stage, on two threads:
// "wall" draws 64 samples and fits 4, "box" draws 4096 and fits 32; both take 4 steps of Adam. `of_peak` is the share
// of a core's multiply-adds that the matrix products alone come to, of processor time. `fit_apart` writes the gradient
// to memory before each step, as an optimizer of one's own does.
#include "mace/model/autoregressive.hpp"

#include <benchmark/benchmark.h>

#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/fit/adam.hpp"
#include "mace/fit/likelihood.hpp"
#include "mace/train/adam_training.hpp"
#include "peak.hpp"

namespace {

using namespace mace;

template <class Shape>
std::vector<float> initial_weights() {
  std::vector<float> weights(static_cast<std::size_t>(Shape::parameters));
  Shape::for_each_joint([&](auto joint) {
    initialize<typename Shape::template Net<joint>>(weights.data() + Shape::offset(joint), 1, joint);
  });
  return weights;
}

/// Multiply-adds of one sample through networks `first` to the last.
template <class Shape>
double multiply_adds(int first) {
  double sum = 0;
  Shape::for_each_joint([&](auto joint) {
    using Net = typename Shape::template Net<joint>;
    for (int l = 0; l < Net::layers && joint >= first; ++l)
      sum += static_cast<double>(Net::weights(static_cast<const float*>(nullptr), l).size());
  });
  return sum;
}

template <class Shape>
JointLimits<Shape::joints> limits() {
  JointLimits<Shape::joints> limits;
  for (int j = 0; j < Shape::joints; ++j) limits.low[j] = -2.9f, limits.high[j] = 2.9f;
  return limits;
}

template <class Shape>
struct Round {
  Cpu exec{{.threads = 2}};
  std::vector<float> weights = initial_weights<Shape>();
  Autoregressive<Cpu, Shape> model{exec, weights, limits<Shape>()};
  std::vector<Vec<Shape::joints>> samples;
  Elites<HostSpace> elites;
  Adam adam{.rate = 1e-5};
  Adam::State<Cpu> state = adam.make_state(exec, Shape::parameters);
  Buffer<float> gradient{Shape::parameters};
  std::uint32_t round = 0;

  explicit Round(const benchmark::State& run)
      : samples(static_cast<std::size_t>(run.range(0))), elites(exec, static_cast<Index>(run.range(1)), 1) {
    const Index n = static_cast<Index>(run.range(0)), count = elites.per_batch;
    model.reserve(exec, n, count, 1);
    for (Index e = 0; e < count; ++e) {
      elites.indices.data()[e] = static_cast<std::int32_t>(e * n / count);
      elites.weights.data()[e] = 1.0f / static_cast<float>(count);
    }
    sample();
    model.set_elites(exec, samples, elites);
  }
  void sample() { model.sample(exec, {1, Stream::draw, round++}, samples); }
};

template <class Shape>
void sample(benchmark::State& run) {
  Round<Shape> round(run);
  for (auto _ : run) round.sample();
  benchmarks::count_operations(run, 2 * multiply_adds<Shape>(1) * static_cast<double>(run.range(0)),
                               best_isa());  // the first network serves all samples at once
}

void set_elites(benchmark::State& run) {
  Round<PaperArm> round(run);
  for (auto _ : run) round.model.set_elites(round.exec, round.samples, round.elites);
}

template <class Shape>
void fit(benchmark::State& run) {
  Round<Shape> r(run);
  for (auto _ : run) Likelihood{}(r.exec, r.model, r.elites, r.adam, r.state, r.gradient.span(), 4);
  benchmarks::count_operations(run, 4 * 6 * multiply_adds<Shape>(0) * static_cast<double>(run.range(1)), best_isa());
}

void fit_apart(benchmark::State& run) {
  Round<PaperArm> r(run);
  for (auto _ : run)
    for (int m = 0; m < 4; ++m) {
      r.model.likelihood_gradient(r.exec, 0, r.gradient.span());
      r.adam.ascend(r.exec, r.state, r.model.parameters(), std::span<const float>(r.gradient.span()));
    }
  benchmarks::count_operations(run, 4 * 6 * multiply_adds<PaperArm>(0) * static_cast<double>(run.range(1)), best_isa());
}

void settings(benchmark::internal::Benchmark* b) {
  b->ArgNames({"samples", "elites"})->Args({64, 4})->Args({4096, 32});
  b->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(sample<PaperArm>)->Name("sample")->Apply(settings);
BENCHMARK(set_elites)->Apply(settings);
BENCHMARK(fit<PaperArm>)->Name("fit")->Apply(settings);
BENCHMARK(fit_apart)->Apply(settings);

/// How the cost grows with the joints.
void box(benchmark::internal::Benchmark* b) {
  b->ArgNames({"samples", "elites"})->Args({4096, 32})->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(sample<AutoregressiveShape<2, 3>>)->Name("sample/joints2")->Apply(box);
BENCHMARK(sample<AutoregressiveShape<4, 3>>)->Name("sample/joints4")->Apply(box);
BENCHMARK(sample<AutoregressiveShape<7, 3>>)->Name("sample/joints7")->Apply(box);
BENCHMARK(sample<AutoregressiveShape<14, 3>>)->Name("sample/joints14")->Apply(box);
BENCHMARK(fit<AutoregressiveShape<2, 3>>)->Name("fit/joints2")->Apply(box);
BENCHMARK(fit<AutoregressiveShape<4, 3>>)->Name("fit/joints4")->Apply(box);
BENCHMARK(fit<AutoregressiveShape<7, 3>>)->Name("fit/joints7")->Apply(box);
BENCHMARK(fit<AutoregressiveShape<14, 3>>)->Name("fit/joints14")->Apply(box);

}  // namespace
