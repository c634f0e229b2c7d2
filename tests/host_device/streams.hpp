// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cuda_runtime_api.h"
#include "memory.hpp"

namespace host_device {

/// What stands in a stream.
struct Operation {
  const char* name = "";
  int device = any_device;
  std::function<void()> run = {};
  std::vector<std::pair<CUstream_st*, std::uint64_t>> after = {};  ///< what of other streams is to be done before
};

}  // namespace host_device

/// A queue. Its operations have numbers: those below `done` are.
struct CUstream_st {
  int device = 0;
  bool blocking = true, alive = true, legacy = false;
  std::deque<host_device::Operation> queue = {};
  std::uint64_t put = 0, done = 0;

  CUgraph_st* capture = nullptr;  ///< where operations go while it is captured
  bool capture_invalid = false;
  cudaStreamCaptureMode capture_mode = cudaStreamCaptureModeGlobal;
  std::thread::id capturer = {};
  unsigned long long capture_id = 0;
};

namespace host_device {

/// The stream of a handle, which may be null, cudaStreamLegacy or cudaStreamPerThread; null: it is none.
CUstream_st* stream_of(cudaStream_t handle);
/// Of all devices, in the order they were made.
const std::vector<CUstream_st*>& streams();

/// Puts an operation into a stream, or into what is captured of it.
cudaError_t enqueue(CUstream_st* stream, Operation operation);
/// Does what is before number `end`, and whatever must come before that.
void execute(CUstream_st& stream, std::uint64_t end);
void drain(CUstream_st& stream);
void drain_device(int device);

/// A violation unless the stream is the current device's.
cudaError_t refuse_other_device(const char* call, const CUstream_st& stream);

// What a capture forbids (graphs.cpp): violations, after which the capture has failed.

cudaError_t invalidate(CUstream_st& stream, const std::string& what);
/// What no thread may do that captures, or that would work on the stream if it is captured.
cudaError_t refuse_in_capture(const char* call, cudaStream_t stream);
/// What waits for all of a device.
cudaError_t refuse_device_wide(const char* call, int device);

std::size_t live_events();
std::size_t live_graphs();
std::size_t live_executables();
std::size_t live_handles();

}  // namespace host_device
