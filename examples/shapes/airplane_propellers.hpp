// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/airplane_draft.hpp"

/// The kinds with propellers, and gliders. Lengths are shares of the fuselage's length.
namespace mace::detail {

/// Airliners and transports with turboprops on straight wings, and large single-engined ones.
inline void draw_turboprop(AirplaneDraft& draft) {
  const float width = draft.between(0.040f, 0.070f);
  draft.add(AirplaneBody{.half_width = width,
                         .half_height = width * draft.between(1.0f, 1.25f),
                         .nose = draft.between(0.14f, 0.26f),
                         .tail = draft.between(0.35f, 0.55f),
                         .nose_power = draft.between(0.5f, 0.75f),
                         .tail_end = draft.between(0.06f, 0.25f),
                         .nose_drop = draft.between(0.2f, 0.6f),
                         .tail_rise = draft.between(0.3f, 0.8f),
                         .roundness = draft.between(2.0f, 2.8f)});
  const float height = draft.hull().half_height, half_span = draft.between(0.40f, 0.66f);
  const bool high = draft.chance(0.5f), single = draft.chance(0.2f);
  WingPlan plan{.x = -draft.between(0.26f, 0.44f), .y = high ? 0.01f : 0.7f * width};
  plan.z = high ? draft.between(0.85f, 1.1f) * height : -draft.between(0.4f, 0.8f) * height;
  plan.span = half_span - plan.y, plan.chord = draft.between(0.10f, 0.18f), plan.taper = draft.between(0.35f, 0.7f);
  plan.sweep = draft.between(0.0f, 6.0f), plan.dihedral = high ? draft.between(0.0f, 3.0f) : draft.between(2.0f, 8.0f);
  if (draft.chance(0.5f)) plan.kink = draft.between(0.3f, 0.45f), plan.kink_chord = draft.between(0.92f, 1.0f);
  const AirplaneWing wing = wing_of(plan);
  draft.add(wing);
  float leg = width;
  if (single) {
    draft.add_propeller({0.01f, 0.0f, -0.2f * height, draft.between(0.08f, 0.13f)});
  } else {
    const AirplaneRib rib = rib_at(wing, draft.between(0.2f, 0.36f));
    leg = rib.edge[1];
    const float radius = width * draft.between(0.3f, 0.55f), length = draft.between(0.18f, 0.32f);
    const float below = draft.between(-0.3f, 0.8f);
    draft.add_turboprop({rib.edge[0] + draft.between(0.4f, 0.65f) * length, leg, rib.edge[2] - below * radius, radius,
                         length, draft.between(0.06f, 0.09f)});
  }
  draft.add_tail({draft.chance(0.45f)   ? Tail::tee
                  : draft.chance(0.25f) ? Tail::cross
                                        : Tail::conventional,
                  draft.between(0.13f, 0.22f), draft.between(0.14f, 0.22f), draft.between(0.14f, 0.24f),
                  draft.between(15.0f, 42.0f)});
  if (draft.chance(0.55f))
    draft.add_gear({-draft.between(0.08f, 0.16f), plan.x - 0.6f * plan.chord, high && !single ? 1.2f * width : leg,
                    -0.5f * height, -height - draft.between(0.03f, 0.07f), draft.between(0.012f, 0.02f)});
}

/// The cabin, the wing and what holds both of a light airplane.
inline AirplaneWing add_light_wing(AirplaneDraft& draft, bool high) {
  const float width = draft.hull().half_width, height = draft.hull().half_height;
  const float cabin = draft.between(0.16f, 0.27f), length = draft.between(0.28f, 0.48f);
  if (draft.chance(0.85f))
    draft.add_canopy({-cabin, length, draft.between(0.65f, 0.95f) * width, draft.between(0.5f, 0.95f) * height});
  WingPlan plan{.x = -draft.between(0.22f, 0.34f), .y = high ? 0.01f : 0.6f * width};
  plan.z = high ? draft.between(1.0f, 1.5f) * height : -draft.between(0.4f, 0.9f) * height;
  plan.span = draft.between(0.52f, 0.82f) - plan.y, plan.chord = draft.between(0.15f, 0.27f);
  plan.sweep = draft.between(-2.0f, 6.0f), plan.dihedral = high ? draft.between(0.0f, 3.0f) : draft.between(2.0f, 8.0f);
  plan.taper = draft.chance(0.5f) ? draft.between(0.85f, 1.0f) : draft.between(0.45f, 0.85f);
  plan.thickness = draft.between(0.10f, 0.16f);
  if (draft.chance(0.25f))
    plan.kink = draft.between(0.35f, 0.55f), plan.kink_chord = 1.0f;
  else if (draft.chance(0.12f))
    plan.round = true;
  const AirplaneWing wing = wing_of(plan);
  draft.add(wing);
  if (high && draft.chance(0.6f)) {  // struts from the fuselage to the wing
    const AirplaneRib rib = rib_at(wing, draft.between(0.4f, 0.6f));
    const AirplaneRib foot{{plan.x - 0.3f * plan.chord, 0.9f * width, -0.6f * height}, 0.02f, 0.3f};
    AirplaneWing strut;
    strut.add(foot);
    strut.add({rib.edge + Vec<3>{-0.3f * rib.chord, 0.0f, 0.0f}, 0.02f, 0.3f});
    draft.add(strut);
  }
  return wing;
}

/// Light airplanes with the large wing behind, swept or straight, and a smaller one in front instead of a tail plane.
inline void draw_canard(AirplaneDraft& draft) {
  const float width = draft.between(0.055f, 0.085f);
  draft.add(AirplaneBody{.half_width = width,
                         .half_height = width * draft.between(0.9f, 1.3f),
                         .nose = draft.between(0.3f, 0.5f),
                         .tail = draft.between(0.3f, 0.6f),
                         .tail_end = draft.between(0.1f, 0.4f),
                         .tail_rise = draft.between(0.0f, 0.5f)});
  const float height = draft.hull().half_height;
  WingPlan plan{.x = -draft.between(0.35f, 0.6f), .y = 0.7f * width, .z = draft.between(-0.4f, 0.9f) * height};
  plan.span = draft.between(0.45f, 0.8f), plan.chord = draft.between(0.14f, 0.4f),
  plan.sweep = draft.between(0.0f, 32.0f);
  plan.taper = draft.between(0.25f, 0.8f), plan.dihedral = draft.between(-4.0f, 5.0f);
  const bool fins_at_tips = draft.chance(0.6f);
  draft.add(fins_at_tips ? with_winglet(wing_of(plan), draft.between(0.1f, 0.2f)) : wing_of(plan));
  plan.x = -draft.between(0.03f, 0.15f), plan.z = -draft.between(-0.3f, 0.8f) * height,
  plan.span *= draft.between(0.35f, 0.95f);
  plan.chord = draft.between(0.08f, 0.16f), plan.sweep = draft.between(0.0f, 8.0f),
  plan.dihedral = draft.between(-12.0f, 4.0f);
  draft.add(wing_of(plan));
  if (!fins_at_tips)
    draft.add(wing_of({.x = -0.8f,
                       .z = 0.3f * height,
                       .chord = 0.2f,
                       .span = draft.between(0.12f, 0.22f),
                       .sweep = 30,
                       .dihedral = 90}));
  draft.add_propeller({draft.chance(0.7f) ? -1.01f : 0.01f, 0.0f, 0.0f, draft.between(0.1f, 0.18f)});
}

/// Light airplanes: one engine in the nose or two on the wings.
inline void draw_light(AirplaneDraft& draft) {
  if (draft.chance(0.06f)) return draw_canard(draft);
  const float width = draft.between(0.040f, 0.078f);
  draft.add(AirplaneBody{.half_width = width,
                         .half_height = width * draft.between(0.95f, 1.4f),
                         .nose = draft.between(0.15f, 0.35f),
                         .tail = draft.between(0.5f, 0.7f),
                         .nose_power = draft.between(0.35f, 0.6f),
                         .nose_end = draft.between(0.1f, 0.5f),
                         .tail_end = draft.between(0.06f, 0.2f),
                         .nose_drop = draft.between(-0.1f, 0.4f),
                         .tail_rise = draft.between(0.0f, 0.7f),
                         .roundness = draft.between(2.0f, 3.5f)});
  const float height = draft.hull().half_height;
  const bool high = draft.chance(0.4f), twin = !high && draft.chance(0.25f);
  const AirplaneWing wing = add_light_wing(draft, high);
  if (twin) {
    const AirplaneRib rib = rib_at(wing, draft.between(0.2f, 0.34f));
    const float length = draft.between(0.2f, 0.38f);
    draft.add_turboprop({rib.edge[0] + 0.5f * length, rib.edge[1], rib.edge[2], draft.between(0.02f, 0.035f), length,
                         draft.between(0.08f, 0.11f)});
    if (draft.chance(0.3f)) {
      const AirplaneRib tip = wing.rib[wing.ribs - 1];
      draft.add(AirplaneBody{.x = tip.edge[0] + 0.05f,
                             .y = tip.edge[1],
                             .z = tip.edge[2],
                             .length = 1.6f * tip.chord,
                             .half_width = 0.018f,
                             .half_height = 0.018f});
    }
  } else if (draft.chance(0.75f)) {
    draft.add_propeller({0.02f, 0.0f, 0.0f, draft.between(0.10f, 0.15f)});
  }
  draft.add_tail({draft.chance(0.1f)    ? Tail::tee
                  : draft.chance(0.08f) ? Tail::vee
                  : draft.chance(0.05f) ? Tail::twin
                                        : Tail::conventional,
                  draft.between(0.12f, 0.22f), draft.between(0.11f, 0.2f), draft.between(0.14f, 0.25f),
                  draft.between(5.0f, 42.0f)});
  if (draft.chance(0.7f))
    draft.add_light_gear(
        0.7f, {0.0f, wing.rib[0].edge[0] - draft.between(0.1f, 0.5f) * wing.rib[0].chord, draft.between(0.1f, 0.19f),
               -0.4f * height, -height - draft.between(0.06f, 0.13f), draft.between(0.018f, 0.03f)});
}

/// Biplanes.
inline void draw_biplane(AirplaneDraft& draft) {
  const float width = draft.between(0.042f, 0.07f);
  draft.add(AirplaneBody{.half_width = width,
                         .half_height = width * draft.between(1.0f, 1.5f),
                         .nose = draft.between(0.08f, 0.25f),
                         .tail = draft.between(0.5f, 0.7f),
                         .nose_end = draft.between(0.3f, 0.7f),
                         .tail_end = draft.between(0.08f, 0.2f),
                         .tail_rise = draft.between(0.0f, 0.6f),
                         .roundness = draft.between(2.0f, 3.5f)});
  const float height = draft.hull().half_height, half_span = draft.between(0.5f, 0.74f);
  WingPlan plan{.x = -draft.between(0.18f, 0.32f), .y = 0.6f * width, .z = -draft.between(0.5f, 1.0f) * height};
  plan.span = half_span - plan.y, plan.chord = draft.between(0.14f, 0.26f), plan.taper = draft.between(0.85f, 1.0f);
  plan.sweep = draft.between(0.0f, 8.0f), plan.dihedral = draft.between(0.0f, 4.0f);
  const AirplaneWing lower = wing_of(plan);
  const float gap = draft.between(0.14f, 0.26f), stagger = draft.between(-0.03f, 0.1f);
  plan.x += stagger, plan.y = 0.001f, plan.z += gap, plan.span = half_span * draft.between(1.0f, 1.15f);
  const AirplaneWing upper = wing_of(plan);
  draft.add(lower);
  draft.add(upper);
  const float outer = draft.between(0.6f, 0.8f);
  for (const float share : {0.1f, outer}) {
    AirplaneWing strut;
    for (const AirplaneWing* wing : {&lower, &upper}) {
      const AirplaneRib rib = rib_at(*wing, share);
      strut.add({rib.edge + Vec<3>{-0.4f * rib.chord, 0.0f, 0.0f}, 0.02f, 0.3f});
    }
    draft.add(strut);
  }
  if (draft.chance(0.7f)) draft.add_propeller({0.02f, 0.0f, 0.0f, draft.between(0.11f, 0.16f)});
  draft.add_tail({Tail::conventional, draft.between(0.12f, 0.2f), draft.between(0.1f, 0.16f),
                  draft.between(0.16f, 0.24f), draft.between(5.0f, 30.0f)});
  if (draft.chance(0.75f))
    draft.add_light_gear(0.1f, {0.0f, -draft.between(0.16f, 0.28f), draft.between(0.08f, 0.15f), -0.4f * height,
                                -height - draft.between(0.07f, 0.13f), draft.between(0.02f, 0.035f)});
}

/// Gliders: long slender wings, a slender fuselage.
inline void draw_glider(AirplaneDraft& draft) {
  const float width = draft.between(0.025f, 0.05f);
  draft.add(AirplaneBody{.half_width = width,
                         .half_height = width * draft.between(1.1f, 1.4f),
                         .nose = draft.between(0.2f, 0.32f),
                         .tail = draft.between(0.6f, 0.7f),
                         .tail_end = draft.between(0.15f, 0.35f),
                         .tail_rise = draft.between(0.0f, 0.6f)});
  const float height = draft.hull().half_height;
  WingPlan plan{.x = -draft.between(0.25f, 0.38f), .y = 0.5f * width, .z = draft.between(0.0f, 0.9f) * height};
  plan.span = draft.between(0.75f, 1.25f), plan.chord = draft.between(0.09f, 0.2f),
  plan.taper = draft.between(0.35f, 0.8f);
  plan.sweep = draft.between(-1.0f, 4.0f), plan.dihedral = draft.between(0.0f, 7.0f);
  if (draft.chance(0.5f)) plan.kink = draft.between(0.45f, 0.7f), plan.kink_chord = draft.between(0.8f, 1.0f);
  draft.add(wing_of(plan));
  draft.add_tail({draft.chance(0.55f)  ? Tail::tee
                  : draft.chance(0.2f) ? Tail::vee
                                       : Tail::conventional,
                  draft.between(0.1f, 0.17f), draft.between(0.1f, 0.2f), draft.between(0.14f, 0.26f),
                  draft.between(5.0f, 30.0f)});
}

}  // namespace mace::detail
