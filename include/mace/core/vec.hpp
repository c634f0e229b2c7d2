// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/config.hpp"
#include "mace/core/numeric.hpp"

namespace mace {

/// Vector of N numbers by value: a point, a small observation or a joint configuration. Its memory is an array of N
/// numbers without padding.
template <int N, class Real = float>
struct Vec {
  Real v[N];

  MACE_HD Real& operator[](int i) { return v[i]; }
  MACE_HD const Real& operator[](int i) const { return v[i]; }

  /// Converts the entries to another type.
  template <class To>
  MACE_HD Vec<N, To> as() const {
    Vec<N, To> converted;
    for (int i = 0; i < N; ++i) converted[i] = static_cast<To>(v[i]);
    return converted;
  }
};

template <int N, class Real>
MACE_HD Vec<N, Real> operator+(const Vec<N, Real>& a, const Vec<N, Real>& b) {
  Vec<N, Real> sum;
  for (int i = 0; i < N; ++i) sum[i] = a[i] + b[i];
  return sum;
}

template <int N, class Real>
MACE_HD Vec<N, Real> operator-(const Vec<N, Real>& a, const Vec<N, Real>& b) {
  Vec<N, Real> difference;
  for (int i = 0; i < N; ++i) difference[i] = a[i] - b[i];
  return difference;
}

template <int N, class Real>
MACE_HD Vec<N, Real> operator*(Real scale, const Vec<N, Real>& a) {
  Vec<N, Real> product;
  for (int i = 0; i < N; ++i) product[i] = scale * a[i];
  return product;
}

template <int N, class Real>
MACE_HD Real dot(const Vec<N, Real>& a, const Vec<N, Real>& b) {
  Real sum = 0;
  for (int i = 0; i < N; ++i) sum += a[i] * b[i];
  return sum;
}

/// Euclidean norm.
template <int N, class Real>
MACE_HD Real norm(const Vec<N, Real>& a) {
  return numeric::sqrt(dot(a, a));
}

template <class Real>
MACE_HD Vec<3, Real> cross(const Vec<3, Real>& a, const Vec<3, Real>& b) {
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

}  // namespace mace
