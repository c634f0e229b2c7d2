// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/config.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/view.hpp"

/// k-wise Chamfer distance of two clouds (paper, App. C):
///   CD_k(A, B) = sum_{a in A} m_k(a, B) + sum_{b in B} m_k(b, A),
/// where m_k(a, B) is the mean of the k smallest squared distances from a to B. Functions named `_sum` compute CD_k;
/// those named `_mean` divide each of the two sums by its number of points. This file is the brute-force reference,
/// with which the optimized versions must agree. A cloud is the array x, y, z of one point after the other.
namespace mace {

/// Which of the two sums of CD_k are counted: both, only that over the points of the simulated cloud (each to the
/// observation), or only that over the points of the observation.
enum class Direction { both, to_observation, from_observation };

/// The number k of nearest neighbors as a compile-time constant.
template <int K>
struct Neighbors {
  static_assert(K >= 1, "mace: a k-wise Chamfer distance needs k >= 1");
};

/// Squared Euclidean distance of two points.
template <class Real>
MACE_HD Real squared_distance(const Real* a, const Real* b) {
  const Real x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
  return x * x + y * y + z * z;
}

/// Keeps the K smallest of the inserted values in ascending order; missing values are infinite.
template <int K, class Real = float>
struct KSmallest {
  Real value[K];

  MACE_HD KSmallest() {
    for (int i = 0; i < K; ++i) value[i] = static_cast<Real>(numeric::infinity);
  }
  MACE_HD void insert(Real candidate) {
    for (int i = 0; i < K; ++i) {
      const Real low = candidate < value[i] ? candidate : value[i];
      candidate = candidate < value[i] ? value[i] : candidate;
      value[i] = low;
    }
  }
  MACE_HD Real mean() const {
    Real sum = 0;
    for (int i = 0; i < K; ++i) sum += value[i];
    return sum / Real(K);
  }
};

/// Sum of m_K(point, to) over the points of `from`; infinity if `to` has fewer than K points.
template <int K, class Real>
MACE_HD Real directed_chamfer_sum(Neighbors<K>, const Real* from, Index from_points, const Real* to, Index to_points) {
  Real sum = 0;
  for (Index i = 0; i < from_points; ++i) {
    KSmallest<K, Real> nearest;
    for (Index j = 0; j < to_points; ++j) nearest.insert(squared_distance(from + 3 * i, to + 3 * j));
    sum += nearest.mean();
  }
  return sum;
}

/// Computes CD_K of two clouds by brute force.
template <int K, class Real>
MACE_HD Real chamfer_sum(Neighbors<K> k, const Real* a, Index a_points, const Real* b, Index b_points) {
  return directed_chamfer_sum(k, a, a_points, b, b_points) + directed_chamfer_sum(k, b, b_points, a, a_points);
}

/// CD_K with each of the two sums divided by its number of points: a mean squared distance, which is comparable between
/// clouds of different sizes.
template <int K, class Real>
MACE_HD Real chamfer_mean(Neighbors<K> k, const Real* a, Index a_points, const Real* b, Index b_points) {
  return directed_chamfer_sum(k, a, a_points, b, b_points) / static_cast<Real>(a_points) +
         directed_chamfer_sum(k, b, b_points, a, a_points) / static_cast<Real>(b_points);
}

/// Computes CD_1(x, y) and its gradient in the points of x by brute force. Of equally near neighbors the first counts.
/// @param x cloud x
/// @param x_points number of points of x
/// @param y cloud y
/// @param y_points number of points of y
/// @param dx receives the gradient, 3 x_points numbers
/// @return CD_1
template <class Real>
MACE_HD Real chamfer_gradient(const Real* x, Index x_points, const Real* y, Index y_points, Real* dx) {
  const auto nearest = [](const Real* p, const Real* cloud, Index points) {
    Index best = 0;
    for (Index i = 1; i < points; ++i)
      if (squared_distance(p, cloud + 3 * i) < squared_distance(p, cloud + 3 * best)) best = i;
    return best;
  };
  Real sum = 0;
  const auto pull = [&](Index i, Index j) {
    for (int axis = 0; axis < 3; ++axis) dx[3 * i + axis] += Real(2) * (x[3 * i + axis] - y[3 * j + axis]);
    sum += squared_distance(x + 3 * i, y + 3 * j);
  };
  for (Index i = 0; i < 3 * x_points; ++i) dx[i] = 0;
  for (Index i = 0; i < x_points; ++i) pull(i, nearest(x + 3 * i, y, y_points));
  for (Index j = 0; j < y_points; ++j) pull(nearest(y + 3 * j, x, x_points), j);
  return sum;
}

}  // namespace mace
