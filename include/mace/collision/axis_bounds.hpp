// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "mace/collision/shapes.hpp"

/// Axis-aligned bounding boxes for the broad phase: those of moving bodies are computed in float, and each is compared
/// with eight others at a time. All of them contain their bodies in spite of rounding. The loops are written so that
/// compilers turn them into vector instructions.
namespace mace::detail {

/// Before a loop: GCC must not unroll it before it has tried to vectorize it.
#if defined(__CUDACC__)
#define MACE_ROLLED
#else
#define MACE_ROLLED _Pragma("GCC unroll 1")
#endif

/// An axis-aligned box in double: all points between two corners; empty by default.
struct AxisBounds {
  Vec<3, double> low{infinity, infinity, infinity}, high{-infinity, -infinity, -infinity};

  /// Includes the ball about a point.
  void add(const Vec<3, double>& center, double radius = 0) { add(center, Vec<3, double>{radius, radius, radius}); }
  /// Includes a box about a point.
  void add(const Vec<3, double>& center, const Vec<3, double>& half) {
    for (int i = 0; i < 3; ++i) {
      low[i] = std::min(low[i], center[i] - half[i]);
      high[i] = std::max(high[i], center[i] + half[i]);
    }
  }

 private:
  static constexpr double infinity = std::numeric_limits<double>::infinity();
};

inline AxisBounds axis_bounds(const Sphere<double>& sphere) {
  AxisBounds bounds;
  bounds.add(sphere.center, sphere.radius);
  return bounds;
}
inline AxisBounds axis_bounds(const Capsule<double>& capsule) {
  AxisBounds bounds;
  bounds.add(capsule.a, capsule.radius);
  bounds.add(capsule.b, capsule.radius);
  return bounds;
}
inline AxisBounds axis_bounds(const OrientedBox<double>& box) {
  const Pose<double>& at = box.pose;
  Vec<3, double> half;
  for (int i = 0; i < 3; ++i)
    half[i] = std::abs(at.x[i]) * box.half[0] + std::abs(at.y[i]) * box.half[1] + std::abs(at.z[i]) * box.half[2];
  AxisBounds bounds;
  bounds.add(at.position, half);
  return bounds;
}
inline AxisBounds axis_bounds(const Cylinder<double>& cylinder) {
  const Pose<double>& at = cylinder.pose;
  Vec<3, double>
      half;  // not from the z axis alone, of which 1 - z^2 is inaccurate where the axes are nearly of length 1
  for (int i = 0; i < 3; ++i)
    half[i] = std::abs(at.z[i]) * cylinder.half_length + std::hypot(at.x[i], at.y[i]) * cylinder.radius;
  AxisBounds bounds;
  bounds.add(cylinder.pose.position, half);
  return bounds;
}
/// A half-space is bounded along an axis only if its normal is parallel to it.
inline AxisBounds axis_bounds(const HalfSpace& half_space) {
  AxisBounds bounds;
  std::swap(bounds.low, bounds.high);
  const Vec<3, double>& normal = half_space.normal;
  for (int i = 0; i < 3; ++i)
    if (normal[(i + 1) % 3] == 0 && normal[(i + 2) % 3] == 0)
      (normal[i] > 0 ? bounds.high : bounds.low)[i] = half_space.height / normal[i];
  return bounds;
}
inline AxisBounds axis_bounds(const Polytope& points) {
  AxisBounds bounds;
  for (const auto& point : points) bounds.add(point);
  return bounds;
}
inline AxisBounds axis_bounds(const ConvexHull& hull) {
  return axis_bounds(hull.points);
}

/// Upper bound of the relative rounding error of bounds in float.
inline constexpr float bounds_rounding = 2e-6f;

/// Four floats, of which three count.
struct alignas(16) Row {
  float v[4];
};

/// A frame in float.
struct FrameRows {
  Row x, y, z, position;

  FrameRows() = default;
  explicit FrameRows(const Pose<double>& frame)
      : x(row(frame.x)), y(row(frame.y)), z(row(frame.z)), position(row(frame.position)) {}

 private:
  static Row row(const Vec<3, double>& v) {
    return {{static_cast<float>(v[0]), static_cast<float>(v[1]), static_cast<float>(v[2]), 0}};
  }
};

/// The bounds of one body in float, enlarged.
struct BoundsRows {
  Row low, high;
};

/// A box that contains a body, in the body's frame, in float.
struct LocalBounds {
  float middle[3], half[3], rounding;

  explicit LocalBounds(const AxisBounds& bounds) : rounding(0) {
    for (int i = 0; i < 3; ++i) {
      middle[i] = static_cast<float>(0.5 * (bounds.low[i] + bounds.high[i]));
      half[i] = static_cast<float>(0.5 * (bounds.high[i] - bounds.low[i]));
      rounding += bounds_rounding * (std::abs(middle[i]) + half[i]);
    }
  }

  /// The bounds of all points that are within `gap` of the body, where its frame is `frame`.
  BoundsRows placed(const FrameRows& frame, float gap) const {
    const float room = rounding + (1 + bounds_rounding) * std::max(gap, 0.0f);
    BoundsRows bounds;
    MACE_ROLLED
    for (int k = 0; k < 4; ++k) {
      const float x = frame.x.v[k], y = frame.y.v[k], z = frame.z.v[k], position = frame.position.v[k];
      const float center = position + middle[0] * x + middle[1] * y + middle[2] * z;
      const float extent = half[0] * std::abs(x) + half[1] * std::abs(y) + half[2] * std::abs(z);
      const float all = extent + (room + bounds_rounding * std::abs(position));
      bounds.low.v[k] = center - all;
      bounds.high.v[k] = center + all;
    }
    return bounds;
  }
};

/// The bounds of eight bodies, in float.
struct BoundsOfEight {
  static constexpr int count = 8;

  float low[3][count], high[3][count];

  /// Makes all of them empty: NaN meets nothing, not even what is infinite.
  void clear() {
    for (int k = 0; k < 3; ++k) {
      std::fill_n(low[k], count, numeric::not_a_number);
      std::fill_n(high[k], count, numeric::not_a_number);
    }
  }
  void set(int i, const AxisBounds& bounds) {
    for (int k = 0; k < 3; ++k) {
      low[k][i] = std::nextafter(static_cast<float>(bounds.low[k]), -numeric::infinity);
      high[k][i] = std::nextafter(static_cast<float>(bounds.high[k]), numeric::infinity);
    }
  }
  void set(int i, const BoundsRows& bounds) {
    for (int k = 0; k < 3; ++k) {
      low[k][i] = bounds.low.v[k];
      high[k][i] = bounds.high.v[k];
    }
  }
  BoundsRows get(int i) const {
    return {{{low[0][i], low[1][i], low[2][i], 0}}, {{high[0][i], high[1][i], high[2][i], 0}}};
  }

  /// A bit for each of the eight whose bounds meet others.
  std::uint32_t meeting(const BoundsRows& others) const {
    static constexpr std::int32_t bit[count] = {1, 2, 4, 8, 16, 32, 64, 128};
    const float(&from)[4] = others.low.v;
    const float(&to)[4] = others.high.v;
    std::int32_t bits = 0;
    MACE_ROLLED
    for (int i = 0; i < count; ++i)
      bits |= ((low[0][i] <= to[0]) & (low[1][i] <= to[1]) & (low[2][i] <= to[2]) & (high[0][i] >= from[0]) &
               (high[1][i] >= from[1]) & (high[2][i] >= from[2]))
                  ? bit[i]
                  : 0;
    return static_cast<std::uint32_t>(bits);
  }
};

#undef MACE_ROLLED

}  // namespace mace::detail
