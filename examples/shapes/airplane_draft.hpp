// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "mace/core/philox.hpp"
#include "shapes/airplane_parts.hpp"

namespace mace::detail {

/// The tangent of an angle in degrees.
inline float slope(float degrees) {
  float sine, cosine;
  numeric::sincos(degrees * 0.0174532925f, sine, cosine);
  return sine / cosine;
}

/// The angle in degrees of a slope >= 0, within 0.3.
inline float degrees(float slope) {
  const float low = slope < 1.0f ? slope : 1.0f / slope;
  const float angle = 57.2957795f * low / (1.0f + 0.28f * low * low);
  return slope < 1.0f ? angle : 90.0f - angle;
}

/// A plan form of straight edges; angles in degrees.
struct WingPlan {
  float x = 0, y = 0, z = 0;  ///< leading edge at the root
  float chord = 0.2f;         ///< there
  float span = 0.4f;          ///< of this half
  float sweep = 0;            ///< of the leading edge
  float taper = 0.5f;         ///< chord at the tip over the one at the root
  float dihedral = 0;         ///< 90: a fin
  float thickness = 0.12f;
  float kink = 0,
        kink_chord =
            1;  ///< where the trailing edge bends, a share of the span; the chord there over the root's; 0: nowhere
  bool round = false;  ///< the outer half rounded off
};

/// The wing of a plan.
inline AirplaneWing wing_of(const WingPlan& plan) {
  float sine, cosine;
  numeric::sincos(plan.dihedral * 0.0174532925f, sine, cosine);
  if (plan.dihedral == 90.0f) cosine = 0.0f;
  AirplaneWing wing;
  const auto rib_at = [&](float share, float chord) {
    const float along = share * plan.span;
    const float edge = plan.x - along * slope(plan.sweep);
    wing.add({{edge, plan.y + along * cosine, plan.z + along * sine}, chord * plan.chord, plan.thickness});
  };
  const auto straight = [&](float share) { return 1.0f - share * (1.0f - plan.taper); };
  rib_at(0.0f, 1.0f);
  if (plan.kink > 0) rib_at(plan.kink, plan.kink_chord);
  if (plan.round) {
    for (const float share : {0.5f, 0.8f, 0.94f, 1.0f}) {
      const float off = 2.0f * share - 1.0f, chord = straight(share) * numeric::sqrt(std::max(1.0f - off * off, 0.01f));
      rib_at(share, chord);
      wing.rib[wing.ribs - 1].edge[0] -= 0.35f * (straight(share) - chord) * plan.chord;
    }
  } else {
    rib_at(1.0f, plan.taper);
  }
  return wing;
}

/// A wing with an upturned tip of this height.
inline AirplaneWing with_winglet(AirplaneWing wing, float height) {
  AirplaneRib tip = wing.rib[wing.ribs - 1];
  tip.edge = tip.edge + Vec<3>{-0.9f * tip.chord, 0.3f * height, height};
  tip.chord *= 0.45f;
  wing.add(tip);
  return wing;
}

/// The rib at a share of a wing's width in y.
inline AirplaneRib rib_at(const AirplaneWing& wing, float share) {
  const float y = wing.rib[0].edge[1] + share * (wing.rib[wing.ribs - 1].edge[1] - wing.rib[0].edge[1]);
  int i = 1;
  while (i + 1 < wing.ribs && wing.rib[i].edge[1] < y) ++i;
  const AirplaneRib &a = wing.rib[i - 1], &b = wing.rib[i];
  const float t = (y - a.edge[1]) / (b.edge[1] - a.edge[1]);
  return {a.edge + t * (b.edge - a.edge), a.chord + t * (b.chord - a.chord), a.thickness};
}

enum class Tail { conventional, cross, tee, vee, twin };

// What add_... of AirplaneDraft take. They are aggregates so that the random numbers in a list of them are drawn from
// left to right; in a list of arguments any compiler may draw in an order of its own.

/// `end` is where the trailing edges' roots are.
struct TailPlan {
  Tail tail;
  float fin_chord, fin_height;
  float half_span;  ///< of the tail plane, from its root
  float sweep, end = -0.99f;
};
struct PropellerPlan {
  float x, y, z, radius;
};
struct WheelPlan {
  float x, y, top, bottom, radius;  ///< its leg reaches up to `top`
};
/// One wheel at nose_x on the plane of symmetry, two at main_x, +-y.
struct GearPlan {
  float nose_x, main_x, y, top, bottom, radius;
};
struct CanopyPlan {
  float x, length, width, height;  ///< half the width; the height above its axis
};
struct JetPlan {
  float x, y, z, radius, length;  ///< x: the intake
};
struct TurbopropPlan {
  float x, y, z, radius, length, propeller;  ///< x: the spinner
};

/// An airplane that is being drawn: the random numbers and the parts that several kinds share.
class AirplaneDraft {
 public:
  AirplaneDraft(AirplaneKind kind, Random& random) : random_(random) { airplane.kind = kind; }

  Airplane airplane;

  float between(float low, float high) { return random_.uniform(low, high); }
  bool chance(float probability) { return random_.uniform() < probability; }

  void add(const AirplaneBody& body) { airplane.add(body); }
  void add(const AirplaneWing& wing) { airplane.add(wing); }

  /// The fuselage has the length 1: its nose is at x = 0, its tail at x = -1, its axis on z = 0.
  const AirplaneBody& hull() const { return airplane.body[0]; }

  /// Fin and tail plane.
  void add_tail(const TailPlan& p) {
    const auto [tail, chord, height, half_span, sweep, end] = p;
    const float rise = hull().tail_rise * hull().half_height;
    const float y = 0.3f * hull().half_width, taper = between(0.3f, 0.75f), thickness = between(0.07f, 0.11f);
    const float plane_chord = chord * between(0.65f, 0.95f), plane_sweep = sweep * between(0.6f, 1.0f);
    const float lift = between(0.0f, 8.0f);
    WingPlan fin{.x = end + chord,
                 .z = 0.8f * rise,
                 .chord = chord,
                 .span = height,
                 .sweep = sweep,
                 .taper = taper,
                 .dihedral = 90,
                 .thickness = thickness};
    WingPlan plane{.x = end + plane_chord,
                   .y = y,
                   .z = 0.7f * rise,
                   .chord = plane_chord,
                   .span = half_span,
                   .sweep = plane_sweep,
                   .taper = between(0.35f, 0.9f),
                   .dihedral = lift,
                   .thickness = thickness};
    if (tail == Tail::tee || tail == Tail::cross) {
      const float up = tail == Tail::tee ? 1.0f : between(0.25f, 0.55f);
      plane.x = fin.x - up * height * slope(sweep);
      plane.y = 0.001f, plane.z = fin.z + 0.98f * up * height, plane.dihedral *= 0.3f;
    } else if (tail == Tail::vee) {
      plane.dihedral = between(32.0f, 48.0f);
    } else if (tail == Tail::twin) {
      fin.y = y + half_span * between(0.25f, 0.95f), fin.z = plane.z - between(0.0f, 0.3f) * height;
      fin.x = end + chord - 0.3f * (fin.y - y) * slope(plane_sweep);
      fin.dihedral = between(75.0f, 89.0f);
    }
    if (tail != Tail::vee) add(wing_of(fin));
    add(wing_of(plane));
  }

  /// Two blades before x, across the axis of a body.
  void add_propeller(const PropellerPlan& p) {
    const bool upright = chance(0.5f);
    const float breadth = 0.07f * p.radius;
    add(AirplaneBody{.x = p.x,
                     .y = p.y,
                     .z = p.z,
                     .length = 0.08f * p.radius,
                     .half_width = upright ? breadth : p.radius,
                     .half_height = upright ? p.radius : breadth,
                     .nose = 0.5f,
                     .tail = 0.5f});
  }

  void add_wheel(const WheelPlan& p) {
    add(AirplaneBody{.x = p.x + p.radius,
                     .y = p.y,
                     .z = p.bottom + p.radius,
                     .length = 2.0f * p.radius,
                     .half_width = 0.45f * p.radius,
                     .half_height = p.radius,
                     .nose = 0.5f,
                     .tail = 0.5f});
    const float leg = 0.5f * (p.top - p.bottom - p.radius);
    if (leg > 0)
      add(AirplaneBody{.x = p.x + 0.25f * p.radius,
                       .y = p.y,
                       .z = p.bottom + p.radius + leg,
                       .length = 0.5f * p.radius,
                       .half_width = 0.2f * p.radius,
                       .half_height = leg,
                       .nose = 0.5f,
                       .tail = 0.5f,
                       .roundness = 4});
  }

  void add_gear(const GearPlan& p) {
    add_wheel({p.nose_x, 0.0f, p.top, p.bottom, 0.8f * p.radius});
    add_wheel({p.main_x, p.y, p.top, p.bottom, p.radius});
  }

  /// Two wheels, and one below the nose (with that probability) or the tail, when the airplane may stand with its nose
  /// up. Where the plan has its nose wheel does not count.
  void add_light_gear(float nose_wheel, const GearPlan& p) {
    if (chance(nose_wheel)) return add_gear({-between(0.06f, 0.14f), p.main_x, p.y, p.top, p.bottom, p.radius});
    if (chance(0.6f)) airplane.pitch = between(0.08f, 0.24f);
    const float middle = hull().tail_rise * hull().half_height;
    add_wheel({-0.95f, 0.0f, middle, middle - 1.2f * hull().half_height, 0.8f * p.radius});
    add_wheel({p.main_x, p.y, p.top, p.bottom, p.radius});
  }

  /// A canopy of this length and height above the hull's upper side.
  void add_canopy(const CanopyPlan& p) {
    add(AirplaneBody{.x = p.x,
                     .z = hull().half_height * between(0.45f, 0.75f),
                     .length = p.length,
                     .half_width = p.width,
                     .half_height = p.height,
                     .nose = between(0.3f, 0.45f),
                     .tail = 1.0f - between(0.45f, 0.6f)});
  }

  /// A jet engine at both sides, its intake at x.
  void add_jet(const JetPlan& p) {
    add(AirplaneBody{.x = p.x,
                     .y = p.y,
                     .z = p.z,
                     .length = p.length,
                     .half_width = p.radius,
                     .half_height = p.radius,
                     .nose = 0.35f,
                     .tail = 0.5f,
                     .nose_end = between(0.7f, 0.95f),
                     .tail_end = between(0.4f, 0.75f)});
  }

  /// A propeller engine at both sides, in a nacelle whose spinner is at x.
  void add_turboprop(const TurbopropPlan& p) {
    add(AirplaneBody{.x = p.x,
                     .y = p.y,
                     .z = p.z,
                     .length = p.length,
                     .half_width = p.radius,
                     .half_height = p.radius * between(0.9f, 1.5f),
                     .nose = 0.2f,
                     .tail = 0.5f,
                     .nose_end = between(0.1f, 0.6f),
                     .tail_end = between(0.05f, 0.4f)});
    if (chance(0.6f)) add_propeller({p.x, p.y, p.z, p.propeller});
  }

 private:
  Random& random_;
};

}  // namespace mace::detail
