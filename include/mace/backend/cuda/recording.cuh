// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <mutex>

#include "mace/backend/cuda/device.cuh"
#include "mace/backend/cuda/memory.cuh"
#include "mace/backend/cuda/status.cuh"

namespace mace {

/// Stream of the current device on which rounds can be recorded: the given one, or a new one if it is null.
class DeviceStream {
 public:
  /// @throws Error if the given stream belongs to another device, is a default stream or is being captured.
  DeviceStream(int device, cudaStream_t given) : stream_(given), owned_(given == nullptr) {
    if (owned_)
      check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
    else
      check_given(device);
  }
  DeviceStream(const DeviceStream&) = delete;
  DeviceStream& operator=(const DeviceStream&) = delete;
  ~DeviceStream() {
    if (owned_) cudaStreamDestroy(stream_);
  }

  cudaStream_t get() const { return stream_; }

 private:
  void check_given(int device) const {
    require(stream_ != cudaStreamLegacy && stream_ != cudaStreamPerThread,
            "cuda: wanted a stream that rounds can be recorded on, got a default stream; give none, or one made by "
            "cudaStreamCreate");
    cudaStreamCaptureStatus captured = cudaStreamCaptureStatusNone;
    check(cudaStreamIsCapturing(stream_, &captured), "cudaStreamIsCapturing");
    require(captured == cudaStreamCaptureStatusNone,
            "cuda: wanted a stream that rounds can be recorded on, got one that is being captured");
    int owner = device;
    check(cudaStreamGetDevice(stream_, &owner), "cudaStreamGetDevice");
    require(owner == device, "cuda: wanted a stream of device ", device, ", got one of device ", owner);
  }

  cudaStream_t stream_;
  bool owned_;
};

/// Event in a stream of the current device, for which the host can wait.
class DeviceEvent {
 public:
  DeviceEvent() { check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "cudaEventCreate"); }
  DeviceEvent(const DeviceEvent&) = delete;
  DeviceEvent& operator=(const DeviceEvent&) = delete;
  /// Waits for the recorded work.
  ~DeviceEvent() {
    if (cudaEventSynchronize(event_) != cudaSuccess) cudaGetLastError();
    cudaEventDestroy(event_);
  }
  void record(cudaStream_t stream) const { check(cudaEventRecord(event_, stream), "cudaEventRecord"); }
  void wait() const { check(cudaEventSynchronize(event_), "to wait for the stream"); }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Mutex held while a round is recorded and by code that calls cudaDeviceSynchronize, as cuBLAS does, which would
/// invalidate a recording in another thread. (cudaMalloc and cudaFree synchronize too, but CUDA permits them.) It is
/// recursive, so that a stage that constructs an executor within a recorded round gets CUDA's error, not a deadlock.
inline std::recursive_mutex recording_mutex;

/// Recording of repeated work of a stream as a CUDA graph. The first run executes the work directly, since it may still
/// allocate memory; the second records it, and this and later runs replay the graph. If device memory was released in
/// between, which the graph may use, recording starts over.
class GraphRecording {
 public:
  GraphRecording() = default;
  GraphRecording(const GraphRecording&) = delete;
  GraphRecording& operator=(const GraphRecording&) = delete;
  ~GraphRecording() { forget(); }

  /// Runs the work and returns whether it was replayed instead of executed directly.
  template <class Work>
  bool run(cudaStream_t stream, const Work& work) {
    if (begun_ && releases_ != DeviceSpace::releases) forget();
    if (!begun_) {
      work();
      begun_ = true;
      releases_ = DeviceSpace::releases;
      return false;
    }
    if (graph_ == nullptr) record(stream, work);
    check(cudaGraphLaunch(graph_, stream), "to replay a round");
    return true;
  }

  /// Discards the recording, since the work changes.
  void forget() {
    if (graph_ != nullptr) cudaGraphExecDestroy(graph_);
    graph_ = nullptr;
    begun_ = false;
  }

 private:
  template <class Work>
  void record(cudaStream_t stream, const Work& work) {
    const std::scoped_lock lock(recording_mutex);
    check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "to record a round");
    cudaGraph_t graph = nullptr;
    try {
      work();
    } catch (...) {
      if (cudaStreamEndCapture(stream, &graph) != cudaSuccess) cudaGetLastError();
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
  std::uint64_t releases_ = 0;  ///< DeviceSpace::releases after the first run
};

}  // namespace mace
