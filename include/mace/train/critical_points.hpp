// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "mace/core/buffer.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// The points of a batch of clouds that some feature's maximum came from (PointNet's critical points), each once, and
/// which of them each feature belongs to.
template <class Exec, class Real>
class CriticalPoints {
 public:
  /// For `clouds` clouds of `points` points, seen by an encoder of `features` features.
  CriticalPoints(Exec& exec, Index features, Index clouds, Index points)
      : features_(features),
        clouds_(clouds),
        column_(exec.template allocate<std::int32_t>(features * clouds)),
        points_(exec.template allocate<Real>(3 * clouds * std::min(features, points))),
        place_(static_cast<std::size_t>(clouds * points)) {}

  Index capacity() const { return points_.size() / 3; }
  /// Which column of the clouds' points each feature came from, [features, clouds]: to be filled before collect().
  MatrixView<std::int32_t> column() const { return column_.matrix(features_, clouds_); }

  /// Gathers the critical points of xyz [3, points * clouds]; afterwards column() counts within them.
  void collect(MatrixView<const Real> xyz) {
    count_ = 0;
    std::fill(place_.begin(), place_.end(), -1);
    for (std::int32_t& source : column_.span()) {
      std::int32_t& place = place_[static_cast<std::size_t>(source)];
      if (place < 0) {
        place = count_++;
        std::copy_n(xyz.column(source), 3, points_.data() + 3 * place);
      }
      source = place;
    }
  }

  /// The critical points [3, n].
  MatrixView<const Real> points() const { return {points_.data(), 3, count_}; }

  /// Lays the gradient in each cloud's features down at the points they came from: `out` [features, n].
  void scatter(Exec& exec, MatrixView<const Real> gradient, MatrixView<Real> out) const {
    exec.fill(std::span<Real>(out.data(), static_cast<std::size_t>(out.size())), Real(0));
    for (Index cloud = 0; cloud < clouds_; ++cloud)
      for (Index f = 0; f < features_; ++f) out(f, column()(f, cloud)) = gradient(f, cloud);
  }

 private:
  Index features_, clouds_;
  Buffer<std::int32_t, typename Exec::Space> column_;
  Buffer<Real, typename Exec::Space> points_;
  std::vector<std::int32_t> place_;
  std::int32_t count_ = 0;
};

}  // namespace mace
