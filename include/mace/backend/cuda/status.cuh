// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cublas_v2.h>
#include <cuda_runtime_api.h>

#include "mace/core/error.hpp"

namespace mace {

/// Every status of the CUDA runtime goes through here. Errors: any but success, with what was asked.
inline void check(cudaError_t status, const char* asked) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // or the next call would report it again
  fail("cuda: ", asked, ": ", cudaGetErrorString(status));
}

/// The same of cuBLAS.
inline void check(cublasStatus_t status, const char* asked) {
  require(status == CUBLAS_STATUS_SUCCESS, "cuda: ", asked, ": ", cublasGetStatusString(status));
}

}  // namespace mace
