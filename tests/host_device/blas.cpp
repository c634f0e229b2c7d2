// SPDX-License-Identifier: Apache-2.0
// cuBLAS: products by Eigen, in a stream's order.
#include <Eigen/Core>
#include <bit>
#include <cstdint>
#include <set>
#include <string>

#include "checker.hpp"
#include "cublas_v2.h"
#include "devices.hpp"
#include "report.hpp"
#include "streams.hpp"

struct cublasContext {
  int device = 0;
  cudaStream_t stream = nullptr;
  bool has_workspace = false;
  cublasMath_t mode = CUBLAS_DEFAULT_MATH;
};

namespace host_device {

namespace {

std::set<cublasHandle_t>& handles() {
  static std::set<cublasHandle_t>& all = *new std::set<cublasHandle_t>;
  return all;
}
bool is_handle(const char* call, cublasHandle_t handle) {
  if (handles().contains(handle)) return true;
  violation(std::string(call) + ": no such handle");
  return false;
}

template <class Real>
using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;

/// To the nearest of ten bits after the point, ties to even.
float round_to_tf32(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return std::bit_cast<float>((bits + 0xfffu + (bits >> 13 & 1u)) & ~0x1fffu);
}

/// A factor in the device's memory: rows x columns as it is stored.
template <class Real>
struct Factor {
  const Real* values;
  int stride, rows, columns;
  bool transposed;

  Factor(const Real* p, int s, int r, int c, cublasOperation_t op)
      : values(p),
        stride(s),
        rows(op == CUBLAS_OP_N ? r : c),
        columns(op == CUBLAS_OP_N ? c : r),
        transposed(op != CUBLAS_OP_N) {}

  std::size_t bytes() const {
    return sizeof(Real) *
           (static_cast<std::size_t>(stride) * static_cast<std::size_t>(columns - 1) + static_cast<std::size_t>(rows));
  }
  Matrix<Real> load(bool tf32) const {
    for (Eigen::Index j = 0; j < columns; ++j)
      watcher().read("a matrix product", values + j * stride, sizeof(Real) * static_cast<std::size_t>(rows));
    const Eigen::Map<const Matrix<Real>, 0, Eigen::OuterStride<>> stored(values, rows, columns,
                                                                         Eigen::OuterStride<>(stride));
    Matrix<Real> factor = transposed ? Matrix<Real>(stored.transpose()) : Matrix<Real>(stored);
    if constexpr (sizeof(Real) == sizeof(float))
      if (tf32) factor = factor.unaryExpr(&round_to_tf32);
    return factor;
  }
};

template <class Real>
cublasStatus_t multiply(cublasHandle_t handle, cublasOperation_t transpose_a, cublasOperation_t transpose_b, int m,
                        int n, int k, const Real* alpha, const Real* a, int lda, const Real* b, int ldb,
                        const Real* beta, Real* c, int ldc) {
  const Entry entry;
  if (!is_handle("a matrix product", handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (handle->device != current_device()) {
    violation("a matrix product: the current device is " + std::to_string(current_device()) + ", the handle's " +
              std::to_string(handle->device));
    return CUBLAS_STATUS_EXECUTION_FAILED;
  }
  const Factor<Real> left(a, lda, m, k, transpose_a), right(b, ldb, k, n, transpose_b), out(c, ldc, m, n, CUBLAS_OP_N);
  if (m <= 0 || n <= 0 || k <= 0 || lda < left.rows || ldb < right.rows || ldc < m) {
    violation("a matrix product: sizes and strides do not fit");
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const auto there = [=] {
    return is_inside("a factor of a matrix product", a, left.bytes()) &&
           is_inside("a factor of a matrix product", b, right.bytes()) && is_inside("a matrix product", c, out.bytes());
  };
  CUstream_st* const stream = stream_of(handle->stream);
  if (!there() || stream == nullptr) return CUBLAS_STATUS_INVALID_VALUE;
  if (stream->capture != nullptr && !handle->has_workspace) {
    invalidate(*stream, "cuBLAS takes memory, it was given none");
    return CUBLAS_STATUS_EXECUTION_FAILED;
  }
  const bool tf32 = handle->mode == CUBLAS_TF32_TENSOR_OP_MATH;
  const auto status = enqueue(
      stream, {.name = "a matrix product", .device = handle->device, .run = [=, scale = *alpha, keep = *beta] {
                 if (!there()) return;
                 Matrix<Real> product = scale * (left.load(tf32) * right.load(tf32));
                 if (keep != Real(0)) product += keep * out.load(false);
                 Eigen::Map<Matrix<Real>, 0, Eigen::OuterStride<>>(c, m, n, Eigen::OuterStride<>(ldc)) = product;
                 for (Eigen::Index j = 0; j < n; ++j)
                   watcher().written(c + j * ldc, sizeof(Real) * static_cast<std::size_t>(m));
               }});
  return status == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

}  // namespace

std::size_t live_handles() {
  return handles().size();
}

}  // namespace host_device

using namespace host_device;

const char* cublasGetStatusName(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_EXECUTION_FAILED:
      return "CUBLAS_STATUS_EXECUTION_FAILED";
  }
  return "unrecognized status";
}
const char* cublasGetStatusString(cublasStatus_t status) {
  return cublasGetStatusName(status);
}
cublasStatus_t cublasCreate(cublasHandle_t* handle) {
  const Entry entry;
  if (refuse_in_capture("cublasCreate", nullptr) != cudaSuccess) return CUBLAS_STATUS_ALLOC_FAILED;
  *handle = new cublasContext{.device = current_device()};
  handles().insert(*handle);
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasDestroy(cublasHandle_t handle) {
  const Entry entry;
  if (!is_handle("cublasDestroy", handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (refuse_device_wide("cublasDestroy", handle->device) == cudaSuccess) drain_device(handle->device);
  handles().erase(handle);
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetStream(cublasHandle_t handle, cudaStream_t stream) {
  const Entry entry;
  if (!is_handle("cublasSetStream", handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  const CUstream_st* const s = stream_of(stream);
  if (s == nullptr || s->device != handle->device) {
    violation("cublasSetStream: no stream of the handle's device");
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  handle->stream = stream;
  handle->has_workspace = false;  // cuBLAS goes back to one of its own
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasGetStream(cublasHandle_t handle, cudaStream_t* stream) {
  *stream = handle->stream;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetWorkspace(cublasHandle_t handle, void* workspace, std::size_t bytes) {
  const Entry entry;
  if (!is_handle("cublasSetWorkspace", handle)) return CUBLAS_STATUS_NOT_INITIALIZED;
  if (!is_inside("cublasSetWorkspace", workspace, bytes)) return CUBLAS_STATUS_INVALID_VALUE;
  handle->has_workspace = true;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode) {
  handle->mode = mode;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasGetMathMode(cublasHandle_t handle, cublasMath_t* mode) {
  *mode = handle->mode;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSgemm(cublasHandle_t handle, cublasOperation_t transpose_a, cublasOperation_t transpose_b, int m,
                           int n, int k, const float* alpha, const float* a, int lda, const float* b, int ldb,
                           const float* beta, float* c, int ldc) {
  return multiply(handle, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
cublasStatus_t cublasDgemm(cublasHandle_t handle, cublasOperation_t transpose_a, cublasOperation_t transpose_b, int m,
                           int n, int k, const double* alpha, const double* a, int lda, const double* b, int ldb,
                           const double* beta, double* c, int ldc) {
  return multiply(handle, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
