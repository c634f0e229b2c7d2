// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "shapes/airplane_draft.hpp"

/// The kinds with jet engines. Lengths are shares of the fuselage's length.
namespace mace::detail {

/// Landing gear below a jet's wing.
inline void add_jet_gear(AirplaneDraft& draft, const AirplaneWing& wing) {
  const AirplaneBody& hull = draft.hull();
  const float wheel = draft.between(0.009f, 0.014f), bottom = -hull.half_height - draft.between(0.02f, 0.05f);
  const float back = wing.rib[0].edge[0] - 0.75f * wing.rib[0].chord;
  draft.add_gear({-draft.between(0.08f, 0.14f), back, hull.half_width * draft.between(0.7f, 1.3f), -hull.half_height,
                  bottom, wheel});
}

/// A jet engine on the plane of symmetry.
inline void add_middle_engine(AirplaneDraft& draft, float x, float z, float radius, float length) {
  draft.add(AirplaneBody{.x = x,
                         .z = z,
                         .length = length,
                         .half_width = radius,
                         .half_height = radius,
                         .nose = 0.3f,
                         .tail = 0.5f,
                         .nose_end = 0.85f,
                         .tail_end = 0.4f});
}

/// An airliner's two or three engines at the tail.
inline void add_tail_engines(AirplaneDraft& draft, float gap) {
  const float width = draft.hull().half_width, height = draft.hull().half_height;
  const float radius = width * draft.between(0.4f, 0.62f), length = draft.between(0.11f, 0.19f);
  draft.add_jet({-draft.between(0.66f, 0.76f), width + (0.3f + gap) * radius, draft.between(0.1f, 0.5f) * height,
                 radius, length});
  if (draft.chance(0.25f)) add_middle_engine(draft, -draft.between(0.72f, 0.80f), 1.35f * height, radius, 0.2f);
}

/// An airliner's two to four engines below its wing, one of three above the tail.
inline void add_wing_engines(AirplaneDraft& draft, const AirplaneWing& wing, bool high, float gap) {
  const float width = draft.hull().half_width;
  const bool four = draft.chance(high ? 0.9f : 0.25f);
  const float radius = four ? width * draft.between(0.32f, 0.5f) : width * draft.between(0.45f, 0.78f);
  const float length = radius * draft.between(2.6f, 4.2f), ahead = draft.between(0.45f, 0.95f);
  for (const bool outer : {false, true}) {
    if (outer && !four) continue;
    const AirplaneRib rib = rib_at(wing, outer ? draft.between(0.54f, 0.68f) : draft.between(0.22f, 0.34f));
    draft.add_jet(
        {rib.edge[0] + ahead * length, rib.edge[1], rib.edge[2] - (0.8f + 0.5f * gap) * radius, radius, length});
  }
  if (!four && draft.chance(0.08f)) add_middle_engine(draft, -0.78f, 1.6f * draft.hull().half_height, radius, 0.22f);
}

/// Airliners: two or four engines below swept wings, or two or three at the tail.
inline void draw_airliner(AirplaneDraft& draft) {
  const float width = draft.between(0.036f, 0.062f);
  draft.add(AirplaneBody{.half_width = width,
                         .half_height = width * draft.between(0.98f, 1.15f),
                         .nose = draft.between(0.10f, 0.18f),
                         .tail = draft.between(0.28f, 0.42f),
                         .nose_power = draft.between(0.5f, 0.65f),
                         .tail_end = draft.between(0.05f, 0.2f),
                         .nose_drop = draft.between(0.15f, 0.45f),
                         .tail_rise = draft.between(0.45f, 0.85f)});
  const float height = draft.hull().half_height;
  const bool rear = draft.chance(0.28f), high = !rear && draft.chance(0.08f);
  const float half_span = rear ? draft.between(0.29f, 0.42f) : draft.between(0.37f, 0.57f);
  WingPlan plan{.y = 0.75f * width, .z = (high ? 0.8f : -draft.between(0.35f, 0.75f)) * height};
  plan.x = rear ? -draft.between(0.36f, 0.48f) : -draft.between(0.28f, 0.40f);
  plan.chord = half_span * draft.between(0.36f, 0.58f), plan.span = half_span - plan.y;
  plan.sweep = high ? draft.between(12.0f, 25.0f) : draft.between(22.0f, 40.0f);
  plan.taper = draft.between(0.12f, 0.32f);
  plan.dihedral = high ? -draft.between(0.0f, 4.0f) : draft.between(3.0f, 9.0f);
  plan.kink = draft.between(0.25f, 0.42f), plan.kink_chord = draft.between(0.52f, 0.70f);
  AirplaneWing wing = wing_of(plan);
  const float fin_chord = draft.between(0.12f, 0.2f), fin_sweep = draft.between(30.0f, 45.0f);
  const float gap = draft.between(0.3f, 0.9f);
  if (rear)
    add_tail_engines(draft, gap);
  else
    add_wing_engines(draft, wing, high, gap);
  draft.add(draft.chance(0.35f) ? with_winglet(wing, draft.between(0.02f, 0.06f)) : wing);
  const Tail tail = (rear && draft.chance(0.85f)) || (high && draft.chance(0.8f)) ? Tail::tee : Tail::conventional;
  draft.add_tail({tail, fin_chord, draft.between(0.11f, 0.20f), draft.between(0.13f, 0.20f), fin_sweep,
                  -draft.between(0.92f, 1.02f)});
  if (draft.chance(0.12f))
    draft.add_canopy({-0.04f, draft.between(0.25f, 0.4f), 0.8f * width, 0.75f * height});  // an upper deck
  if (draft.chance(0.45f)) add_jet_gear(draft, wing);
}

/// Business jets: smaller and stouter, engines at the tail.
inline void draw_business_jet(AirplaneDraft& draft) {
  const float width = draft.between(0.042f, 0.064f);
  draft.add(AirplaneBody{.half_width = width,
                         .half_height = width * draft.between(1.0f, 1.2f),
                         .nose = draft.between(0.18f, 0.30f),
                         .tail = draft.between(0.35f, 0.55f),
                         .nose_power = draft.between(0.55f, 0.85f),
                         .tail_end = draft.between(0.05f, 0.2f),
                         .nose_drop = draft.between(0.2f, 0.6f),
                         .tail_rise = draft.between(0.3f, 0.8f)});
  const float height = draft.hull().half_height, half_span = draft.between(0.33f, 0.60f);
  WingPlan plan{.x = -draft.between(0.34f, 0.48f), .y = 0.7f * width, .z = -draft.between(0.5f, 0.85f) * height};
  plan.chord = draft.between(0.15f, 0.24f), plan.span = half_span - plan.y;
  plan.sweep = draft.between(2.0f, 34.0f), plan.taper = draft.between(0.25f, 0.5f),
  plan.dihedral = draft.between(2.0f, 7.0f);
  if (draft.chance(0.5f)) plan.kink = 0.3f, plan.kink_chord = draft.between(0.65f, 0.8f);
  const AirplaneWing wing = wing_of(plan);
  const float radius = width * draft.between(0.42f, 0.62f), length = draft.between(0.14f, 0.22f);
  draft.add_jet({-draft.between(0.56f, 0.68f), width + draft.between(0.7f, 1.2f) * radius,
                 draft.between(0.2f, 0.7f) * height, radius, length});
  draft.add(draft.chance(0.4f) ? with_winglet(wing, draft.between(0.03f, 0.07f)) : wing);
  const Tail tail = draft.chance(0.65f) ? Tail::tee : draft.chance(0.6f) ? Tail::cross : Tail::conventional;
  draft.add_tail({tail, draft.between(0.14f, 0.22f), draft.between(0.13f, 0.20f), draft.between(0.15f, 0.22f),
                  draft.between(25.0f, 50.0f)});
  if (draft.chance(0.5f)) add_jet_gear(draft, wing);
}

/// The fuselage of a fighter: pointed, with intakes and a canopy.
inline void add_fighter_hull(AirplaneDraft& draft) {
  const float width = draft.between(0.035f, 0.060f);
  draft.add(AirplaneBody{.half_width = width,
                         .half_height = width * draft.between(0.9f, 1.4f),
                         .nose = draft.between(0.28f, 0.55f),
                         .tail = draft.between(0.1f, 0.4f),
                         .nose_power = draft.between(0.6f, 1.15f),
                         .tail_end = draft.between(0.4f, 0.8f),
                         .nose_drop = draft.between(0.0f, 0.5f),
                         .roundness = draft.between(2.0f, 3.0f)});
  const float height = draft.hull().half_height, length = draft.between(0.18f, 0.32f);
  draft.add_canopy(
      {-draft.between(0.14f, 0.24f), length, draft.between(0.5f, 0.75f) * width, draft.between(0.6f, 1.0f) * height});
  if (!draft.chance(0.6f)) return;
  const float start = draft.between(0.28f, 0.42f), size = draft.between(0.4f, 0.8f),
              side = draft.between(0.7f, 1.0f) * width;
  draft.add(AirplaneBody{.x = -start,
                         .y = side,
                         .z = -draft.between(0.0f, 0.4f) * height,
                         .length = draft.between(0.94f, 1.0f) - start,
                         .half_width = size * width,
                         .half_height = 0.8f * draft.between(0.7f, 1.0f) * height,
                         .nose = 0.1f,
                         .tail = draft.between(0.15f, 0.4f),
                         .nose_end = 0.85f,
                         .tail_end = draft.between(0.4f, 0.8f),
                         .roundness = draft.between(2.0f, 5.0f)});
}

/// What hangs below a fighter's wing, and its gear.
inline void add_fighter_stores(AirplaneDraft& draft, const AirplaneWing& wing) {
  for (int pair = 0; pair < 2; ++pair) {
    if (!draft.chance(0.4f)) continue;
    const AirplaneRib rib = rib_at(wing, pair == 0 ? draft.between(0.15f, 0.6f) : draft.between(0.6f, 1.0f));
    const float radius = draft.between(0.008f, 0.02f);
    draft.add(AirplaneBody{.x = rib.edge[0] + draft.between(0.0f, 0.08f),
                           .y = rib.edge[1],
                           .z = rib.edge[2] - 2.0f * radius,
                           .length = draft.between(0.12f, 0.42f),
                           .half_width = radius,
                           .half_height = radius});
  }
  if (draft.chance(0.35f)) add_jet_gear(draft, wing);
}

/// Fighters with a swept wing and a tail plane.
inline void draw_fighter(AirplaneDraft& draft) {
  add_fighter_hull(draft);
  const float width = draft.hull().half_width, height = draft.hull().half_height;
  const float half_span = draft.between(0.24f, 0.44f);
  WingPlan plan{.x = -draft.between(0.34f, 0.52f),
                .y = draft.between(0.7f, 1.3f) * width,
                .z = draft.between(-0.5f, 0.6f) * height};
  plan.span = half_span - plan.y, plan.chord = draft.between(0.18f, 0.42f), plan.sweep = draft.between(10.0f, 55.0f);
  plan.taper = draft.between(0.15f, 0.5f), plan.dihedral = draft.between(-6.0f, 4.0f),
  plan.thickness = draft.between(0.04f, 0.08f);
  const AirplaneWing wing = wing_of(plan);
  draft.add(wing);
  if (draft.chance(0.12f)) {  // engines on the wings
    const AirplaneRib rib = rib_at(wing, draft.between(0.3f, 0.5f));
    draft.add_jet({rib.edge[0] + draft.between(0.05f, 0.15f), rib.edge[1], rib.edge[2], draft.between(0.028f, 0.045f),
                   draft.between(0.3f, 0.45f)});
  }
  if (draft.chance(0.35f))  // the wing's root drawn forward
    draft.add(wing_of({.x = plan.x + draft.between(0.1f, 0.22f),
                       .y = 0.8f * width,
                       .z = plan.z,
                       .chord = 0.35f,
                       .span = draft.between(0.03f, 0.08f),
                       .sweep = 70,
                       .taper = 0.4f,
                       .thickness = 0.03f}));
  const Tail tail = draft.chance(0.35f) ? Tail::twin : draft.chance(0.12f) ? Tail::vee : Tail::conventional;
  draft.add_tail({tail, draft.between(0.16f, 0.28f), draft.between(0.11f, 0.2f), draft.between(0.12f, 0.2f),
                  draft.between(25.0f, 55.0f), -draft.between(0.95f, 1.06f)});
  add_fighter_stores(draft, wing);
}

/// Tailless deltas, some with canards.
inline void draw_delta(AirplaneDraft& draft) {
  add_fighter_hull(draft);
  const float width = draft.hull().half_width, height = draft.hull().half_height;
  const float half_span = draft.between(0.26f, 0.42f);
  WingPlan plan{.y = 0.6f * width, .z = draft.between(-0.7f, 0.2f) * height, .chord = draft.between(0.42f, 0.68f)};
  plan.x = plan.chord - draft.between(0.88f, 1.0f), plan.span = half_span - plan.y;
  plan.taper = draft.between(0.03f, 0.2f), plan.dihedral = draft.between(-4.0f, 2.0f),
  plan.thickness = draft.between(0.03f, 0.06f);
  const float back = draft.between(-0.06f, 0.06f);  // how far the tips' trailing edge is ahead of the root's
  plan.sweep = std::clamp(degrees((plan.chord * (1.0f - plan.taper) - back) / plan.span), 35.0f, 68.0f);
  if (draft.chance(0.25f))
    plan.round = true;
  else if (draft.chance(0.25f))
    plan.kink = draft.between(0.3f, 0.5f), plan.kink_chord = draft.between(0.4f, 0.65f);
  const AirplaneWing wing = wing_of(plan);
  draft.add(wing);
  const float fin_chord = draft.between(0.2f, 0.34f), fin_height = draft.between(0.12f, 0.22f),
              fin_sweep = draft.between(40.0f, 58.0f);
  const bool twin = draft.chance(0.15f);
  draft.add(wing_of({.x = fin_chord - draft.between(0.92f, 1.02f),
                     .y = twin ? draft.between(0.06f, 0.2f) : 0.0f,
                     .z = 0.5f * height,
                     .chord = fin_chord,
                     .span = fin_height,
                     .sweep = fin_sweep,
                     .taper = draft.between(0.2f, 0.45f),
                     .dihedral = twin ? 78.0f : 90.0f,
                     .thickness = 0.06f}));
  if (draft.chance(0.35f))
    draft.add(wing_of({.x = -draft.between(0.18f, 0.34f),
                       .y = 0.8f * width,
                       .z = draft.between(0.1f, 0.7f) * height,
                       .chord = draft.between(0.08f, 0.15f),
                       .span = draft.between(0.06f, 0.15f),
                       .sweep = draft.between(35.0f, 60.0f),
                       .taper = 0.3f,
                       .dihedral = draft.between(-5.0f, 10.0f),
                       .thickness = 0.05f}));
  add_fighter_stores(draft, wing);
}

}  // namespace mace::detail
