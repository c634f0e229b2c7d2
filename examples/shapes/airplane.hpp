// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mace/core/philox.hpp"
#include "mace/core/view.hpp"
#include "shapes/airplane_jets.hpp"
#include "shapes/airplane_others.hpp"
#include "shapes/airplane_propellers.hpp"
#include "shapes/airplane_surface.hpp"

namespace mace {

/// An airplane of a kind, its parameters uniform in the ranges that airplane_jets.hpp, airplane_propellers.hpp and
/// airplane_others.hpp list.
inline Airplane random_airplane(AirplaneKind kind, Random& random) {
  detail::AirplaneDraft draft(kind, random);
  switch (kind) {
    case AirplaneKind::airliner:
      detail::draw_airliner(draft);
      break;
    case AirplaneKind::business_jet:
      detail::draw_business_jet(draft);
      break;
    case AirplaneKind::turboprop:
      detail::draw_turboprop(draft);
      break;
    case AirplaneKind::light:
      detail::draw_light(draft);
      break;
    case AirplaneKind::biplane:
      detail::draw_biplane(draft);
      break;
    case AirplaneKind::glider:
      detail::draw_glider(draft);
      break;
    case AirplaneKind::fighter:
      detail::draw_fighter(draft);
      break;
    case AirplaneKind::delta:
      detail::draw_delta(draft);
      break;
    case AirplaneKind::flying_wing:
      detail::draw_flying_wing(draft);
      break;
    case AirplaneKind::bomber:
      detail::draw_bomber(draft);
      break;
    case AirplaneKind::model:
      detail::draw_model(draft);
      break;
  }
  return draft.airplane;
}

/// An airplane of a kind drawn with these weights: airliner 25 %, light 17 %, turboprop and fighter 11 %, delta 9 %,
/// business jet, bomber and model 7 % each, glider, biplane and flying wing 2 % each.
inline Airplane random_airplane(Random& random) {
  constexpr float weight[airplane_kinds] = {0.25f, 0.07f, 0.11f, 0.17f, 0.02f, 0.02f,
                                            0.11f, 0.09f, 0.02f, 0.07f, 0.07f};
  float left = random.uniform();
  int kind = 0;
  while (kind + 1 < airplane_kinds && left >= weight[kind]) left -= weight[kind++];
  return random_airplane(static_cast<AirplaneKind>(kind), random);
}

/// `points` points uniform in area on the surface, as x, y, z: nose +x, left wing +y, up +z, the bounding box of the
/// surface (not of the points) centered at the origin with a diagonal of 1.
inline void sample_airplane(const Airplane& airplane, Random& random, float* xyz, Index points) {
  AirplaneSurface surface(airplane);
  surface.normalize();
  const AirplaneSampler sampler(surface);
  for (Index i = 0; i < points; ++i) {
    const Vec<3> p = sampler(random);
    for (int axis = 0; axis < 3; ++axis) xyz[3 * i + axis] = p[axis];
  }
}

}  // namespace mace
