// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "mace/cuda.cuh"

/// How long work on a device takes, beside what the device could at best.
namespace mace::benchmarks {

using Json = nlohmann::ordered_json;

/// What the device can do at its highest clocks, by what its driver says of it.
struct DevicePeak {
  double flops = 0;  ///< a second, single precision, a multiplication and an addition counted as two
  double bytes = 0;  ///< a second, to and from the device's memory

  explicit DevicePeak(int device = 0) {
    const auto attribute = [device](cudaDeviceAttr which) {
      int value = 0;
      check(cudaDeviceGetAttribute(&value, which, device), "an attribute of the device");
      return static_cast<double>(value);
    };
    const double khz = attribute(cudaDevAttrClockRate), memory_khz = attribute(cudaDevAttrMemoryClockRate);
    flops = 2 * 128 * attribute(cudaDevAttrMultiProcessorCount) * 1e3 * khz;  // 128 lanes a multiprocessor (sm_80 on)
    bytes = 2 * attribute(cudaDevAttrGlobalMemoryBusWidth) / 8 * 1e3 * memory_khz;  // both edges of the clock
  }
};

/// What work needs at least: operations, and bytes that have to be moved.
struct Cost {
  double flops = 0, bytes = 0;
};

/// Waits for a stream and reads its clock.
class StreamClock {
 public:
  StreamClock() {
    check(cudaEventCreate(&from_), "cudaEventCreate");
    check(cudaEventCreate(&to_), "cudaEventCreate");
  }
  StreamClock(const StreamClock&) = delete;
  StreamClock& operator=(const StreamClock&) = delete;
  ~StreamClock() {
    cudaEventDestroy(from_);
    cudaEventDestroy(to_);
  }
  template <class Work>
  double seconds(Cuda& exec, const Work& work) const {
    check(cudaEventRecord(from_, exec.stream()), "cudaEventRecord");
    work();
    check(cudaEventRecord(to_, exec.stream()), "cudaEventRecord");
    check(cudaEventSynchronize(to_), "to wait for the stream");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, from_, to_), "cudaEventElapsedTime");
    return 1e-3 * static_cast<double>(milliseconds);
  }

 private:
  cudaEvent_t from_ = nullptr, to_ = nullptr;
};

/// 50 times, of a recording that holds the work `together` times: so neither the host nor the gaps between launches of
/// the recording count for much.
template <class Work>
Json time_work(Cuda& exec, const DevicePeak& peak, const Cost& cost, const Work& work) {
  constexpr int together = 20, runs = 50;
  Cuda::Recording recording;
  const auto repeat = [&] {
    exec.replay(recording, [&] {
      for (int i = 0; i < together; ++i) work();
    });
  };
  for (int warm_up = 0; warm_up < 5; ++warm_up) repeat();  // memory is taken, the work recorded
  const StreamClock clock;
  std::vector<double> seconds;
  for (int run = 0; run < runs; ++run) seconds.push_back(clock.seconds(exec, repeat) / together);
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2], best = std::max(cost.flops / peak.flops, cost.bytes / peak.bytes);
  return {{"median_s", median},
          {"p99_s", seconds[seconds.size() * 99 / 100]},
          {"roofline_s", best},
          {"bound", cost.flops / peak.flops > cost.bytes / peak.bytes ? "flops" : "bytes"},
          {"share_of_roofline", best / median}};
}

}  // namespace mace::benchmarks
