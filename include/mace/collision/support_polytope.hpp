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

/// Hundredths of a millimeter in a meter: the unit of a face's height.
inline constexpr double support_units = 1e5;

/// A face that a body stays behind: n . x <= height for all its points x in hundredths of a millimeter. The normal n is
/// of integers, not of length 1.
struct SupportFace {
  std::int8_t x, y, z;
  std::int32_t height;

  Vec<3, std::int64_t> normal() const { return {x, y, z}; }
};

namespace detail {

/// The point numerator / denominator, in hundredths of a millimeter. Normals and heights are integers, so a vertex is a
/// fraction known exactly: it is beyond a face or it is not, and two vertices are the same or they are not.
struct ExactPoint {
  Vec<3, std::int64_t> numerator;
  std::int64_t denominator;

  auto tied() const { return std::tie(numerator[0], numerator[1], numerator[2], denominator); }
  bool operator==(const ExactPoint& other) const { return tied() == other.tied(); }
  bool operator<(const ExactPoint& other) const { return tied() < other.tied(); }

  /// True if it is on the inner side of this face, or on it.
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

/// Where three faces meet (Cramer's rule); a denominator of 0 if they do not meet in one point.
inline ExactPoint meeting_point(const SupportFace& a, const SupportFace& b, const SupportFace& c) {
  const auto bc = cross(b.normal(), c.normal()), ca = cross(c.normal(), a.normal()), ab = cross(a.normal(), b.normal());
  const std::int64_t determinant = dot(a.normal(), bc), sign = determinant < 0 ? -1 : 1;
  return {sign * a.height * bc + sign * b.height * ca + sign * c.height * ab, sign * determinant};
}

/// True if nothing can go on for ever behind these faces. What could would go along the edge of two of them.
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

/// The vertices of the polytope behind all these faces. It holds every body that stays behind them.
/// Errors: faces that leave nothing, or that do not enclose what they leave.
inline Polytope support_polytope(std::span<const SupportFace> faces) {
  require(detail::encloses(faces), "support_polytope: wanted faces around a body, got ", faces.size(),
          " that are open to one side");
  std::vector<detail::ExactPoint> vertices;
  // The face that the last point was beyond is asked first: the next point is close to it.
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
