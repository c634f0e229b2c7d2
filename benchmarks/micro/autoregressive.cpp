// SPDX-License-Identifier: Apache-2.0
// One round of tuning the paper's network for a Panda, without simulator and score, stage by stage, on two threads:
// "wall" draws 64 samples and fits 4, "box" draws 4096 and fits 32; both take 4 steps of Adam. `peak` is the share of
// 107 GFlop/s a core (one AVX-512 multiply-add a cycle at 3.35 GHz) that the matrix products alone come to, of
// processor time. `fit_apart` writes the gradient to memory before each step, as an optimiser of one's own does.
#include "mace/model/autoregressive.hpp"

#include <benchmark/benchmark.h>

#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/train/adam_training.hpp"
#include "mace/update/adam.hpp"
#include "mace/update/likelihood.hpp"

namespace {

using namespace mace;
using Model = Autoregressive<Cpu, PaperArm>;

std::vector<float> initial_weights() {
  std::vector<float> weights(static_cast<std::size_t>(PaperArm::parameters));
  PaperArm::for_each_joint(
      [&](auto joint) { initialise<PaperArm::Net<joint>>(weights.data() + PaperArm::offset(joint), 1, joint); });
  return weights;
}

/// Multiply-adds of one sample through networks `first` to 6.
double multiply_adds(int first) {
  double sum = 0;
  PaperArm::for_each_joint([&](auto joint) {
    using Net = PaperArm::Net<joint>;
    for (int l = 0; l < Net::layers && joint >= first; ++l)
      sum += static_cast<double>(Net::weights(static_cast<const float*>(nullptr), l).size());
  });
  return sum;
}

struct Round {
  Cpu exec{{.threads = 2}};
  std::vector<float> weights = initial_weights();
  Model model{
      exec, weights, {{-2.9f, -1.8f, -2.9f, -3.1f, -2.9f, -0.1f, -2.9f}, {2.9f, 1.8f, 2.9f, -0.1f, 2.9f, 3.8f, 2.9f}}};
  std::vector<Vec<7>> samples;
  Elites<HostSpace> elites;
  Adam adam{.rate = 1e-5};
  Adam::State<Cpu> state = adam.make_state(exec, PaperArm::parameters);
  Buffer<float> gradient{PaperArm::parameters};
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

void count_peak(benchmark::State& run, double per_iteration) {
  run.counters["peak"] = benchmark::Counter(2 * per_iteration / 107e9, benchmark::Counter::kIsIterationInvariantRate);
}

void sample(benchmark::State& run) {
  Round round(run);
  for (auto _ : run) round.sample();
  count_peak(run,
             multiply_adds(1) * static_cast<double>(run.range(0)));  // the first network serves all samples at once
}

void set_elites(benchmark::State& run) {
  Round round(run);
  for (auto _ : run) round.model.set_elites(round.exec, round.samples, round.elites);
}

void fit(benchmark::State& run) {
  Round r(run);
  for (auto _ : run) Likelihood{}(r.exec, r.model, r.elites, r.adam, r.state, r.gradient.span(), 4);
  count_peak(run, 4 * 3 * multiply_adds(0) * static_cast<double>(run.range(1)));
}

void fit_apart(benchmark::State& run) {
  Round r(run);
  for (auto _ : run)
    for (int m = 0; m < 4; ++m) {
      r.model.likelihood_gradient(r.exec, 0, r.gradient.span());
      r.adam.ascend(r.exec, r.state, r.model.parameters(), std::span<const float>(r.gradient.span()));
    }
  count_peak(run, 4 * 3 * multiply_adds(0) * static_cast<double>(run.range(1)));
}

void settings(benchmark::internal::Benchmark* b) {
  b->ArgNames({"samples", "elites"})->Args({64, 4})->Args({4096, 32});
  b->MeasureProcessCPUTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(sample)->Apply(settings);
BENCHMARK(set_elites)->Apply(settings);
BENCHMARK(fit)->Apply(settings);
BENCHMARK(fit_apart)->Apply(settings);

}  // namespace
