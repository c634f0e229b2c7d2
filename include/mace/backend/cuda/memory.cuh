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

/// Memory of the current device. To take and to give back memory waits for the device: neither belongs into a round.
/// No other stream is waited for by name, so that a round that another thread records is not disturbed.
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
  /// On whatever device it is: the address tells.
  static void release(void* memory) noexcept {
    if (cudaFree(memory) != cudaSuccess) cudaGetLastError();  // of what went wrong before, which others will be told
    ++releases;
  }
  /// How often memory was given back: what was recorded before may point to it.
  static inline std::atomic<std::uint64_t> releases{0};
};

/// Memory of the host that a device can write to while both work on. Whoever gives it back has waited for that.
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
