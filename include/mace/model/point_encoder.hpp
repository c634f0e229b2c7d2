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

/// Shape of the paper's encoder, a PointNet (Qi et al., CVPR 2017): an Mlp applied to every point, the maximum of each
/// feature over the points, and a second Mlp on these. It has no BatchNorm, so that the code of a cloud depends only on
/// that cloud.
template <class PerPoint, class Head>
struct PointEncoder {
  static_assert(PerPoint::inputs == 3, "mace::PointEncoder: the per-point net must take 3 coordinates");
  static_assert(PerPoint::outputs == Head::inputs,
                "mace::PointEncoder: the head must take the per-point net's outputs");
  using PointNet = PerPoint;
  using HeadNet = Head;
  static constexpr int features = PerPoint::outputs;          ///< features per point
  static constexpr int outputs = Head::outputs;               ///< numbers of a code
  static constexpr Index head_offset = PerPoint::parameters;  ///< offset of the head in the flat buffer
  static constexpr Index parameters = PerPoint::parameters + Head::parameters;  ///< size of the flat buffer
};

namespace detail {

/// Updates a cloud's largest features, and the columns they are from (the lowest on ties), by its next column.
template <class Real>
struct TakeLarger {
  const Real* value;
  std::int32_t column;
  bool begins;  ///< true for the cloud's first column
  Real* largest;
  std::int32_t* where;

  MACE_HD void operator()(Index r) const {
    const bool larger = begins || value[r] > largest[r];
    largest[r] = larger ? value[r] : largest[r];
    where[r] = larger ? column : where[r];
  }
};

}  // namespace detail

/// Host version: maximum of each row over each cloud's columns, and the column it is from (the lowest on ties). A cloud
/// that begins in `values` initializes its results, others continue theirs. point_encoder.cuh has the device version.
/// @param exec     the executor
/// @param values   columns [first, first + n) of clouds of `points` columns each
/// @param first    index of the first column
/// @param points   columns per cloud
/// @param largest  maxima [rows, clouds]
/// @param column   columns of the maxima [rows, clouds]
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

/// Packed point encoder: encodes many clouds with the same parameters.
template <class Exec, class Encoder, class Real = float>
class PackedPointEncoder {
 public:
  /// Allocates memory.
  /// @param exec    the executor
  /// @param clouds  maximum number of clouds per call
  PackedPointEncoder(Exec& exec, Index clouds) : points_(exec), head_(exec) {
    make_rooms(exec);
    reserve(exec, clouds);
  }

  /// Allocates memory for up to `clouds` clouds per call.
  void reserve(Exec& exec, Index clouds) {
    grow(exec, largest_, Encoder::features * clouds);
    grow(exec, column_, Encoder::features * clouds);
  }

  /// Packs new parameters; see PackedLayers::assign.
  void assign(Exec& exec, const Real* parameters) {
    points_.assign(exec, parameters);
    head_.assign(exec, parameters + Encoder::head_offset);
  }
  /// Packs parameters that will not change; see PackedLayers::freeze.
  void freeze(Exec& exec, const Real* parameters) {
    points_.freeze(exec, parameters);
    head_.freeze(exec, parameters + Encoder::head_offset);
  }

  /// Computes the largest features of each cloud. Each worker takes whole clouds through all layers, in groups of
  /// points that stay in its cache.
  /// @param exec     the executor
  /// @param xyz      points [3, points * clouds]
  /// @param points   points per cloud
  /// @param largest  receives the largest features [features, clouds]
  /// @param column   receives their columns in xyz [features, clouds]
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

  /// Encodes clouds.
  /// @param exec    the executor
  /// @param xyz     points [3, points * clouds]
  /// @param points  points per cloud
  /// @param codes   receives the codes [outputs, clouds]
  void encode(Exec& exec, MatrixView<const Real> xyz, Index points, MatrixView<Real> codes) {
    const MatrixView<Real> largest = largest_.matrix(Encoder::features, codes.cols());
    features(exec, xyz, points, largest, column_.matrix(Encoder::features, codes.cols()));
    head_.forward(exec, largest, codes);
  }

 private:
  /// Scratch memory of one worker.
  struct Room {
    explicit Room(Exec& exec)
        : hidden(exec, Exec::max_chain), values(exec.template allocate<Real>(Encoder::features * Exec::max_chain)) {}
    ChainRoom<Exec, typename Encoder::PointNet, Real> hidden;
    Buffer<Real, typename Exec::Space> values;
  };

  /// Allocates one room per worker; an executor may have more workers than the one at construction.
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
