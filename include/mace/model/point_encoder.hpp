// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "mace/model/mlp.hpp"

namespace mace {

/// PointNet (Qi et al., CVPR 2017) as the paper's encoder has it: one Mlp applied to every point, the largest value of
/// each feature over the points, a second Mlp on those. BatchNorm is left out: the code of one cloud depends on that cloud
/// alone.
template <class PerPoint, class Head>
struct PointEncoder {
  static_assert(PerPoint::inputs == 3, "mace::PointEncoder: the per-point net must take 3 coordinates");
  static_assert(PerPoint::outputs == Head::inputs,
                "mace::PointEncoder: the head must take the per-point net's outputs");
  using PointNet = PerPoint;
  using HeadNet = Head;
  static constexpr int features = PerPoint::outputs;
  static constexpr int outputs = Head::outputs;
  static constexpr Index head_offset = PerPoint::parameters;
  static constexpr Index parameters = PerPoint::parameters + Head::parameters;
};

/// Largest value of each row over each cloud's columns, and the column it stood in (the lowest on ties). `values` holds
/// columns [first, first + n) of clouds of `points` columns each; `largest` and `column` [rows, clouds] are begun where a
/// cloud begins and continued otherwise.
template <class Exec, class Real>
void max_over_points(Exec& exec, MatrixView<const Real> values, Index first, Index points, MatrixView<Real> largest,
                     MatrixView<std::int32_t> column) {
  const Index rows = values.rows(), end = first + values.cols();
  const Index first_cloud = first / points, clouds = (end + points - 1) / points - first_cloud;
  exec.for_each_sample(clouds, [=] MACE_HD(Index c) {
    const Index cloud = first_cloud + c;
    Real* best = largest.column(cloud);
    std::int32_t* where = column.column(cloud);
    const Index begin = first > cloud * points ? first : cloud * points;
    const Index stop = end < (cloud + 1) * points ? end : (cloud + 1) * points;
    for (Index j = begin; j < stop; ++j) {
      const Real* value = values.column(j - first);
      const bool starts = j == cloud * points;
      for (Index r = 0; r < rows; ++r) {
        const bool larger = starts || value[r] > best[r];
        best[r] = larger ? value[r] : best[r];
        where[r] = larger ? static_cast<std::int32_t>(j) : where[r];
      }
    }
  });
}

/// A point encoder with fixed parameters: many clouds in, codes out.
template <class Exec, class Encoder, class Real = float>
class PackedPointEncoder {
 public:
  /// For up to `clouds` clouds a call.
  PackedPointEncoder(Exec& exec, Index clouds)
      : points_(exec), head_(exec), block_(exec.template allocate<Real>(Encoder::features * exec.column_block())) {
    reserve(exec, clouds);
  }

  /// Makes room for `clouds` clouds a call.
  void reserve(Exec& exec, Index clouds) {
    if (largest_.size() >= Encoder::features * clouds) return;
    largest_ = exec.template allocate<Real>(Encoder::features * clouds);
    column_ = exec.template allocate<std::int32_t>(Encoder::features * clouds);
  }

  void assign(Exec& exec, const Real* parameters) {
    points_.assign(exec, parameters);
    head_.assign(exec, parameters + Encoder::head_offset);
  }

  /// The largest features of each cloud and the columns of xyz they stand in, [features, clouds]; xyz [3, points * clouds].
  void features(Exec& exec, MatrixView<const Real> xyz, Index points, MatrixView<Real> largest,
                MatrixView<std::int32_t> column) {
    for (Index first = 0; first < xyz.cols(); first += exec.column_block()) {
      const Index count = std::min(exec.column_block(), xyz.cols() - first);
      const MatrixView<Real> block = block_.matrix(Encoder::features, count);
      points_.forward(exec, xyz.columns(first, count), block);
      max_over_points<Exec, Real>(exec, block, first, points, largest, column);
    }
  }

  /// codes [outputs, clouds] of xyz [3, points * clouds].
  void encode(Exec& exec, MatrixView<const Real> xyz, Index points, MatrixView<Real> codes) {
    const MatrixView<Real> largest = largest_.matrix(Encoder::features, codes.cols());
    features(exec, xyz, points, largest, column_.matrix(Encoder::features, codes.cols()));
    head_.forward(exec, largest, codes);
  }

 private:
  PackedMlp<Exec, typename Encoder::PointNet, Real> points_;
  PackedMlp<Exec, typename Encoder::HeadNet, Real> head_;
  Buffer<Real, typename Exec::Space> block_, largest_;
  Buffer<std::int32_t, typename Exec::Space> column_;
};

}  // namespace mace
