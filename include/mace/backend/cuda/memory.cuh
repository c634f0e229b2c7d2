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

/// Memory of the current device, from its pool. To take and to give back memory waits for the device: neither belongs
/// into a round.
struct DeviceSpace {
  static void* allocate(std::size_t bytes) {
    void* memory = nullptr;
    if (cudaMallocAsync(&memory, bytes, nullptr) == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      throw std::bad_alloc();
    }
    check(cudaMemsetAsync(memory, 0, bytes, nullptr), "to clear memory");
    check(cudaStreamSynchronize(nullptr), "to clear memory");
    return memory;
  }
  static void release(void* memory) noexcept {
    cudaDeviceSynchronize();  // a kernel of any stream may still use it
    cudaFreeAsync(memory, nullptr);
    ++releases;
  }
  /// How often memory was given back: what was recorded before may point to it.
  static inline std::atomic<std::uint64_t> releases{0};
};

/// Memory of the host that a device can write to while both work on.
struct PinnedSpace {
  static void* allocate(std::size_t bytes) {
    void* memory = nullptr;
    if (cudaHostAlloc(&memory, bytes, cudaHostAllocDefault) != cudaSuccess) {
      cudaGetLastError();
      throw std::bad_alloc();
    }
    std::memset(memory, 0, bytes);
    return memory;
  }
  static void release(void* memory) noexcept {
    cudaDeviceSynchronize();  // a copy to it may be on its way
    cudaFreeHost(memory);
  }
};

}  // namespace mace
