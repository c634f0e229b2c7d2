// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/error.hpp"
#include "mace/core/numeric.hpp"
#include "mace/core/vec.hpp"

/// What an airplane is made of. All of it is symmetric left and right: only parts with y >= 0 are listed, those off the
/// plane of symmetry stand for two. Frame: nose +x, left wing +y, up +z; lengths in any one unit,
/// since clouds of it are scaled.
namespace mace {

/// The kinds of airplanes that random_airplane draws.
enum class AirplaneKind {
  airliner,
  business_jet,
  turboprop,
  light,
  biplane,
  glider,
  fighter,
  delta,
  flying_wing,
  bomber,
  model
};
inline constexpr int airplane_kinds = 11;

/// A body lofted along x: fuselage, canopy, nacelle, boom, wheel, blade of a propeller. Its sections are superellipses,
/// which swell from the nose, keep their size, and thin towards the tail.
struct AirplaneBody {
  float x = 0, y = 0, z = 0;  ///< of the nose, of the axis, of the axis
  float length = 1, half_width = 0.05f, half_height = 0.05f;
  float nose = 0.2f, tail = 0.3f;  ///< shares of the length that swell and thin
  float nose_power = 0.5f;         ///< 0.5: an ellipsoid; 1: a pointed parabola
  float nose_end = 0,
        tail_end = 0;  ///< size of the end sections, which are closed by planes; 1: as large as the others
  float nose_drop = 0, tail_rise = 0;  ///< of the axis towards the ends, in half heights
  float roundness = 2;                 ///< exponent of the superellipse; 2: an ellipse, larger: boxier
};

/// A section of a wing: its leading edge, its chord (towards -x), and its thickness.
struct AirplaneRib {
  Vec<3> edge{};
  float chord = 0;
  float thickness = 0.1f;  ///< over the chord
};

/// A wing, tail plane, fin or strut: ribs joined by straight lines. Where all ribs are at y = 0 it stands in the
/// plane of symmetry.
struct AirplaneWing {
  static constexpr int capacity = 6;
  AirplaneRib rib[capacity];
  int ribs = 0;

  void add(const AirplaneRib& next) {
    require(ribs < capacity, "AirplaneWing: wanted at most ", capacity, " ribs");
    rib[ribs++] = next;
  }
};

/// The parameters of an airplane: its parts.
struct Airplane {
  static constexpr int body_capacity = 24, wing_capacity = 16;
  AirplaneKind kind = AirplaneKind::airliner;
  AirplaneBody body[body_capacity];
  AirplaneWing wing[wing_capacity];
  int bodies = 0, wings = 0;
  float pitch = 0;  ///< radians, nose up: of one that stands on its tail wheel

  void add(const AirplaneBody& part) {
    require(bodies < body_capacity, "Airplane: wanted at most ", body_capacity, " bodies");
    body[bodies++] = part;
  }
  void add(const AirplaneWing& part) {
    require(wings < wing_capacity, "Airplane: wanted at most ", wing_capacity, " wings");
    wing[wings++] = part;
  }
};

}  // namespace mace
