// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "mace/core/choose.hpp"
#include "mace/core/error.hpp"
#include "mace/core/vec.hpp"
#include "mace/core/view.hpp"

/// Where fingers touch a cloud. A finger is a cylinder around a ray and closes along it, from far out towards the ray's
/// origin, until it meets a point.
namespace mace {

/// A half line.
struct Ray {
  Vec<3> direction;           ///< of length 1
  Vec<3> origin = {0, 0, 0};  ///< where a finger stops that met nothing
};

/// At most `Capacity` fingers, of which the first `count` are there.
template <int Capacity>
struct Fingers {
  static_assert(Capacity >= 1, "mace::Fingers: wanted room for at least one finger");
  Ray ray[Capacity];
  float radius;
  std::int32_t count;
};

/// What fingers feel: one contact a finger, of which the first `count` are there. The rest is zero.
template <int Capacity>
struct Contacts {
  static constexpr int capacity = Capacity;
  Vec<3> point[Capacity];  ///< the ray's origin where nothing was touched
  bool touched[Capacity];
  std::int32_t count;
};

/// Fingers of one radius along `rays`; directions are brought to length 1 exactly. Errors: no ray, more than
/// `Capacity`, a direction whose length is not within 1e-3 of 1, NaN or infinity, a radius that is not above 0.
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

/// How far along a ray a point is, and the square of its distance to the ray's line. `Real` is float or Lanes; the same
/// bits for both.
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

/// What finger f feels: point `deepest` of the cloud, the one farthest along the ray of those near its line, wherever
/// they are along it (-1: there is none).
template <int Capacity>
MACE_HD void set_contact(const Fingers<Capacity>& fingers, int f, const float* xyz, Index deepest, float along,
                         Contacts<Capacity>& contacts) {
  contacts.touched[f] = deepest >= 0 && along >= 0;
  const float* const at = contacts.touched[f] ? xyz + 3 * deepest : fingers.ray[f].origin.v;
  for (int i = 0; i < 3; ++i) contacts.point[f][i] = at[i];
}

/// A cloud with a point that is not finite touches nowhere that could be told: NaN, to be noticed.
template <int Capacity>
MACE_HD void spoil(Contacts<Capacity>& contacts) {
  for (int f = 0; f < contacts.count; ++f) {
    contacts.touched[f] = true;
    for (int i = 0; i < 3; ++i) contacts.point[f][i] = numeric::not_a_number;
  }
}

}  // namespace detail

/// The contacts of fingers and a cloud of `points` points, x, y, z of one after the other: for a finger along v from o,
/// the point p of largest (p - o).v among those with (p - o).v >= 0 whose distance to the line is at most the radius,
/// the first on ties. All are NaN if a point is not finite. One finger and one point at a time; fast versions beside
/// this file must agree with it.
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
