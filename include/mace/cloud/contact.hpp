// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mace/core/choose.hpp"
#include "mace/core/error.hpp"
#include "mace/core/vec.hpp"
#include "mace/core/view.hpp"

/// Contacts of fingers with a cloud. A finger is a cylinder around a ray; it closes along the ray from infinity toward
/// the origin until it touches a point.
namespace mace {

/// Ray from an origin along a direction.
struct Ray {
  Vec<3> direction;           ///< unit vector
  Vec<3> origin = {0, 0, 0};  ///< where a finger without contact stops
};

/// At most `Capacity` fingers of one radius, of which the first `count` are valid.
template <int Capacity>
struct Fingers {
  static_assert(Capacity >= 1, "mace::Fingers: wanted room for at least one finger");
  Ray ray[Capacity];
  float radius;  ///< of the cylinders, in the unit of the cloud
  std::int32_t count;
};

/// One contact per finger, of which the first `count` are valid; the others are zero.
template <int Capacity>
struct Contacts {
  static constexpr int capacity = Capacity;
  Vec<3> point[Capacity];  ///< touched point, or the ray's origin if none was touched
  bool touched[Capacity];  ///< whether the finger touched a point
  std::int32_t count;
};

/// Makes fingers of one radius along `rays`, whose directions are normalized.
/// @throws Error unless there are 1 to `Capacity` rays with finite origins and directions of length within 1e-3 of 1,
/// and the radius is finite and above 0.
template <int Capacity>
Fingers<Capacity> make_fingers(std::span<const Ray> rays, float radius) {
  require(!rays.empty() && rays.size() <= Capacity, "Contact: wanted 1 to ", Capacity, " fingers, got ", rays.size());
  require(radius > 0 && numeric::is_finite(radius), "Contact: wanted a radius above 0, got ", radius);
  Fingers<Capacity> fingers{};
  fingers.radius = radius;
  fingers.count = static_cast<std::int32_t>(rays.size());
  for (std::size_t f = 0; f < rays.size(); ++f) {
    const auto v = rays[f].direction.template as<double>();
    const double length = norm(v);
    require(length >= 1 - 1e-3 && length <= 1 + 1e-3, "Contact: finger ", f, ": wanted a direction of length 1, got (",
            v[0], ", ", v[1], ", ", v[2], ") of length ", length);
    for (const float x : rays[f].origin.v)
      require(numeric::is_finite(x), "Contact: finger ", f, ": wanted an origin of finite numbers, got ", x);
    fingers.ray[f] = {(1 / length * v).template as<float>(), rays[f].origin};
  }
  return fingers;
}

/// Projects a point onto the line of a ray. `Real` is float or Lanes; both give the same bits.
/// @param ray the ray
/// @param point the point
/// @param along receives the coordinate of the point along the ray
/// @param squared_distance_to receives the squared distance of the point to the line
template <class Real>
[[gnu::always_inline]] MACE_HD inline void place_on(const Ray& ray, const Vec<3, Real>& point, Real& along,
                                                    Real& squared_distance_to) {
  Real step[3];
  for (int i = 0; i < 3; ++i) step[i] = point[i] - Real(ray.origin[i]);
  along = rounded(step[0] * Real(ray.direction[0])) + rounded(step[1] * Real(ray.direction[1])) +
          rounded(step[2] * Real(ray.direction[2]));
  for (int i = 0; i < 3; ++i) step[i] = step[i] - rounded(along * Real(ray.direction[i]));
  squared_distance_to = rounded(step[0] * step[0]) + rounded(step[1] * step[1]) + rounded(step[2] * step[2]);
}

namespace detail {

/// Sets the contact of finger f from the point of the cloud that is farthest along the ray's line among those within
/// the radius: number `deepest` (-1: none) at coordinate `along`, which is negative behind the origin.
template <int Capacity>
MACE_HD void set_contact(const Fingers<Capacity>& fingers, int f, const float* xyz, Index deepest, float along,
                         Contacts<Capacity>& contacts) {
  contacts.touched[f] = deepest >= 0 && along >= 0;
  const float* const at = contacts.touched[f] ? xyz + 3 * deepest : fingers.ray[f].origin.v;
  for (int i = 0; i < 3; ++i) contacts.point[f][i] = at[i];
}

/// Sets all contacts to NaN, since those of a cloud with a non-finite point are undefined.
template <int Capacity>
MACE_HD void spoil(Contacts<Capacity>& contacts) {
  for (int f = 0; f < contacts.count; ++f) {
    contacts.touched[f] = true;
    for (int i = 0; i < 3; ++i) contacts.point[f][i] = numeric::not_a_number;
  }
}

}  // namespace detail

/// Finds the contacts of fingers with a cloud. The contact of a finger with ray o + t v is the point p of largest
/// (p - o).v among those with (p - o).v >= 0 whose distance to the ray's line is at most the radius, the first on ties.
/// All contacts are NaN if a point is not finite. This is the brute-force reference, with which the optimized versions
/// must agree.
/// @param fingers the fingers
/// @param xyz x, y, z of one point after the other
/// @param points number of points
template <int Capacity>
MACE_HD Contacts<Capacity> find_contacts(const Fingers<Capacity>& fingers, const float* xyz, Index points) {
  Contacts<Capacity> contacts{};
  contacts.count = fingers.count;
  for (int f = 0; f < fingers.count; ++f) {
    float farthest = -numeric::infinity;
    Index deepest = -1;
    for (Index p = 0; p < points; ++p) {
      float along, off;
      place_on(fingers.ray[f], Vec<3>{xyz[3 * p], xyz[3 * p + 1], xyz[3 * p + 2]}, along, off);
      if (off <= fingers.radius * fingers.radius && along > farthest) farthest = along, deepest = p;
    }
    detail::set_contact(fingers, f, xyz, deepest, farthest, contacts);
  }
  for (Index i = 0; i < 3 * points; ++i)
    if (!numeric::is_finite(xyz[i])) detail::spoil(contacts);
  return contacts;
}

}  // namespace mace
