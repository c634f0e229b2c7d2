// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/airplane_draft.hpp"

/// Flying wings, bombers and transports, models. Lengths are shares of the fuselage's length.
namespace mace::detail {

/// Little but a wing.
inline void draw_flying_wing(AirplaneDraft& draft) {
  const bool slender = draft.chance(0.5f);
  const float width = draft.between(0.05f, 0.12f),
              chord = slender ? draft.between(0.4f, 0.9f) : draft.between(0.75f, 1.0f);
  draft.add(AirplaneBody{.half_width = width,
                         .half_height = width * draft.between(0.5f, 1.0f),
                         .nose = draft.between(0.25f, 0.45f),
                         .tail = draft.between(0.3f, 0.5f),
                         .tail_end = draft.between(0.0f, 0.4f)});
  WingPlan plan{.x = chord - 1.0f,
                .y = 0.3f * width,
                .chord = chord,
                .span = slender ? draft.between(0.8f, 1.3f) : draft.between(0.45f, 0.85f)};
  if (slender) plan.x = -draft.between(0.05f, 0.3f);
  plan.sweep = slender ? draft.between(12.0f, 38.0f) : draft.between(5.0f, 50.0f);
  plan.taper = draft.between(0.15f, 0.6f), plan.dihedral = draft.between(-2.0f, 4.0f),
  plan.thickness = draft.between(0.06f, 0.15f);
  plan.round = !slender && draft.chance(0.4f);
  const AirplaneWing wing = wing_of(plan);
  const bool winglets = draft.chance(0.5f);
  draft.add(winglets ? with_winglet(wing, draft.between(0.08f, 0.2f)) : wing);
  if (draft.chance(0.4f))
    draft.add_canopy(
        {-draft.between(0.0f, 0.2f), draft.between(0.3f, 0.8f), 0.7f * width, draft.between(0.5f, 1.3f) * width});
  if (draft.chance(winglets ? 0.2f : 0.6f)) {
    const float fin = draft.between(0.2f, 0.35f);
    draft.add(wing_of({.x = fin - 1.0f,
                       .z = 0.02f,
                       .chord = fin,
                       .span = draft.between(0.1f, 0.25f),
                       .sweep = draft.between(15.0f, 50.0f),
                       .taper = 0.4f,
                       .dihedral = 90}));
  }
  if (draft.chance(0.25f))
    draft.add_propeller({draft.chance(0.5f) ? 0.02f : -1.02f, 0.0f, 0.0f, draft.between(0.1f, 0.18f)});
}

/// Bombers and transports: large, two or four engines of either kind.
inline void draw_bomber(AirplaneDraft& draft) {
  const bool jet = draft.chance(0.4f), high = draft.chance(0.5f), four = draft.chance(0.65f);
  const float width = draft.between(0.035f, 0.065f);
  draft.add(AirplaneBody{.half_width = width,
                         .half_height = width * draft.between(1.0f, 1.3f),
                         .nose = draft.between(0.1f, 0.25f),
                         .tail = draft.between(0.4f, 0.65f),
                         .tail_end = draft.between(0.05f, 0.35f),
                         .nose_drop = draft.between(0.0f, 0.5f),
                         .tail_rise = draft.between(0.1f, 0.8f)});
  const float height = draft.hull().half_height;
  WingPlan plan{.x = -draft.between(0.22f, 0.36f), .y = 0.5f * width, .z = (high ? 0.8f : -0.4f) * height};
  plan.span = (jet ? draft.between(0.42f, 0.6f) : draft.between(0.5f, 0.76f)) - plan.y;
  plan.chord = jet ? draft.between(0.17f, 0.27f) : draft.between(0.14f, 0.24f);
  plan.taper = draft.between(0.25f, 0.55f), plan.sweep = jet ? draft.between(22.0f, 40.0f) : draft.between(0.0f, 14.0f);
  plan.dihedral = draft.between(-2.0f, 7.0f), plan.round = !jet && draft.chance(0.2f);
  const AirplaneWing wing = wing_of(plan);
  draft.add(wing);
  const float radius = width * draft.between(0.35f, 0.55f),
              length = jet ? radius * draft.between(3.0f, 5.0f) : draft.between(0.13f, 0.25f);
  for (const bool outer : {false, true}) {
    if (outer && !four) continue;
    const AirplaneRib rib = rib_at(wing, outer ? draft.between(0.5f, 0.65f) : draft.between(0.2f, 0.32f));
    const float x = rib.edge[0] + draft.between(0.4f, 0.7f) * length;
    if (jet)
      draft.add_jet({x, rib.edge[1], rib.edge[2] - 1.3f * radius, radius, length});
    else
      draft.add_turboprop({x, rib.edge[1], rib.edge[2], radius, length, draft.between(0.06f, 0.1f)});
  }
  draft.add_tail({draft.chance(0.25f)   ? Tail::tee
                  : draft.chance(0.15f) ? Tail::twin
                                        : Tail::conventional,
                  draft.between(0.14f, 0.24f), draft.between(0.13f, 0.2f), draft.between(0.16f, 0.26f),
                  draft.between(15.0f, 42.0f)});
  if (draft.chance(0.08f))  // a radar's dish
    draft.add(AirplaneBody{.x = plan.x + 0.05f,
                           .z = height + draft.between(0.05f, 0.1f),
                           .length = 0.36f,
                           .half_width = 0.18f,
                           .half_height = 0.02f,
                           .nose = 0.5f,
                           .tail = 0.5f});
  if (!jet && draft.chance(0.15f)) draft.airplane.pitch = draft.between(0.1f, 0.2f);
  if (draft.chance(0.4f))
    draft.add_gear({-0.12f, plan.x - 0.5f * plan.chord, 1.3f * width, -0.5f * height,
                    -height - draft.between(0.02f, 0.06f), draft.between(0.012f, 0.025f)});
}

/// Models and drones: a pod or a plain fuselage, a large plain wing, a tail on one boom or on two.
inline void draw_model(AirplaneDraft& draft) {
  const bool booms = draft.chance(0.25f);
  const float width = draft.between(0.02f, 0.05f), long_hull = booms ? draft.between(0.55f, 0.8f) : 1.0f;
  draft.add(AirplaneBody{.length = long_hull,
                         .half_width = width,
                         .half_height = width * draft.between(1.0f, 1.9f),
                         .nose = draft.between(0.15f, 0.35f),
                         .tail = draft.between(0.4f, 0.64f),
                         .nose_power = draft.between(0.4f, 0.7f),
                         .tail_end = draft.between(0.08f, 0.4f),
                         .tail_rise = draft.between(0.0f, 0.5f),
                         .roundness = draft.between(2.0f, 4.0f)});
  const float height = draft.hull().half_height;
  WingPlan plan{.x = -draft.between(0.16f, 0.34f), .y = 0.4f * width, .z = draft.between(-0.9f, 1.3f) * height};
  plan.span = draft.between(0.45f, 0.85f), plan.chord = draft.between(0.16f, 0.36f),
  plan.taper = draft.between(0.5f, 1.0f);
  plan.sweep = draft.between(-3.0f, 10.0f), plan.dihedral = draft.between(0.0f, 9.0f),
  plan.thickness = draft.between(0.05f, 0.15f);
  plan.round = draft.chance(0.15f);
  draft.add(wing_of(plan));
  const float span = draft.between(0.16f, 0.3f), chord = draft.between(0.12f, 0.24f), fin = draft.between(0.09f, 0.2f);
  if (booms) {
    draft.add(AirplaneBody{
        .x = plan.x, .y = span, .z = plan.z, .length = 1.0f + plan.x, .half_width = 0.013f, .half_height = 0.016f});
    draft.add(wing_of(
        {.x = chord - 1.0f, .y = 0.001f, .z = plan.z, .chord = chord, .span = span, .taper = 1, .thickness = 0.06f}));
    draft.add(wing_of({.x = chord - 1.0f,
                       .y = span,
                       .z = plan.z,
                       .chord = chord,
                       .span = fin,
                       .sweep = draft.between(0.0f, 30.0f),
                       .dihedral = 88,
                       .thickness = 0.06f}));
  } else {
    draft.add_tail({draft.chance(0.2f)   ? Tail::tee
                    : draft.chance(0.2f) ? Tail::vee
                                         : Tail::conventional,
                    chord, fin, span, draft.between(0.0f, 35.0f)});
  }
  if (draft.chance(0.35f)) draft.add_propeller({0.01f, 0.0f, 0.0f, draft.between(0.08f, 0.15f)});
  if (draft.chance(0.3f))
    draft.add_gear({draft.chance(0.5f) ? -0.1f : -0.95f, plan.x - 0.2f, draft.between(0.08f, 0.15f), -0.5f * height,
                    -height - draft.between(0.04f, 0.1f), 0.02f});
}

}  // namespace mace::detail
