// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cublas_v2.h>
#include <cuda_runtime_api.h>

#include <new>

#include "mace/core/error.hpp"

namespace mace {

/// Checks a status of the CUDA runtime.
/// @param status the status
/// @param asked description of the call for the message
/// @throws Error unless the status is success.
inline void check(cudaError_t status, const char* asked) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // clears the error, which would otherwise be reported again
  fail("cuda: ", asked, ": ", cudaGetErrorString(status));
}

/// Checks the status of an allocation. Throws std::bad_alloc, which Buffer turns into an Error, if memory ran out, and
/// Error for any other failure.
inline void check_memory(cudaError_t status, const char* asked) {
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    throw std::bad_alloc();
  }
  check(status, asked);
}

/// Checks a status of cuBLAS.
/// @throws Error unless the status is success.
inline void check(cublasStatus_t status, const char* asked) {
  require(status == CUBLAS_STATUS_SUCCESS, "cuda: ", asked, ": ", cublasGetStatusString(status));
}

}  // namespace mace
