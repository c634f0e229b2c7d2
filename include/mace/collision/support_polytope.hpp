// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <span>
#include <tuple>
#include <vector>

#include "mace/collision/shapes.hpp"
#include "mace/core/error.hpp"

namespace mace {

/// Number of hundredths of a millimeter in a meter; a hundredth of a millimeter is the unit of SupportFace::height.
inline constexpr double support_units = 1e5;

/// A half-space n . x <= height that contains a body, with x in hundredths of a millimeter.
struct SupportFace {
  /// Normal n, of integers and not of unit length.
  std::int8_t x, y, z;
  /// Offset of the bounding plane: the largest n . x of the body's points, or more.
  std::int32_t height;

  /// The normal n.
  Vec<3, std::int64_t> normal() const { return {x, y, z}; }
};

namespace detail {

/// The point numerator / denominator, in hundredths of a millimeter. Normals and heights are integers, so vertices are
/// exact fractions, and the tests for equality and for being within a face are exact.
struct ExactPoint {
  Vec<3, std::int64_t> numerator;
  std::int64_t denominator;

  auto tied() const { return std::tie(numerator[0], numerator[1], numerator[2], denominator); }
  bool operator==(const ExactPoint& other) const { return tied() == other.tied(); }
  bool operator<(const ExactPoint& other) const { return tied() < other.tied(); }

  /// True if the point is in the half-space of this face or on its boundary.
  bool within(const SupportFace& face) const { return dot(face.normal(), numerator) <= face.height * denominator; }

  ExactPoint reduced() const {
    std::int64_t divisor = denominator;
    for (const std::int64_t x : numerator.v) divisor = std::gcd(divisor, x);
    return {{numerator[0] / divisor, numerator[1] / divisor, numerator[2] / divisor}, denominator / divisor};
  }
  Vec<3, double> meters() const {
    return (1 / (support_units * static_cast<double>(denominator))) * numerator.as<double>();
  }
};

/// The intersection of the planes of three faces (Cramer's rule). The denominator is 0 if they do not intersect in one
/// point.
inline ExactPoint meeting_point(const SupportFace& a, const SupportFace& b, const SupportFace& c) {
  const auto bc = cross(b.normal(), c.normal()), ca = cross(c.normal(), a.normal()), ab = cross(a.normal(), b.normal());
  const std::int64_t determinant = dot(a.normal(), bc), sign = determinant < 0 ? -1 : 1;
  return {sign * a.height * bc + sign * b.height * ca + sign * c.height * ab, sign * determinant};
}

/// True if the intersection of the half-spaces is bounded. An unbounded one would contain a ray along the intersection
/// of two planes.
inline bool encloses(std::span<const SupportFace> faces) {
  const auto is_open = [&](const Vec<3, std::int64_t>& ray) {
    return dot(ray, ray) > 0 &&
           std::all_of(faces.begin(), faces.end(), [&](const auto& face) { return dot(face.normal(), ray) <= 0; });
  };
  for (std::size_t i = 0; i < faces.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const auto edge = cross(faces[i].normal(), faces[j].normal());
      if (is_open(edge) || is_open(std::int64_t{-1} * edge)) return false;
    }
  return true;
}

}  // namespace detail

/// The vertices of the intersection of half-spaces, in meters. Every body that lies in all half-spaces is inside the
/// result.
/// @throws Error if the intersection is empty or unbounded.
inline Polytope support_polytope(std::span<const SupportFace> faces) {
  require(detail::encloses(faces), "support_polytope: wanted faces around a body, got ", faces.size(),
          " that are open to one side");
  std::vector<detail::ExactPoint> vertices;
  // The face that excluded the last point is tested first, since the next point is close to the last one.
  std::size_t suspect = 0;
  const auto within_all = [&](const detail::ExactPoint& point) {
    if (!point.within(faces[suspect])) return false;
    const auto beyond = std::find_if_not(faces.begin(), faces.end(), [&](const auto& f) { return point.within(f); });
    if (beyond != faces.end()) suspect = static_cast<std::size_t>(beyond - faces.begin());
    return beyond == faces.end();
  };
  for (std::size_t i = 0; i < faces.size(); ++i)
    for (std::size_t j = i + 1; j < faces.size(); ++j)
      for (std::size_t k = j + 1; k < faces.size(); ++k) {
        const detail::ExactPoint point = detail::meeting_point(faces[i], faces[j], faces[k]);
        if (point.denominator != 0 && within_all(point)) vertices.push_back(point.reduced());
      }
  require(!vertices.empty(), "support_polytope: wanted faces of a body, got ", faces.size(), " that leave nothing");
  std::sort(vertices.begin(), vertices.end());
  vertices.erase(std::unique(vertices.begin(), vertices.end()), vertices.end());
  Polytope polytope;
  for (const detail::ExactPoint& vertex : vertices) polytope.push_back(vertex.meters());
  return polytope;
}

}  // namespace mace
