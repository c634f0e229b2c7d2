// SPDX-License-Identifier: Apache-2.0
// The same task on a GPU: `tuned` is written once, for any executor, and runs on the host, and where nvcc compiled it
// and a GPU is there on that too. What a simulator needs for it: MACE_HD on what it calls, mace::numeric in place of
// std::exp and its like, members that can be copied as bytes, and its data in the executor's memory (exec.upload).
#include <cstdio>
#include <span>
#include <vector>

#include "mace/cpu.hpp"
#ifdef __CUDACC__
#include "mace/cuda.cuh"
#endif

using mace::Vec;

// [excerpt]
struct Beacons {  // how far off each beacon would be at a place, meters
  using Sample = Vec<2>;
  using Outcome = Vec<3>;
  const Vec<2>* at;  // three places, in the executor's memory
  MACE_HD Vec<3> operator()(const Vec<2>& place) const {
    return {norm(place - at[0]), norm(place - at[1]), norm(place - at[2])};
  }
};
// [excerpt]

struct Heard {
  using Outcome = Vec<3>;
  Vec<3> distances;
  MACE_HD float operator()(const Vec<3>& would_be) const {
    const Vec<3> off = would_be - distances;
    return -50.0f * dot(off, off);  // errors of 10 cm
  }
};

const std::vector<Vec<2>> beacons = {{1, 4}, {7, 4}, {4, 7}};
const Vec<2> truth{3, 2};

// The mean of the tuned model's samples.
template <class Exec>
Vec<2> tuned(Exec& exec) {
  // [excerpt]
  const float center[] = {4, 4};
  mace::GaussianMixture<Exec, 2, 1> model(exec, center, 2);
  const auto at = exec.upload(beacons);  // must live as long as the tuner
  mace::Tuner tuner(exec, model, Beacons{at.data()}, Heard{Beacons{beacons.data()}(truth)},
                    mace::TunerOptions{.samples = 4096, .quantile = 1.0 / 8, .rounds = 10, .steps_per_round = 40},
                    mace::Adam{.rate = 0.02});
  const mace::Report report = tuner.run();
  // [excerpt]

  auto drawn = exec.template allocate<Vec<2>>(2000);
  model.sample(exec, {.seed = 2}, drawn.span());
  std::vector<Vec<2>> samples(2000);
  exec.copy(std::span<const Vec<2>>(drawn.span()), std::span<Vec<2>>(samples));  // to the host
  exec.finish();                                                                 // work on a GPU goes on by itself
  Vec<2> mean{};
  for (const Vec<2>& sample : samples) mean = mean + (1.0f / 2000) * sample;
  std::printf("%.0f ms, samples about (%.2f, %.2f)\n", 1000 * report.seconds.total, mean[0], mean[1]);
  return mean;
}

void check(const char* where, const Vec<2>& mean) {
  mace::require(norm(mean - truth) < 0.1f, "wanted a mean within 10 cm of (3, 2) ", where, ", got (", mean[0], ", ",
                mean[1], ")");
}

int main() try {
  auto host = mace::cpu({.seed = 7});
  check("on the host", tuned(host));
#ifdef __CUDACC__
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::puts("skipped: no GPU here");
    return 77;
  }
  auto gpu = mace::cuda({.seed = 7});
  check("on the GPU", tuned(gpu));
#else
  std::puts("skipped: no GPU in this program, nvcc did not compile it");
  return 77;
#endif
} catch (const std::exception& error) {
  std::fprintf(stderr, "04_gpu: %s\n", error.what());
  return 1;
}
