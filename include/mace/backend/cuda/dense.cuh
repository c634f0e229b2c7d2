// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cublas_v2.h>

#include <limits>
#include <mutex>
#include <type_traits>

#include "mace/backend/cuda/device.cuh"
#include "mace/backend/cuda/memory.cuh"
#include "mace/backend/cuda/recording.cuh"
#include "mace/backend/precision.hpp"
#include "mace/core/error.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// cuBLAS handle on a stream of the current device. Its workspace is allocated once, so that products can be recorded.
class Blas {
 public:
  Blas(int device, cudaStream_t stream) : device_(device), workspace_(32 << 20) {
    {
      const std::scoped_lock lock(recording_mutex);
      check(cublasCreate(&handle_), "cublasCreate");
    }
    try {
      check(cublasSetStream(handle_, stream), "cublasSetStream");
      check(cublasSetWorkspace(handle_, workspace_.data(), static_cast<std::size_t>(workspace_.size())),
            "cublasSetWorkspace");
    } catch (...) {
      destroy();
      throw;
    }
  }
  Blas(const Blas&) = delete;
  Blas& operator=(const Blas&) = delete;
  ~Blas() {
    try {
      const DeviceGuard guard(device_);
      destroy();
    } catch (const Error&) {  // the device has failed, and its handles are lost
    }
  }

  /// Computes the matrix product c = op(a) op(b).
  /// @param precision precision to which the factors are rounded: fp32 or tf32
  /// @param transpose_a whether op transposes a
  /// @param a left factor
  /// @param transpose_b whether op transposes b
  /// @param b right factor
  /// @param c result
  template <class Real>
  void multiply(Precision precision, bool transpose_a, MatrixView<const Real> a, bool transpose_b,
                MatrixView<const Real> b, MatrixView<Real> c) const {
    if (c.size() == 0) return;
    const DeviceGuard guard(device_);
    check(cublasSetMathMode(handle_, precision == Precision::tf32 ? CUBLAS_TF32_TENSOR_OP_MATH : CUBLAS_DEFAULT_MATH),
          "cublasSetMathMode");
    const Real one = 1, zero = 0;
    const auto op = [](bool transpose) { return transpose ? CUBLAS_OP_T : CUBLAS_OP_N; };
    const int m = narrow(c.rows()), n = narrow(c.cols()), k = narrow(transpose_a ? a.rows() : a.cols());
    const int lda = narrow(a.rows()), ldb = narrow(b.rows());
    if constexpr (std::is_same_v<Real, float>)
      check(cublasSgemm(handle_, op(transpose_a), op(transpose_b), m, n, k, &one, a.data(), lda, b.data(), ldb, &zero,
                        c.data(), m),
            "cublasSgemm");
    else
      check(cublasDgemm(handle_, op(transpose_a), op(transpose_b), m, n, k, &one, a.data(), lda, b.data(), ldb, &zero,
                        c.data(), m),
            "cublasDgemm");
  }

 private:
  static int narrow(Index size) {
    require(size <= std::numeric_limits<int>::max(), "cuda: wanted a matrix of at most ",
            std::numeric_limits<int>::max(), " rows and columns, got ", size);
    return static_cast<int>(size);
  }
  /// Destroys the handle under the lock, since cuBLAS then synchronizes the whole device.
  void destroy() {
    const std::scoped_lock lock(recording_mutex);
    cublasDestroy(handle_);
  }

  int device_;
  Buffer<char, DeviceSpace> workspace_;
  cublasHandle_t handle_ = nullptr;
};

namespace detail {

/// Adds the bias to entry i of a layer's output and applies the activation.
template <class Real>
struct AddBias {
  Real* y;
  const Real* bias;
  Index rows;
  Real slope;

  MACE_HD void operator()(Index i) const {
    const Real sum = y[i] + bias[i % rows];
    y[i] = sum > Real(0) ? sum : slope * sum;
  }
};

}  // namespace detail

/// Sum of row i of a matrix.
template <class Real>
__device__ Real row_sum(const MatrixView<const Real>& m, Index i) {
  Real sum = 0;
  for (Index s = 0; s < m.cols(); ++s) sum += m(i, s);
  return sum;
}

/// Entry i of x dy^T in column-major order.
template <class Real>
__device__ Real column_product(const MatrixView<const Real>& x, const MatrixView<const Real>& dy, Index i) {
  Real sum = 0;
  for (Index s = 0; s < x.cols(); ++s) sum += x(i % x.rows(), s) * dy(i / x.rows(), s);
  return sum;
}

}  // namespace mace
