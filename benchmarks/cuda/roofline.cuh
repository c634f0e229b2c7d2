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
  double cache = 0;  ///< bytes of the second-level cache

  explicit DevicePeak(int device = 0) {
    const auto attribute = [device](cudaDeviceAttr which) {
      int value = 0;
      check(cudaDeviceGetAttribute(&value, which, device), "an attribute of the device");
      return static_cast<double>(value);
    };
    const double khz = attribute(cudaDevAttrClockRate), memory_khz = attribute(cudaDevAttrMemoryClockRate);
    // Lanes of single precision a multiprocessor: those of compute capability 8.0, as 6.0 and 7.x, have half as many.
    const double capability =
        10 * attribute(cudaDevAttrComputeCapabilityMajor) + attribute(cudaDevAttrComputeCapabilityMinor);
    const double lanes = capability == 80 || (capability >= 70 && capability < 80) || capability == 60 ? 64 : 128;
    flops = 2 * lanes * attribute(cudaDevAttrMultiProcessorCount) * 1e3 * khz;
    cache = attribute(cudaDevAttrL2CacheSize);
    bytes = 2 * attribute(cudaDevAttrGlobalMemoryBusWidth) / 8 * 1e3 * memory_khz;  // both edges of the clock
  }
};

/// What work comes to: operations, and bytes that it reads and writes.
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

/// 50 times, of a recording that holds the work `together` times: so the gaps between launches do not count for much.
/// One recording is on its way when the clock starts, so neither does the host. What fits into the cache stays there
/// from one time to the next, and has no bound by the memory's speed.
template <class Work>
Json time_work(Cuda& exec, const DevicePeak& peak, const Cost& cost, const Work& work) {
  constexpr int together = 20, runs = 50;
  const double flops = cost.flops / peak.flops, bytes = cost.bytes > peak.cache ? cost.bytes / peak.bytes : 0;
  Cuda::Recording recording;
  const auto repeat = [&] {
    exec.replay(recording, [&] {
      for (int i = 0; i < together; ++i) work();
    });
  };
  for (int warm_up = 0; warm_up < 5; ++warm_up) repeat();  // memory is taken, the work recorded
  const StreamClock clock;
  std::vector<double> seconds;
  for (int run = 0; run < runs; ++run) {
    repeat();
    seconds.push_back(clock.seconds(exec, repeat) / together);
  }
  std::sort(seconds.begin(), seconds.end());
  const double median = seconds[seconds.size() / 2], best = std::max(flops, bytes);
  Json json{{"median_s", median}, {"min_s", seconds.front()}, {"max_s", seconds.back()}, {"bound", nullptr}};
  if (best > 0) {
    json["bound"] = flops > bytes ? "flops" : "bytes";
    json["roofline_s"] = best;
    json["share_of_roofline"] = best / median;
  }
  return json;
}

}  // namespace mace::benchmarks
