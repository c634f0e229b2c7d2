// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "mace/backend/cuda/device.cuh"
#include "mace/backend/cuda/status.cuh"
#include "mace/core/view.hpp"

namespace mace {

/// ThreadBlock of a CUDA block (backend/block.hpp).
struct DeviceBlock {
  __device__ int thread() const { return static_cast<int>(threadIdx.x); }
  __device__ int threads() const { return static_cast<int>(blockDim.x); }
  __device__ void sync() const { __syncthreads(); }
  static constexpr int lane_count = 32;
  __device__ int lanes() const { return lane_count; }
  template <class T>
  __device__ T sum_over_lanes(T value) const {
    for (int apart = lane_count / 2; apart > 0; apart /= 2) value += __shfl_xor_sync(0xffffffffu, value, apart);
    return value;
  }
};

/// Target of kernel launches.
struct Queue {
  int device;
  cudaStream_t stream;
  const std::int32_t* only_if;  ///< flag in device memory; kernels do nothing if it is 0; null: none
};

/// Launches a kernel.
/// @param queue device and stream of the launch
/// @param asked description of the kernel for the error message
/// @param blocks number of blocks
/// @param threads threads per block
/// @param shared_bytes bytes of dynamic shared memory per block
/// @param kernel the kernel
/// @param arguments arguments of the kernel
/// @throws Error if CUDA reports one for this launch.
template <class... Parameters, class... Arguments>
void launch(const Queue& queue, const char* asked, Index blocks, int threads, std::size_t shared_bytes,
            void (*kernel)(Parameters...), const Arguments&... arguments) {
  const DeviceGuard guard(queue.device);
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(static_cast<unsigned>(blocks));
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.dynamicSmemBytes = shared_bytes;
  config.stream = queue.stream;
  check(cudaLaunchKernelEx(&config, kernel, arguments...), asked);
}

/// Kernel that calls f(i) with one thread per index i < count.
template <class F>
__global__ void each_index(Index count, const std::int32_t* only_if, const __grid_constant__ F f) {
  if (only_if != nullptr && *only_if == 0) return;
  const Index i = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < count) f(i);
}

/// Launches f(i) for i = 0 … count - 1 in blocks of `threads` threads.
template <class F>
void launch_each(const Queue& queue, Index count, int threads, const F& f) {
  if (count <= 0) return;
  launch(queue, "a kernel, one thread an index", (count + threads - 1) / threads, threads, 0, each_index<F>, count,
         queue.only_if, f);
}

/// Kernel that calls f(block, b, shared) with one block per index b and its shared memory. Without the 1 in the launch
/// bounds the compiler spills registers to keep more blocks resident.
template <class F>
__global__ void __launch_bounds__(F::threads, 1) each_block(const std::int32_t* only_if, const __grid_constant__ F f) {
  extern __shared__ __align__(16) unsigned char shared[];
  if (only_if != nullptr && *only_if == 0) return;
  DeviceBlock block;
  f(block, static_cast<Index>(blockIdx.x), static_cast<void*>(shared));
}

/// Launches f(block, b, shared) for b = 0 … blocks - 1. A block has `F::threads` threads and `f.shared_bytes()` bytes
/// of shared memory.
template <class F>
void launch_blocks(const Queue& queue, Index blocks, const F& f) {
  if (blocks <= 0) return;
  const std::size_t bytes = f.shared_bytes();
  if (bytes > 48 * 1024) {  // CUDA's default limit
    const DeviceGuard guard(queue.device);
    check(cudaFuncSetAttribute(each_block<F>, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)),
          "shared memory");
  }
  launch(queue, "a kernel, one block an index", blocks, F::threads, bytes, each_block<F>, queue.only_if, f);
}

}  // namespace mace
