// SPDX-License-Identifier: Apache-2.0
#include "devices.hpp"

#include <cstring>
#include <vector>

#include "report.hpp"
#include "settings.hpp"
#include "streams.hpp"

struct CUmemPoolHandle_st {
  unsigned long long release_threshold = 0;
};

namespace host_device {

namespace {

thread_local int current = 0;

}  // namespace

int current_device() {
  return current;
}
cudaError_t check_device(int device) {
  return device >= 0 && device < settings().devices ? cudaSuccess : answer(cudaErrorInvalidDevice);
}

}  // namespace host_device

using namespace host_device;

cudaError_t cudaGetDeviceCount(int* count) {
  if (count == nullptr) return answer(cudaErrorInvalidValue);
  *count = settings().devices;
  return *count > 0 ? cudaSuccess : answer(cudaErrorNoDevice);
}
cudaError_t cudaSetDevice(int device) {
  if (const auto status = check_device(device)) return status;
  current = device;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = current;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (const auto status = check_device(device)) return status;
  *properties = {"a device made of the host", std::size_t{1} << 33, 9, 0, 132};
  return cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  if (const auto status = check_device(device)) return status;
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
      *value = 1024;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      *value = 48 * 1024;
      break;
    case cudaDevAttrWarpSize:
      *value = 32;
      break;
    case cudaDevAttrMultiProcessorCount:
      *value = 132;
      break;
    case cudaDevAttrUnifiedAddressing:
      *value = 1;
      break;
    case cudaDevAttrComputeCapabilityMajor:
      *value = 9;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = 0;
      break;
    case cudaDevAttrPageableMemoryAccess:
      *value = settings().direct ? 1 : 0;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin:
      *value = 227 * 1024;
      break;
    case cudaDevAttrMemoryPoolsSupported:
      *value = 1;
      break;
  }
  return cudaSuccess;
}
cudaError_t cudaDeviceSynchronize() {
  const Entry entry;
  if (const auto status = refuse_device_wide("cudaDeviceSynchronize", current)) return status;
  drain_device(current);
  return cudaSuccess;
}

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device) {
  static std::vector<CUmemPoolHandle_st>& pools =
      *new std::vector<CUmemPoolHandle_st>(static_cast<std::size_t>(settings().devices));
  if (const auto status = check_device(device)) return status;
  *pool = &pools[static_cast<std::size_t>(device)];
  return cudaSuccess;
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, cudaMemPoolAttr, void* value) {
  std::memcpy(&pool->release_threshold, value, sizeof pool->release_threshold);
  return cudaSuccess;
}
cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t pool, cudaMemPoolAttr, void* value) {
  std::memcpy(value, &pool->release_threshold, sizeof pool->release_threshold);
  return cudaSuccess;
}
