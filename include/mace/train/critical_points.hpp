// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <vector>

#include "mace/core/buffer.hpp"
#include "mace/core/view.hpp"

namespace mace {

namespace detail {

/// Writes the gradient in each feature of each cloud to the feature's row and the column of its critical point.
template <class Real>
struct ScatterFeatures {
  MatrixView<const Real> gradient;
  MatrixView<const std::int32_t> column;
  MatrixView<Real> out;

  MACE_HD void operator()(Index i) const { out(i % gradient.rows(), column.data()[i]) = gradient.data()[i]; }
};

}  // namespace detail

/// The critical points of a batch of clouds (PointNet: the points that attain the maximum of some feature) and the
/// critical point of each feature. On the host each point is stored once; a device stores one point per feature, since
/// counting distinct points would make the host wait.
template <class Exec, class Real>
class CriticalPoints {
  static constexpr bool once = std::same_as<typename Exec::Space, HostSpace>;

 public:
  /// Allocates memory for one batch.
  /// @param exec the executor
  /// @param features features of the encoder
  /// @param clouds clouds in a batch
  /// @param points points of each cloud
  CriticalPoints(Exec& exec, Index features, Index clouds, Index points)
      : features_(features),
        clouds_(clouds),
        column_(exec.template allocate<std::int32_t>(features * clouds)),
        points_(exec.template allocate<Real>(3 * clouds * (once ? std::min(features, points) : features))),
        place_(static_cast<std::size_t>(once ? clouds * points : 0)) {}

  /// Largest number of critical points of a batch.
  Index capacity() const { return points_.size() / 3; }
  /// Column of each feature's critical point, [features, clouds]. To be filled with columns of the clouds' points
  /// before collect(), which replaces them with columns of points().
  MatrixView<std::int32_t> column() const { return column_.matrix(features_, clouds_); }

  /// Gathers the critical points from the clouds' points xyz [3, points * clouds].
  void collect(Exec& exec, MatrixView<const Real> xyz) {
    if constexpr (once) {
      collect_once(xyz);
    } else {
      count_ = static_cast<std::int32_t>(column_.size());
      exec.template gather<Real>(xyz, column_.span(), points_.matrix(3, count_));
      std::int32_t* const column = column_.data();
      exec.for_each_element(count_, [=] MACE_HD(Index i) { column[i] = static_cast<std::int32_t>(i); });
    }
  }

  /// The critical points [3, n].
  MatrixView<const Real> points() const { return {points_.data(), 3, count_}; }

  /// Backpropagates through the maximum: writes the gradient in each feature to the column of its critical point.
  /// @param exec the executor
  /// @param gradient gradient in the features, [features, clouds]
  /// @param out receives the gradient in the features of each critical point, [features, n]
  void scatter(Exec& exec, MatrixView<const Real> gradient, MatrixView<Real> out) const {
    exec.fill(std::span<Real>(out.data(), static_cast<std::size_t>(out.size())), Real(0));
    exec.for_each_element(column_.size(), detail::ScatterFeatures<Real>{gradient, column(), out});
  }

 private:
  void collect_once(MatrixView<const Real> xyz) {
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

  Index features_, clouds_;
  Buffer<std::int32_t, typename Exec::Space> column_;
  Buffer<Real, typename Exec::Space> points_;
  std::vector<std::int32_t> place_;
  std::int32_t count_ = 0;
};

}  // namespace mace
