// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cublas_v2.h>
#include <cuda_runtime_api.h>

#include <new>

#include "mace/core/error.hpp"

namespace mace {

/// Every status of the CUDA runtime goes through here. Errors: any but success, with what was asked.
inline void check(cudaError_t status, const char* asked) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // or whoever asks for the last error would be told of this one again
  fail("cuda: ", asked, ": ", cudaGetErrorString(status));
}

/// The same, where too little memory is no fault of CUDA's: std::bad_alloc, which Buffer puts into words.
inline void check_memory(cudaError_t status, const char* asked) {
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    throw std::bad_alloc();
  }
  check(status, asked);
}

/// The same of cuBLAS.
inline void check(cublasStatus_t status, const char* asked) {
  require(status == CUBLAS_STATUS_SUCCESS, "cuda: ", asked, ": ", cublasGetStatusString(status));
}

}  // namespace mace
