// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "mace/backend/cuda/status.cuh"

namespace mace {

/// Returns `device` if it is usable.
/// @throws Error if there is no driver or no such device.
inline int usable_device(int device) {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status != cudaSuccess) cudaGetLastError();
  require(status == cudaSuccess && devices > 0,
          "cuda: wanted a GPU and its driver, got none that this program can use (", cudaGetErrorString(status), ")");
  require(device >= 0 && device < devices, "cuda: wanted a device from 0 to ", devices - 1, ", got ", device);
  return device;
}

/// Product name of a device.
inline std::string device_name(int device) {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
  return properties.name;
}

/// Makes a device the calling thread's current device for the lifetime of the guard and restores the previous one.
/// Kernel launches, allocations, events and cuBLAS use the current device, which is set per thread by the program.
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
