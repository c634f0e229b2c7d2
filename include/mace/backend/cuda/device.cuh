// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "mace/backend/cuda/status.cuh"

namespace mace {

/// Returns `device` where it can be used. Errors: no driver, no such device.
inline int usable_device(int device) {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status != cudaSuccess) cudaGetLastError();
  require(status == cudaSuccess && devices > 0,
          "cuda: wanted a GPU and its driver, got none that this program can use (", cudaGetErrorString(status), ")");
  require(device >= 0 && device < devices, "cuda: wanted a device from 0 to ", devices - 1, ", got ", device);
  return device;
}

/// The name that the maker gave it.
inline std::string device_name(int device) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
  return properties.name;
}

/// Makes a device the calling thread's current one, and in the end the one that was it before. Kernels, memory, events
/// and cuBLAS want the right one; which it is belongs to the program, and differs from thread to thread.
class DeviceGuard {
 public:
  explicit DeviceGuard(int device) : device_(device) {
    check(cudaGetDevice(&before_), "cudaGetDevice");
    if (before_ != device_) check(cudaSetDevice(device_), "cudaSetDevice");
  }
  DeviceGuard(const DeviceGuard&) = delete;
  DeviceGuard& operator=(const DeviceGuard&) = delete;
  ~DeviceGuard() {
    if (before_ != device_) cudaSetDevice(before_);
  }

 private:
  int device_, before_ = 0;
};

}  // namespace mace
