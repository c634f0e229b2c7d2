// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <string>
#include <utility>

#include "mace/backend/cuda/memory.cuh"
#include "mace/backend/cuda/status.cuh"

namespace mace {

/// A stream of a device, which becomes the calling thread's current one. Errors: no driver, no such device.
class DeviceStream {
 public:
  DeviceStream(int device, cudaStream_t given) : device_(device), stream_(given), owned_(given == nullptr) {
    int devices = 0;
    const cudaError_t status = cudaGetDeviceCount(&devices);
    require(status == cudaSuccess && devices > 0,
            "cuda: wanted a GPU and its driver, got none that this program can use (", cudaGetErrorString(status), ")");
    require(device >= 0 && device < devices, "cuda: wanted a device from 0 to ", devices - 1, ", got ", device);
    check(cudaSetDevice(device), "cudaSetDevice");
    if (owned_) check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  }
  DeviceStream(const DeviceStream&) = delete;
  DeviceStream& operator=(const DeviceStream&) = delete;
  ~DeviceStream() {
    if (owned_) cudaStreamDestroy(stream_);
  }

  cudaStream_t get() const { return stream_; }
  std::string device_name() const {
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, device_), "cudaGetDeviceProperties");
    return properties.name;
  }

 private:
  int device_;
  cudaStream_t stream_;
  bool owned_;
};

/// A point in a stream that the host can wait for.
class DeviceEvent {
 public:
  DeviceEvent() { check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "cudaEventCreate"); }
  DeviceEvent(const DeviceEvent&) = delete;
  DeviceEvent& operator=(const DeviceEvent&) = delete;
  ~DeviceEvent() { cudaEventDestroy(event_); }
  void record(cudaStream_t stream) const { check(cudaEventRecord(event_, stream), "cudaEventRecord"); }
  void wait() const { check(cudaEventSynchronize(event_), "to wait for the stream"); }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Work of a stream that is always the same: done as it comes the first time, when memory is still being taken,
/// recorded as a graph the second, and replayed from then on; anew if memory was given back since, which the graph may
/// use.
class GraphRecording {
 public:
  GraphRecording() = default;
  GraphRecording(const GraphRecording&) = delete;
  GraphRecording& operator=(const GraphRecording&) = delete;
  ~GraphRecording() { forget(); }

  template <class Work>
  void run(cudaStream_t stream, const Work& work) {
    if (begun_ && releases_ != DeviceSpace::releases) forget();
    if (!begun_) {
      work();
      begun_ = true;
      releases_ = DeviceSpace::releases;
      return;
    }
    if (graph_ == nullptr) record(stream, work);
    check(cudaGraphLaunch(graph_, stream), "to replay a round");
  }

  /// The next work is another one.
  void forget() {
    if (graph_ != nullptr) cudaGraphExecDestroy(graph_);
    graph_ = nullptr;
    begun_ = false;
  }

 private:
  template <class Work>
  void record(cudaStream_t stream, const Work& work) {
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "to record a round");
    cudaGraph_t graph = nullptr;
    try {
      work();
    } catch (...) {
      cudaStreamEndCapture(stream, &graph);
      if (graph != nullptr) cudaGraphDestroy(graph);
      throw;
    }
    check(cudaStreamEndCapture(stream, &graph), "to record a round");
    const cudaError_t status = cudaGraphInstantiate(&graph_, graph, 0);
    cudaGraphDestroy(graph);
    check(status, "to prepare a recorded round");
  }

  cudaGraphExec_t graph_ = nullptr;
  bool begun_ = false;
  std::uint64_t releases_ = 0;  ///< of memory, up to when the work was begun
};

}  // namespace mace
