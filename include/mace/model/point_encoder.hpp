// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <span>
#include <vector>

#include "mace/core/buffer.hpp"
#include "mace/model/mlp.hpp"

namespace mace {

/// PointNet (Qi et al., CVPR 2017) as the paper's encoder has it: one Mlp applied to every point, the largest value of
/// each feature over the points, a second Mlp on those. BatchNorm is left out: the code of one cloud depends on that
/// cloud alone.
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

namespace detail {

/// Goes on with a cloud's largest features, and the columns they stand in (the lowest on ties), at its next column.
template <class Real>
struct TakeLarger {
  const Real* value;
  std::int32_t column;
  bool begins;  ///< the cloud's first column
  Real* largest;
  std::int32_t* where;

  MACE_HD void operator()(Index r) const {
    const bool larger = begins || value[r] > largest[r];
    largest[r] = larger ? value[r] : largest[r];
    where[r] = larger ? column : where[r];
  }
};

}  // namespace detail

/// Largest value of each row over each cloud's columns, and the column it stood in (the lowest on ties). `values` holds
/// columns [first, first + n) of clouds of `points` columns each; `largest` and `column` [rows, clouds] are begun where
/// a cloud begins and continued otherwise. A device has a kernel of its own, in point_encoder.cuh.
template <class Exec, class Real>
requires(std::same_as<typename Exec::Space, HostSpace>) void max_over_points(Exec& exec, MatrixView<const Real> values,
                                                                             Index first, Index points,
                                                                             MatrixView<Real> largest,
                                                                             MatrixView<std::int32_t> column) {
  for (Index i = 0; i < values.cols(); ++i) {
    const Index cloud = (first + i) / points;
    exec.for_each_element(values.rows(), detail::TakeLarger<Real>{
                                             values.column(i), static_cast<std::int32_t>(first + i),
                                             first + i == cloud * points, largest.column(cloud), column.column(cloud)});
  }
}

/// A point encoder with fixed parameters: many clouds in, codes out.
template <class Exec, class Encoder, class Real = float>
class PackedPointEncoder {
 public:
  /// For up to `clouds` clouds a call.
  PackedPointEncoder(Exec& exec, Index clouds) : points_(exec), head_(exec) {
    make_rooms(exec);
    reserve(exec, clouds);
  }

  /// Makes room for `clouds` clouds a call.
  void reserve(Exec& exec, Index clouds) {
    grow(exec, largest_, Encoder::features * clouds);
    grow(exec, column_, Encoder::features * clouds);
  }

  /// As those of PackedLayers.
  void assign(Exec& exec, const Real* parameters) {
    points_.assign(exec, parameters);
    head_.assign(exec, parameters + Encoder::head_offset);
  }
  void freeze(Exec& exec, const Real* parameters) {
    points_.freeze(exec, parameters);
    head_.freeze(exec, parameters + Encoder::head_offset);
  }

  /// The largest features of each cloud and the columns of xyz they stand in, [features, clouds]; xyz [3, points *
  /// clouds]. Each worker takes whole clouds through all layers, so many points at a time that they stay in its cache.
  void features(Exec& exec, MatrixView<const Real> xyz, Index points, MatrixView<Real> largest,
                MatrixView<std::int32_t> column) {
    make_rooms(exec);
    const Index together = std::max<Index>(1, Exec::max_chain / points);
    exec.side_by_side((largest.cols() + together - 1) / together, [&](Index task, Index worker) {
      const Room& room = rooms_[static_cast<std::size_t>(worker)];
      const Index end = std::min((task + 1) * together, largest.cols()) * points;
      for (Index first = task * together * points; first < end; first += Exec::max_chain) {
        const Index count = std::min(Exec::max_chain, end - first);
        const MatrixView<Real> values = room.values.matrix(Encoder::features, count);
        points_.forward(exec, xyz.columns(first, count), values, room.hidden);
        max_over_points(exec, MatrixView<const Real>(values), first, points, largest, column);
      }
    });
  }

  /// codes [outputs, clouds] of xyz [3, points * clouds].
  void encode(Exec& exec, MatrixView<const Real> xyz, Index points, MatrixView<Real> codes) {
    const MatrixView<Real> largest = largest_.matrix(Encoder::features, codes.cols());
    features(exec, xyz, points, largest, column_.matrix(Encoder::features, codes.cols()));
    head_.forward(exec, largest, codes);
  }

 private:
  /// What one worker needs on its way.
  struct Room {
    explicit Room(Exec& exec)
        : hidden(exec, Exec::max_chain), values(exec.template allocate<Real>(Encoder::features * Exec::max_chain)) {}
    ChainRoom<Exec, typename Encoder::PointNet, Real> hidden;
    Buffer<Real, typename Exec::Space> values;
  };

  /// One for each worker: an executor may have more than that which the encoder was made with.
  void make_rooms(Exec& exec) {
    while (static_cast<Index>(rooms_.size()) < exec.workers()) rooms_.emplace_back(exec);
  }

  PackedLayers<Exec, typename Encoder::PointNet, Real> points_;
  PackedMlp<Exec, typename Encoder::HeadNet, Real> head_;
  std::vector<Room> rooms_;
  Buffer<Real, typename Exec::Space> largest_;
  Buffer<std::int32_t, typename Exec::Space> column_;
};

}  // namespace mace
