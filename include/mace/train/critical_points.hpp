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

/// Lays the gradient in each feature of each cloud down in the feature's row, at the column of the point it came from.
template <class Real>
struct ScatterFeatures {
  MatrixView<const Real> gradient;
  MatrixView<const std::int32_t> column;
  MatrixView<Real> out;

  MACE_HD void operator()(Index i) const { out(i % gradient.rows(), column.data()[i]) = gradient.data()[i]; }
};

}  // namespace detail

/// The points of a batch of clouds that some feature's maximum came from (PointNet's critical points), and which of
/// them each feature belongs to. On the host each point is there once; a device does not stop to count them and takes
/// one a feature.
template <class Exec, class Real>
class CriticalPoints {
  static constexpr bool once = std::same_as<typename Exec::Space, HostSpace>;

 public:
  /// For `clouds` clouds of `points` points, seen by an encoder of `features` features.
  CriticalPoints(Exec& exec, Index features, Index clouds, Index points)
      : features_(features),
        clouds_(clouds),
        column_(exec.template allocate<std::int32_t>(features * clouds)),
        points_(exec.template allocate<Real>(3 * clouds * (once ? std::min(features, points) : features))),
        place_(static_cast<std::size_t>(once ? clouds * points : 0)) {}

  Index capacity() const { return points_.size() / 3; }
  /// Which column of the clouds' points each feature came from, [features, clouds]: to be filled before collect().
  MatrixView<std::int32_t> column() const { return column_.matrix(features_, clouds_); }

  /// Gathers the critical points of xyz [3, points * clouds]; afterwards column() counts within them.
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

  /// Lays the gradient in each cloud's features down at the points they came from: `out` [features, n].
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
