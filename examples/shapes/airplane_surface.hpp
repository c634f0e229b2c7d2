// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "mace/core/philox.hpp"
#include "shapes/airplane_parts.hpp"

namespace mace {

/// The left half of an airplane's surface (y >= 0) as triangles; the right half is its mirror image.
class AirplaneSurface {
 public:
  using Triangle = std::array<Vec<3>, 3>;

  /// Of the parts as they are: where one enters another its hidden surface stays.
  explicit AirplaneSurface(const Airplane& airplane) {
    triangles_.reserve(1024);
    for (int i = 0; i < airplane.bodies; ++i) add(airplane.body[i]);
    for (int i = 0; i < airplane.wings; ++i) add(airplane.wing[i]);
    if (airplane.pitch != 0) turn(airplane.pitch);
  }

  const std::vector<Triangle>& triangles() const { return triangles_; }

  /// Moves and scales so that the bounding box of the whole surface is centered at the origin with a diagonal of 1.
  void normalize() {
    Vec<3> low{numeric::infinity, 0, numeric::infinity}, high{-numeric::infinity, 0, -numeric::infinity};
    for (const Triangle& triangle : triangles_)
      for (const Vec<3>& p : triangle)
        for (int axis = 0; axis < 3; ++axis) {
          low[axis] = std::min(low[axis], p[axis]);
          high[axis] = std::max(high[axis], p[axis]);
        }
    low[1] = -high[1];
    const Vec<3> center = 0.5f * (low + high);
    const float scale = 1.0f / norm(high - low);
    for (Triangle& triangle : triangles_)
      for (Vec<3>& p : triangle) p = scale * (p - center);
  }

 private:
  void turn(float pitch) {
    float sine, cosine;
    numeric::sincos(pitch, sine, cosine);
    for (Triangle& triangle : triangles_)
      for (Vec<3>& p : triangle) p = {cosine * p[0] - sine * p[2], p[1], sine * p[0] + cosine * p[2]};
  }

  static constexpr int most_corners = 16;
  using Ring = std::array<Vec<3>, most_corners>;

  void add_quad(const Vec<3>& a, const Vec<3>& b, const Vec<3>& c, const Vec<3>& d) {
    triangles_.push_back({a, b, c});
    triangles_.push_back({a, c, d});
  }
  /// The strip between two rings of `corners` corners.
  void join(const Ring& from, const Ring& to, int corners) {
    for (int i = 0; i + 1 < corners; ++i) {
      const auto at = static_cast<std::size_t>(i);
      add_quad(from[at], from[at + 1], to[at + 1], to[at]);
    }
  }

  static float power(float base, float exponent) {
    return base > 0 ? numeric::exp(exponent * numeric::log(base)) : 0.0f;
  }

  /// The section at a share of the body's length; `unit` is the outline of a section of half width and height 1.
  static Ring section(const AirplaneBody& body, const Ring& unit, int corners, float share) {
    const float swell = std::min(share / body.nose, 1.0f);
    const float thin = power(std::max((share - 1.0f + body.tail) / body.tail, 0.0f), 1.6f);
    const float nose = body.nose_end + (1.0f - body.nose_end) * power(swell * (2.0f - swell), body.nose_power);
    const float size = nose * (1.0f - (1.0f - body.tail_end) * thin);
    const float drop = body.nose_drop * (1.0f - swell) * (1.0f - swell);
    const Vec<3> center{body.x - share * body.length, body.y,
                        body.z + body.half_height * (body.tail_rise * thin - drop)};
    Ring ring;
    for (int i = 0; i < corners; ++i) {
      const Vec<3>& u = unit[static_cast<std::size_t>(i)];
      ring[static_cast<std::size_t>(i)] =
          center + Vec<3>{0.0f, size * body.half_width * u[1], size * body.half_height * u[2]};
    }
    return ring;
  }

  /// A half section, from below to above, for a body on the plane of symmetry, else a whole one.
  static Ring outline(const AirplaneBody& body, int corners) {
    const float turn = (body.y > 0 ? 6.28318531f : 3.14159265f) / static_cast<float>(corners - 1);
    Ring ring;
    for (int i = 0; i < corners; ++i) {
      float sine, cosine;
      numeric::sincos(static_cast<float>(i) * turn - 1.57079633f, sine, cosine);
      const auto stretch = [&](float x) {
        return x < 0 ? -power(-x, 2.0f / body.roundness) : power(x, 2.0f / body.roundness);
      };
      ring[static_cast<std::size_t>(i)] = {0.0f, body.y > 0 ? stretch(cosine) : std::max(stretch(cosine), 0.0f),
                                           stretch(sine)};
    }
    return ring;
  }

  void add(const AirplaneBody& body) {
    const bool small = body.half_width < 0.02f || body.half_height < 0.02f;
    const int corners = (body.y > 0 ? 13 : 9) - (small ? 4 : 0);
    const Ring unit = outline(body, corners);
    // Shares of the nose and of the tail at which there are sections; the curved ends have more.
    constexpr float nose[] = {0.0f, 0.06f, 0.2f, 0.45f, 1.0f}, tail[] = {0.0f, 0.3f, 0.6f, 0.85f, 1.0f};
    Ring before = section(body, unit, corners, 0.0f);
    const Ring first = before;
    for (const float s : nose) {
      if (s == 0.0f) continue;
      const Ring ring = section(body, unit, corners, s * body.nose);
      join(before, ring, corners);
      before = ring;
    }
    for (const float s : tail) {
      const Ring ring = section(body, unit, corners, 1.0f - body.tail + s * body.tail);
      join(before, ring, corners);
      before = ring;
    }
    close(first, body, corners);
    close(before, body, corners);
  }
  void close(const Ring& ring, const AirplaneBody& body, int corners) {
    Vec<3> center = ring[0];
    center[1] = body.y;
    center[2] = 0.5f * (ring[0][2] + ring[static_cast<std::size_t>(body.y > 0 ? (corners - 1) / 2 : corners - 1)][2]);
    for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(corners); ++i)
      triangles_.push_back({center, ring[i], ring[i + 1]});
  }

  /// One side of a rib, from the leading edge to the trailing one; `up` is the normal of that side.
  static Ring profile(const AirplaneRib& rib, const Vec<3>& up) {
    // Shares of the chord, and the half thickness there over the greatest one: those of the NACA 00xx series.
    constexpr float chord[] = {0.0f, 0.025f, 0.1f, 0.3f, 0.65f, 1.0f},
                    half[] = {0.0f, 0.436f, 0.78f, 1.0f, 0.69f, 0.02f};
    Ring ring;
    for (std::size_t i = 0; i < profile_corners; ++i) {
      ring[i] = rib.edge + (0.5f * rib.thickness * rib.chord * half[i]) * up;
      ring[i][0] -= chord[i] * rib.chord;
      ring[i][1] = std::max(ring[i][1], 0.0f);  // where a dihedral leans a root across
    }
    return ring;
  }

  void add(const AirplaneWing& wing) {
    bool central = true;
    for (int i = 0; i < wing.ribs; ++i) central = central && wing.rib[i].edge[1] == 0.0f;
    Ring above, below;
    for (int i = 0; i < wing.ribs; ++i) {
      const Vec<3> up = normal_at(wing, i, central);
      const Ring next_above = profile(wing.rib[i], up), next_below = profile(wing.rib[i], -1.0f * up);
      if (i > 0) join(above, next_above, profile_corners);
      if (i > 0 && !central) join(below, next_below, profile_corners);
      above = next_above, below = next_below;
    }
    if (!central) join(above, below, profile_corners);  // the tip
  }

  /// Across the wing and x at rib i: the mean direction of the pieces that meet there, turned by a right angle.
  static Vec<3> normal_at(const AirplaneWing& wing, int i, bool central) {
    if (central) return {0.0f, 1.0f, 0.0f};
    const Vec<3> along = wing.rib[std::min(i + 1, wing.ribs - 1)].edge - wing.rib[std::max(i - 1, 0)].edge;
    const float length = numeric::sqrt(along[1] * along[1] + along[2] * along[2]);
    return {0.0f, -along[2] / length, along[1] / length};
  }

  static constexpr int profile_corners = 6;
  std::vector<Triangle> triangles_;
};

/// Draws points uniform in area on both halves of a surface, which must outlive it.
class AirplaneSampler {
 public:
  explicit AirplaneSampler(const AirplaneSurface& surface) : triangles_(surface.triangles()) {
    const std::size_t count = triangles_.size();
    area_to_.resize(count);
    first_.resize(count);
    float area = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& [a, b, c] = triangles_[i];
      area_to_[i] = area += norm(cross(b - a, c - a));
    }
    for (std::size_t slot = 0, i = 0; slot < count; ++slot) {
      while (i + 1 < count && area_to_[i] * static_cast<float>(count) <= area * static_cast<float>(slot)) ++i;
      first_[slot] = i;
    }
  }

  Vec<3> operator()(Random& random) const {
    const std::uint32_t word = random.word();  // its upper bits choose the triangle, its lowest one the side
    const float share = to_uniform(word);
    const std::size_t last = triangles_.size() - 1;
    std::size_t i = first_[std::min(static_cast<std::size_t>(share * static_cast<float>(last + 1)), last)];
    while (i < last && area_to_[i] <= share * area_to_[last]) ++i;
    float u = random.uniform(), v = random.uniform();
    if (u + v > 1.0f) u = 1.0f - u, v = 1.0f - v;
    const auto& [a, b, c] = triangles_[i];
    Vec<3> p = a + u * (b - a) + v * (c - a);
    p[1] = (word & 1u) != 0 ? -p[1] : p[1];
    return p;
  }

 private:
  const std::vector<AirplaneSurface::Triangle>& triangles_;
  std::vector<float> area_to_;      ///< twice the area of the triangles up to here
  std::vector<std::size_t> first_;  ///< for each slot of an equal share of the area, the triangle to search from
};

}  // namespace mace
