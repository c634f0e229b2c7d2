// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <new>

#include "mace/backend/cuda/status.cuh"
#include "mace/core/buffer.hpp"

namespace mace {

/// Memory of the current device. Allocation and release wait for the device, so neither belongs in a round. Clearing
/// synchronizes only the calling thread's default stream, so that a recording in another thread is not disturbed.
struct DeviceSpace {
  static void* allocate(std::size_t bytes) {
    void* memory = nullptr;
    check_memory(cudaMalloc(&memory, bytes), "to take memory");
    try {
      check(cudaMemsetAsync(memory, 0, bytes, cudaStreamPerThread), "to clear memory");
      check(cudaStreamSynchronize(cudaStreamPerThread), "to clear memory");
    } catch (...) {
      release(memory);
      throw;
    }
    return memory;
  }
  /// Frees memory of any device; CUDA finds the device from the address.
  static void release(void* memory) noexcept {
    if (cudaFree(memory) != cudaSuccess) cudaGetLastError();  // an earlier failure, which is reported elsewhere
    ++releases;
  }
  /// Number of releases so far. A recording made before the last one may refer to freed memory.
  static inline std::atomic<std::uint64_t> releases{0};
};

/// Pinned host memory, which a device can write asynchronously. Wait for such writes before releasing it.
struct PinnedSpace {
  static void* allocate(std::size_t bytes) {
    void* memory = nullptr;
    check_memory(cudaHostAlloc(&memory, bytes, cudaHostAllocDefault), "to take pinned memory");
    std::memset(memory, 0, bytes);
    return memory;
  }
  static void release(void* memory) noexcept {
    if (cudaFreeHost(memory) != cudaSuccess) cudaGetLastError();
  }
};

}  // namespace mace
