// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "mace/backend/cuda/executor.cuh"
#include "mace/cloud/chamfer_block.hpp"
#include "mace/cloud/chamfer_gradient_block.hpp"
#include "mace/cloud/cloud_index.hpp"

namespace mace {

/// Device index: a copy of the points, since the search is brute force.
template <>
class CloudIndex<DeviceSpace> {
 public:
  CloudIndex(Cuda& exec, std::span<const float> xyz) : xyz_(exec.upload(xyz)) {}
  const float* xyz() const { return xyz_.data(); }
  Index points() const { return xyz_.size() / 3; }

 private:
  Buffer<float, DeviceSpace> xyz_;
};

/// Computes out[i] = CD_K of partial cloud i and the indexed cloud (paper, App. C); infinity for fewer than K points.
template <int K, int Capacity>
void chamfer_sums(Cuda& exec, Neighbors<K>, std::span<const PartialCloud<Capacity>> clouds,
                  const CloudIndex<DeviceSpace>& index, Direction direction, std::span<float> out) {
  const auto count = static_cast<Index>(clouds.size());
  float *const sums = exec.scratch<float>(2 * count), *const to = out.data();
  exec.for_each_block(2 * count,
                      detail::ChamferBlocks<K, Capacity>{clouds.data(), index.xyz(), index.points(), direction, sums});
  exec.for_each_element(count, [=] __device__(Index i) { to[i] = sums[2 * i] + sums[2 * i + 1]; });
}

/// Computes CD_1 of the clouds in each column of x [3 n, clouds] and y [3 m, clouds], and its gradient in x.
template <class Real>
void chamfer_gradients(Cuda& exec, MatrixView<const Real> x, MatrixView<const Real> y, MatrixView<Real> dx,
                       std::span<Real> distances) {
  auto* const partners = exec.scratch<std::int32_t>((x.rows() + y.rows()) / 3 * x.cols());
  exec.for_each_block(x.cols(), detail::ChamferGradientBlocks<Real>{x, y, dx, distances.data(), partners});
}

}  // namespace mace
