// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "mace/backend/cuda/status.cuh"
#include "mace/core/view.hpp"

namespace mace {

/// A block of a device's threads (backend/block.hpp).
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

/// Where work goes: a stream, and a flag of the device without which kernels do nothing (null: there is none).
struct Queue {
  cudaStream_t stream;
  const std::int32_t* only_if;
};

/// f(i), one thread an index.
template <class F>
__global__ void each_index(Index count, const std::int32_t* only_if, const __grid_constant__ F f) {
  if (only_if != nullptr && *only_if == 0) return;
  const Index i = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < count) f(i);
}

template <class F>
void launch_each(const Queue& queue, Index count, int threads, const F& f) {
  if (count <= 0) return;
  each_index<<<static_cast<unsigned>((count + threads - 1) / threads), static_cast<unsigned>(threads), 0,
               queue.stream>>>(count, queue.only_if, f);
  check(cudaGetLastError(), "a kernel, one thread an index");
}

/// f(block, b, shared), one block an index b; `shared` is the block's memory. Without the 1 the compiler would spill
/// registers to have more blocks at once.
template <class F>
__global__ void __launch_bounds__(F::threads, 1) each_block(const std::int32_t* only_if, const __grid_constant__ F f) {
  extern __shared__ __align__(16) unsigned char shared[];
  if (only_if != nullptr && *only_if == 0) return;
  DeviceBlock block;
  f(block, static_cast<Index>(blockIdx.x), static_cast<void*>(shared));
}

/// `f.threads` threads and `f.shared_bytes()` bytes of shared memory a block.
template <class F>
void launch_blocks(const Queue& queue, Index blocks, const F& f) {
  if (blocks <= 0) return;
  const std::size_t bytes = f.shared_bytes();
  if (bytes > 48 * 1024)  // more has to be asked for
    check(cudaFuncSetAttribute(each_block<F>, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(bytes)),
          "shared memory");
  each_block<<<static_cast<unsigned>(blocks), static_cast<unsigned>(F::threads), bytes, queue.stream>>>(queue.only_if,
                                                                                                        f);
  check(cudaGetLastError(), "a kernel, one block an index");
}

}  // namespace mace
