// SPDX-License-Identifier: Apache-2.0
// What CUDA's compiler adds to C++, for one that does not know it: the marks of functions and memory, where a thread
// is, how the threads of a block meet, and the launch of a kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

#include "cuda_runtime_api.h"

#define __host__
#define __device__
#define __global__
#define __grid_constant__
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
// Of local variables only `extern` ones can be weak: shared memory of a fixed size, which every thread would have for
// itself, does not compile.
#define __shared__ __attribute__((weak))

struct uint3 {
  unsigned x = 0, y = 0, z = 0;
};
struct dim3 {
  constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
  unsigned x, y, z;
};
struct cudaLaunchAttribute {};  // none is understood
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  std::size_t dynamicSmemBytes = 0;
  cudaStream_t stream = nullptr;
  cudaLaunchAttribute* attrs = nullptr;
  unsigned numAttrs = 0;
};
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };

extern thread_local constinit uint3 threadIdx, blockIdx;
extern thread_local constinit dim3 blockDim, gridDim;

namespace host_device {

/// A kernel with what it was launched with. Arguments are copied when it is launched, as on a device.
struct Kernel {
  dim3 blocks, threads;
  std::size_t shared_bytes = 0;
  const void* function = nullptr;
  const char* name = "";
  std::shared_ptr<const void> arguments;
  std::size_t argument_bytes = 0;
  void (*call)(const void* function, const void* arguments) = nullptr;
};

cudaError_t launch(Kernel kernel, const cudaLaunchConfig_t& config);
cudaError_t allow_shared_memory(const void* function, std::size_t bytes);
void wait_for_block();
/// Hands `mine` to the lanes of the mask, and takes what lane `from` handed over.
std::uint64_t exchange(unsigned mask, unsigned from, std::uint64_t mine);

template <class... Parameters>
void call_kernel(const void* function, const void* arguments) {
  std::apply(reinterpret_cast<void (*)(Parameters...)>(const_cast<void*>(function)),
             *static_cast<const std::tuple<std::remove_cv_t<Parameters>...>*>(arguments));
}
/// A kernel's parameters, by which findings name it.
template <class... Parameters>
constexpr const char* kernel_name() {
  const char* name = __PRETTY_FUNCTION__;
  while (*name != '{') ++name;
  return name;
}

}  // namespace host_device

inline void __syncthreads() {
  ::host_device::wait_for_block();
}
template <class T>
T __shfl_sync(unsigned mask, T value, int from) {
  static_assert(sizeof(T) <= sizeof(std::uint64_t));
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = ::host_device::exchange(mask, static_cast<unsigned>(from) % 32, bits);
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int apart) {
  return __shfl_sync(mask, value, static_cast<int>(threadIdx.x % 32) ^ apart);
}

template <class... Parameters>
cudaError_t cudaFuncSetAttribute(void (*kernel)(Parameters...), cudaFuncAttribute, int bytes) {
  return ::host_device::allow_shared_memory(reinterpret_cast<const void*>(kernel), static_cast<std::size_t>(bytes));
}

template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Parameters...),
                               Arguments&&... arguments) {
  using Held = std::tuple<std::remove_cv_t<Parameters>...>;
  ::host_device::Kernel launched;
  launched.function = reinterpret_cast<const void*>(kernel);
  launched.name = ::host_device::kernel_name<Parameters...>();
  launched.arguments = std::make_shared<const Held>(std::forward<Arguments>(arguments)...);
  launched.argument_bytes = sizeof(Held);
  launched.call = &::host_device::call_kernel<Parameters...>;
  return ::host_device::launch(std::move(launched), *config);
}
