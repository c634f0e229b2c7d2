// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "mace/backend/concept.hpp"
#include "mace/backend/cuda/dense.cuh"
#include "mace/backend/cuda/device.cuh"
#include "mace/backend/cuda/launch.cuh"
#include "mace/backend/cuda/memory.cuh"
#include "mace/backend/cuda/recording.cuh"
#include "mace/backend/ranks.hpp"
#include "mace/backend/row_sum_block.hpp"
#include "mace/backend/summary_block.hpp"
#include "mace/core/philox.hpp"

namespace mace {

/// Options of the device executor.
struct CudaOptions {
  std::uint64_t seed = 0;         ///< seed of all random numbers
  int device = 0;                 ///< CUDA's number of the device
  cudaStream_t stream = nullptr;  ///< stream of this device that outlives the executor; null: the executor creates one
  Precision precision = Precision::fp32;  ///< of the factors of products with frozen weights

  /// Validates the precision and returns `*this`.
  /// @throws Error unless the precision is fp32 or tf32.
  const CudaOptions& checked() const {
    require(precision != Precision::bf16, "cuda: wanted Precision::fp32 or tf32, got bf16");
    return *this;
  }
};

/// Weights of a layer for repeated use; a device needs no packing, so this is a copy.
template <class Real>
struct DeviceWeights {
  Buffer<Real, DeviceSpace> values;
  Index inputs = 0, outputs = 0;
  Precision precision = Precision::fp32;
};

namespace detail {

/// Writes whether half of a denormal number is not 0. With -use_fast_math it is 0.
struct HalveTiny {
  float tiny;
  std::int32_t* kept;
  MACE_HD void operator()(Index) const { *kept = 0.5f * tiny > 0 ? 1 : 0; }
};

/// to[i] = from[i]; nvcc takes no lambda from a private member.
template <class T>
struct CopyElement {
  const T* from;
  T* to;
  MACE_HD void operator()(Index i) const { to[i] = from[i]; }
};

}  // namespace detail

/// Device executor. Its members are documented at `Cpu`. All work is queued in order on one stream; members return
/// before it is done, except those that return a value to the host or read pageable host memory. Only one thread at a
/// time may use an executor. It may be any thread; its current device is left unchanged. All members throw Error if
/// CUDA reports one.
class Cuda {
 public:
  using Space = DeviceSpace;
  template <class Real>
  using Packed = DeviceWeights<Real>;

  /// @throws Error if there is no such device or driver, the stream cannot be recorded, or the program was compiled
  /// with -use_fast_math.
  explicit Cuda(const CudaOptions& options) : Cuda(options.checked(), DeviceGuard(usable_device(options.device))) {}

  std::uint64_t seed() const { return options_.seed; }
  cudaStream_t stream() const { return stream_.get(); }
  /// Product name of the device.
  std::string name() const { return device_name(options_.device); }
  int device() const { return options_.device; }
  /// This number of columns occupies the device and takes some tens of megabytes.
  Index column_block() const { return 1024; }
  /// Waits until all queued work is done.
  void finish() const { check(cudaStreamSynchronize(stream()), "to finish the stream's work"); }

  // Memory

  template <class T>
  Buffer<T, Space> allocate(Index size) const {
    const DeviceGuard guard(device());
    return Buffer<T, Space>(size);
  }
  template <std::ranges::contiguous_range Range>
  auto upload(const Range& values) const {
    using T = std::ranges::range_value_t<Range>;
    Buffer<T, Space> buffer = allocate<T>(static_cast<Index>(std::ranges::size(values)));
    copy(std::span<const T>(std::ranges::data(values), std::ranges::size(values)), buffer.span());
    finish();
    return buffer;
  }
  /// Copies between any of host and device memory. If either side is pageable host memory, returns when the copy is
  /// done: CUDA waits for writes to it, this function for reads from it. Pinned host memory must stay unchanged until
  /// then.
  template <class T>
  void copy(std::span<const T> from, std::span<T> to) const {
    require(from.size() == to.size(), "copy: wanted ", to.size(), " values, got ", from.size());
    if (from.empty()) return;
    if (only_if_ != nullptr) return copy_by_kernel(from, to);
    check(cudaMemcpyAsync(to.data(), from.data(), from.size_bytes(), cudaMemcpyDefault, stream()), "to copy memory");
    if (is_pageable(from.data())) finish();
  }
  template <class T>
  void fill(std::span<T> values, T value) const {
    T* const to = values.data();
    for_each_element(static_cast<Index>(values.size()), [=] __device__(Index i) { to[i] = value; });
  }
  template <class T>
  void gather(MatrixView<const T> from, std::span<const std::int32_t> indices, MatrixView<T> to) const {
    const std::int32_t* const index = indices.data();
    for_each_element(to.size(),
                     [=] __device__(Index i) { to.data()[i] = from(i % from.rows(), index[i / from.rows()]); });
  }

  /// Scratch memory for `size` values, valid until the next call, for intermediate results between kernels.
  template <class T>
  T* scratch(Index size) {
    grow(*this, scratch_, size * static_cast<Index>(sizeof(T)));
    return reinterpret_cast<T*>(scratch_.data());
  }

  // Loops

  template <class F>
  void for_each_sample(Index count, const F& f) const {
    launch_each(queue(), count, 64, f);  // a sample is much work: small blocks spread it over the whole device
  }
  template <class F>
  void for_each_element(Index count, const F& f) const {
    launch_each(queue(), count, 256, f);
  }
  /// Calls f(block, b, shared) for the blocks b = 0 … count - 1 (see backend/block.hpp).
  template <class F>
  void for_each_block(Index count, const F& f) const {
    launch_blocks(queue(), count, f);
  }

  // Tasks: the device is one worker, which processes as many samples at a time as fit in some hundred megabytes.

  Index workers() const { return 1; }
  static constexpr Index max_chain = 16384;
  Index chain_length(Index samples) const { return std::min(std::max<Index>(samples, 1), max_chain); }
  template <class F>
  void side_by_side(Index count, const F& f) {
    for (Index task = 0; task < count; ++task) f(task, Index{0});
  }

  // Random numbers

  void fill_normal(MatrixView<float> out, const RandomKey& key) const {
    const Index blocks = (out.rows() + 3) / 4;
    for_each_element(blocks * out.cols(), [=] __device__(Index i) {
      const Index b = i % blocks, c = i / blocks;
      const Vec<4> four = normals(key, static_cast<std::uint32_t>(c), static_cast<std::uint32_t>(b));
      for (Index r = 4 * b; r < 4 * b + 4 && r < out.rows(); ++r) out(r, c) = four[static_cast<int>(r - 4 * b)];
    });
  }

  // Dense layers

  template <class Real>
  void affine(MatrixView<const Real> weights, std::span<const Real> bias, MatrixView<const Real> x, MatrixView<Real> y,
              Activation activation) {
    affine(Precision::fp32, weights, bias, x, y, activation);
  }
  template <class Real>
  void affine(const DeviceWeights<Real>& weights, std::span<const Real> bias, MatrixView<const Real> x,
              MatrixView<Real> y, Activation activation) {
    affine<Real>(weights.precision, weights.values.matrix(weights.inputs, weights.outputs), bias, x, y, activation);
  }
  template <class Real>
  void pack(MatrixView<const Real> weights, DeviceWeights<Real>& packed) const {
    if (packed.values.size() != weights.size()) packed.values = allocate<Real>(weights.size());
    packed.inputs = weights.rows();
    packed.outputs = weights.cols();
    packed.precision = Precision::fp32;
    copy(std::span<const Real>(weights.data(), static_cast<std::size_t>(weights.size())), packed.values.span());
  }
  template <class Real>
  void freeze(MatrixView<const Real> weights, DeviceWeights<Real>& packed) const {
    pack(weights, packed);
    packed.precision = options_.precision;
  }
  template <class Real>
  void affine_input_gradient(MatrixView<const Real> weights, MatrixView<const Real> dy, MatrixView<Real> dx) {
    check_layer("affine_input_gradient", weights, dx, dy);
    blas_.multiply(Precision::fp32, false, weights, false, dy, dx);
  }
  template <class Real>
  void affine_weight_gradient(MatrixView<const Real> x, MatrixView<const Real> dy, MatrixView<Real> dweights,
                              std::span<Real> dbias) {
    check_layer("affine_weight_gradient", dweights, x, dy);
    blas_.multiply(Precision::fp32, false, x, true, dy, dweights);
    for_each_block(dy.rows(), detail::RowSumBlocks<Real>{dy, dbias.data()});
  }
  template <class Real, class Weight, class Bias>
  void affine_weight_gradient_to(MatrixView<const Real> x, MatrixView<const Real> dy, const Weight& weight,
                                 const Bias& bias) const {
    for_each_element(x.rows() * dy.rows(), [=] __device__(Index i) { weight(i, column_product(x, dy, i)); });
    for_each_element(dy.rows(), [=] __device__(Index i) { bias(i, row_sum(dy, i)); });
  }

  // Selection

  void top_k(std::span<const float> keys, std::int32_t first, std::span<std::int32_t> order,
             std::span<std::int32_t> indices, std::span<float> weights, std::int32_t* found) const {
    const auto count = static_cast<Index>(keys.size()), wanted = static_cast<Index>(indices.size());
    if (keys.empty()) return;
    std::int32_t* const feasible = order.data();
    fill(order.first(1), std::int32_t{0});
    for_each_element(count, detail::RankKeys{keys.data(), count, first, wanted, indices.data(), feasible});
    for_each_element(wanted, detail::WeighPlaces{feasible, wanted, first, indices.data(), weights.data(), found});
  }
  void find_not_finite(std::span<const float> values, std::int32_t* some) const {
    fill(std::span<std::int32_t>(some, 1), std::int32_t{0});
    const float* const from = values.data();
    for_each_element(static_cast<Index>(values.size()), [=] __device__(Index i) {
      if (!numeric::is_finite(from[i])) *some = 1;  // all writers write the same value
    });
  }
  bool all_finite(std::span<const float> values) const {
    find_not_finite(values, flag_.data());
    return read_flag() == 0;
  }
  void summarize(std::span<const float> log_scores, ScoreSummary* out) const {
    for_each_block(1, detail::SummaryBlock{log_scores.data(), static_cast<Index>(log_scores.size()), out});
  }

  // Rounds

  static constexpr Index rounds_ahead = 2;
  using Recording = GraphRecording;
  template <class Work>
  bool replay(Recording& recording, const Work& work) {
    const DeviceGuard guard(device());
    return recording.run(stream(), work);
  }
  /// Calls `work`. Its kernels, which include its copies, read *flag on the device and do nothing if it is 0. Matrix
  /// products by cuBLAS run unconditionally, so `work` may write their results to scratch memory only.
  /// @throws Error if the calls are nested or `work` copies pageable host memory.
  template <class Work>
  void only_if(const std::int32_t* flag, const Work& work) {
    require(only_if_ == nullptr, "cuda: wanted one only_if at a time, got one inside another");
    struct Reset {
      const std::int32_t*& flag;
      ~Reset() { flag = nullptr; }
    };
    only_if_ = flag;
    const Reset reset{only_if_};
    work();
  }
  /// Sends one value per round to the host, through pinned memory, which the device writes while the host runs on.
  template <class T>
  class Mailbox {
   public:
    explicit Mailbox(Cuda& exec) : Mailbox(DeviceGuard(exec.device())) {}
    void post(Cuda& exec, Index round, const T* value) {
      const Index slot = round % slots_.size();
      exec.copy(std::span<const T>(value, 1), slots_.span().subspan(static_cast<std::size_t>(slot), 1));
      sent_[slot].record(exec.stream());
    }
    const T& wait(Cuda&, Index round) const {
      const Index slot = round % slots_.size();
      sent_[slot].wait();
      return slots_.data()[slot];
    }

   private:
    explicit Mailbox(const DeviceGuard&) : slots_(rounds_ahead + 1) {}

    Buffer<T, PinnedSpace> slots_;
    DeviceEvent sent_[rounds_ahead + 1];  ///< declared last, so that they are waited for before the slots are freed
  };

 private:
  Cuda(const CudaOptions& options, const DeviceGuard&)
      : options_(options), stream_(options.device, options.stream), blas_(options.device, stream_.get()), flag_(1) {
    for_each_sample(1, detail::HalveTiny{1e-40f, flag_.data()});
    require(read_flag() == 1,
            "cuda: wanted a device's arithmetic as IEEE 754 has it, got one in which numbers below 1e-38 are zero; "
            "compile without -use_fast_math and -ftz=true");
  }

  std::int32_t read_flag() const {
    std::int32_t flag = 0;
    copy(std::span<const std::int32_t>(flag_.span()), std::span<std::int32_t>(&flag, 1));
    finish();
    return flag;
  }
  Queue queue() const { return {device(), stream(), only_if_}; }

  /// Copies by a kernel, which can read the flag of only_if.
  template <class T>
  void copy_by_kernel(std::span<const T> from, std::span<T> to) const {
    require(!is_pageable(from.data()) && !is_pageable(to.data()),
            "cuda: wanted a copy between the device's own memory inside only_if, got memory of the host");
    for_each_element(static_cast<Index>(from.size()), detail::CopyElement<T>{from.data(), to.data()});
  }

  /// Returns whether the memory is unpinned host memory, which CUDA does not know.
  static bool is_pageable(const void* memory) {
    cudaPointerAttributes attributes{};
    check(cudaPointerGetAttributes(&attributes, memory), "cudaPointerGetAttributes");
    return attributes.type == cudaMemoryTypeUnregistered;
  }

  template <class Real>
  void affine(Precision precision, MatrixView<const Real> weights, std::span<const Real> bias, MatrixView<const Real> x,
              MatrixView<Real> y, Activation activation) {
    check_layer("affine", weights, x, y);
    blas_.multiply(precision, true, weights, false, x, y);
    for_each_element(y.size(),
                     detail::AddBias<Real>{y.data(), bias.data(), y.rows(), negative_slope<Real>(activation)});
  }

  template <class Weights, class X, class Y>
  static void check_layer(const char* who, const Weights& weights, const X& x, const Y& y) {
    require(x.rows() == weights.rows() && y.rows() == weights.cols() && x.cols() == y.cols(), who, ": wanted x [",
            weights.rows(), ", n] and y [", weights.cols(), ", n], got [", x.rows(), ", ", x.cols(), "] and [",
            y.rows(), ", ", y.cols(), "]");
  }

  CudaOptions options_;
  DeviceStream stream_;
  Blas blas_;
  Buffer<std::int32_t, DeviceSpace> flag_;
  Buffer<char, DeviceSpace> scratch_;
  const std::int32_t* only_if_ = nullptr;
};

static_assert(Executor<Cuda>);

/// Creates a device executor.
/// @throws Error as the constructor of Cuda does.
inline Cuda cuda(const CudaOptions& options = {}) {
  return Cuda(options);
}

}  // namespace mace
