// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <span>

#include "mace/backend/concept.hpp"
#include "mace/core/error.hpp"
#include "mace/geometry/chamfer.hpp"
#include "mace/geometry/cloud.hpp"
#include "mace/geometry/cloud_index.hpp"

/// An executor to compile with, not to run on: its loops launch kernels, so that nvcc must compile for the device whatever
/// a stage loops over.
namespace mace::test {

inline void check(cudaError_t status, const char* asked) {
  require(status == cudaSuccess, asked, ": ", cudaGetErrorString(status));
}

/// Memory of the device.
struct LaunchSpace {
  static void* allocate(std::size_t bytes) {
    void* memory = nullptr;
    check(cudaMalloc(&memory, bytes), "cudaMalloc");
    check(cudaMemset(memory, 0, bytes), "cudaMemset");
    return memory;
  }
  static void release(void* memory) noexcept { cudaFree(memory); }
};

/// One thread an index.
template <class F>
__global__ void for_each(Index count, const F f) {
  const Index i = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x;
  if (i < count) f(i);
}

template <class T>
struct Fill {
  T* values;
  T value;
  MACE_HD void operator()(Index i) const { values[i] = value; }
};

template <class T>
struct GatherColumn {
  MatrixView<const T> from;
  const std::int32_t* indices;
  MatrixView<T> to;
  MACE_HD void operator()(Index i) const {
    for (Index r = 0; r < from.rows(); ++r) to(r, i) = from(r, indices[i]);
  }
};

template <class Real, class Take>
struct WeightGradient {
  MatrixView<const Real> x, dy;
  Take take;
  MACE_HD void operator()(Index i) const {
    Real sum = 0;
    for (Index s = 0; s < x.cols(); ++s) sum += x(i % x.rows(), s) * dy(i / x.rows(), s);
    take(i, sum);
  }
};

template <class Real, class Take>
struct BiasGradient {
  MatrixView<const Real> dy;
  Take take;
  MACE_HD void operator()(Index i) const {
    Real sum = 0;
    for (Index s = 0; s < dy.cols(); ++s) sum += dy(i, s);
    take(i, sum);
  }
};

/// Memory and loops are the device's; what else a backend offers throws.
class LaunchOnly {
 public:
  using Space = LaunchSpace;
  template <class Real>
  struct Packed {
    Buffer<Real, Space> panels;
  };

  std::uint64_t seed() const { return 0; }
  Index column_block() const { return 4096; }

  template <class T>
  Buffer<T, Space> allocate(Index size) const {
    return Buffer<T, Space>(size);
  }
  template <class T>
  Buffer<T, Space> upload(std::span<const T> values) const {
    Buffer<T, Space> buffer(static_cast<Index>(values.size()));
    check(cudaMemcpy(buffer.data(), values.data(), values.size_bytes(), cudaMemcpyHostToDevice), "upload");
    return buffer;
  }
  template <class T>
  void copy(std::span<const T> from, std::span<T> to) const {
    require(from.size() == to.size(), "copy: wanted ", to.size(), " values, got ", from.size());
    check(cudaMemcpy(to.data(), from.data(), from.size_bytes(), cudaMemcpyDeviceToDevice), "copy");
  }
  template <class T>
  void fill(std::span<T> values, T value) {
    for_each_element(static_cast<Index>(values.size()), Fill<T>{values.data(), value});
  }
  template <class T>
  void gather(MatrixView<const T> from, std::span<const std::int32_t> indices, MatrixView<T> to) {
    for_each_sample(static_cast<Index>(indices.size()), GatherColumn<T>{from, indices.data(), to});
  }

  template <class F>
  void for_each_sample(Index count, const F& f) {
    if (count == 0) return;
    for_each<<<static_cast<unsigned>((count + 127) / 128), 128>>>(count, f);
    check(cudaGetLastError(), "for_each");
  }
  template <class F>
  void for_each_element(Index count, const F& f) {
    for_each_sample(count, f);
  }

  Index workers() const { return 1; }
  static constexpr Index max_chain = 4096;
  Index chain_length(Index) const { return max_chain; }
  template <class F>
  void side_by_side(Index count, const F& f) {
    for (Index task = 0; task < count; ++task) f(task, Index{0});
  }

  void fill_normal(MatrixView<float>, const RandomKey&) { refuse("fill_normal"); }
  template <class Real>
  void affine(MatrixView<const Real>, std::span<const Real>, MatrixView<const Real>, MatrixView<Real>, Activation) {
    refuse("affine");
  }
  template <class Real>
  void affine(const Packed<Real>&, std::span<const Real>, MatrixView<const Real>, MatrixView<Real>, Activation) {
    refuse("affine");
  }
  template <class Real>
  void pack(MatrixView<const Real>, Packed<Real>&) {
    refuse("pack");
  }
  template <class Real>
  void affine_input_gradient(MatrixView<const Real>, MatrixView<const Real>, MatrixView<Real>) {
    refuse("affine_input_gradient");
  }
  template <class Real>
  void affine_weight_gradient(MatrixView<const Real>, MatrixView<const Real>, MatrixView<Real>, std::span<Real>) {
    refuse("affine_weight_gradient");
  }
  template <class Real, class Weight, class Bias>
  void affine_weight_gradient_to(MatrixView<const Real> x, MatrixView<const Real> dy, const Weight& weight,
                                 const Bias& bias) {
    for_each_sample(x.rows() * dy.rows(), WeightGradient<Real, Weight>{x, dy, weight});
    for_each_sample(dy.rows(), BiasGradient<Real, Bias>{dy, bias});
  }
  void top_k(std::span<const float>, std::int32_t, std::span<std::int32_t>, std::span<std::int32_t>, std::span<float>,
             std::int32_t*) const {
    refuse("top_k");
  }
  void find_not_finite(std::span<const float>, std::int32_t*) const { refuse("find_not_finite"); }
  bool all_finite(std::span<const float>) const { refuse("all_finite"); }
  void summarise(std::span<const float>, ScoreSummary*) const { refuse("summarise"); }

  static constexpr Index rounds_ahead = 2;
  struct Recording {};
  template <class Work>
  void replay(Recording&, const Work& work) {
    work();
  }
  template <class Work>
  void only_if(const std::int32_t*, const Work& work) {
    work();
  }
  template <class T>
  class Mailbox {
   public:
    explicit Mailbox(LaunchOnly&) {}
    void post(LaunchOnly&, Index, const T*) { refuse("Mailbox"); }
    const T& wait(LaunchOnly&, Index) const { refuse("Mailbox"); }
  };

 private:
  [[noreturn]] static void refuse(const char* asked) { fail(asked, ": this executor is for compiling only"); }
};

static_assert(Executor<LaunchOnly>);

}  // namespace mace::test

/// Without an index: the search is by brute force.
template <>
class mace::CloudIndex<mace::test::LaunchSpace> {
 public:
  explicit CloudIndex(std::span<const float> xyz) : xyz_(test::LaunchOnly().upload(xyz)) {}
  const float* xyz() const { return xyz_.data(); }
  Index points() const { return xyz_.size() / 3; }

 private:
  Buffer<float, test::LaunchSpace> xyz_;
};

namespace mace::test {

template <int K, int Capacity>
struct ChamferSum {
  const PartialCloud<Capacity>* clouds;
  const float* observed;
  Index observed_points;
  Direction direction;
  float* out;

  MACE_HD void operator()(Index i) const {
    const PartialCloud<Capacity>& cloud = clouds[i];
    float sum = cloud.count < K ? numeric::infinity : 0.0f;
    if (direction != Direction::from_observation)
      sum += directed_chamfer_sum(Neighbours<K>{}, cloud.xyz, cloud.count, observed, observed_points);
    if (direction != Direction::to_observation)
      sum += directed_chamfer_sum(Neighbours<K>{}, observed, observed_points, cloud.xyz, cloud.count);
    out[i] = sum;
  }
};

template <int K, int Capacity>
void chamfer_sums(LaunchOnly& exec, Neighbours<K>, std::span<const PartialCloud<Capacity>> clouds,
                  const CloudIndex<LaunchSpace>& index, Direction direction, std::span<float> out) {
  exec.for_each_sample(static_cast<Index>(clouds.size()),
                       ChamferSum<K, Capacity>{clouds.data(), index.xyz(), index.points(), direction, out.data()});
}

template <class Real>
struct ChamferGradient {
  MatrixView<const Real> x, y;
  MatrixView<Real> dx;
  Real* distances;

  MACE_HD void operator()(Index c) const {
    distances[c] = chamfer_gradient(x.column(c), x.rows() / 3, y.column(c), y.rows() / 3, dx.column(c));
  }
};

template <class Real>
void chamfer_gradients(LaunchOnly& exec, MatrixView<const Real> x, MatrixView<const Real> y, MatrixView<Real> dx,
                       std::span<Real> distances) {
  exec.for_each_sample(x.cols(), ChamferGradient<Real>{x, y, dx, distances.data()});
}

}  // namespace mace::test
