// SPDX-License-Identifier: Apache-2.0
#include "mace/collision/scene.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "support/errors.hpp"

namespace mace {
namespace {

std::string refusal(const Scene& scene) {
  return test::error_of([&] { scene.checked(); });
}

TEST_CASE("a scene of every kind of obstacle is sound") {
  Scene scene;
  scene.boxes = {{{{}, {0.1, 0, 0.1}}, "plate"}, {{{}, {1, 1, 1}}}};
  scene.spheres = {{{{1, 0, 0}, 0.1}, "ball"}};
  scene.capsules = {{{{0, 0, 0}, {0, 0, 1}, 0.1}}};
  scene.cylinders = {{{{}, 0.1, 0.2}, "can"}};
  scene.half_spaces = {{{{0, 0.6, -0.8}, -1}, "wall"}};
  scene.hulls = {{{{{0, 0, 0}, {1, 0, 0}, {0, 1, 0}}}, "sheet"}};
  scene.ground = 0;
  scene.may_touch = {{"hand", "ball"}};
  CHECK(refusal(scene).empty());
}

TEST_CASE("what makes no sense in a scene is refused by its kind, number and name") {
  Scene scene;
  scene.cylinders = {{{{}, 0.1, 0.2}}, {{{}, 0.1, 0}, "can"}};
  CHECK(refusal(scene) == "Scene: cylinder 1 'can': wanted a radius and half a length above 0, got 0.1 and 0");
  scene.cylinders = {{{{}, 0, 0.2}}};
  CHECK(refusal(scene) == "Scene: cylinder 0: wanted a radius and half a length above 0, got 0 and 0.2");
  scene.cylinders = {{{{}, INFINITY, 0.2}}};
  CHECK(test::contains(refusal(scene), "cylinder 0: wanted a radius and half a length above 0, got inf"));
  scene.cylinders = {{{{.x = {2, 0, 0}}, 0.1, 0.2}}};
  CHECK(refusal(scene) == "Scene: cylinder 0: wanted axes of length 1, at right angles");
  scene.cylinders.clear();

  scene.half_spaces = {{{{0, 0, 2}, 0}, "floor"}};
  CHECK(refusal(scene) == "Scene: half-space 0 'floor': wanted a normal of length 1, got length 2");
  scene.half_spaces = {{{{0, 0, NAN}, 0}}};
  CHECK(test::contains(refusal(scene), "half-space 0: wanted a normal of length 1, got length"));
  scene.half_spaces = {{{{0, 0, 1}, NAN}}};
  CHECK(refusal(scene) == "Scene: half-space 0: wanted a finite height");
  scene.half_spaces.clear();

  scene.hulls = {{{{}}, "nothing"}};
  CHECK(refusal(scene) == "Scene: hull 0 'nothing': wanted points, got none");
  scene.hulls = {{{{{0, 0, 0}, {0, INFINITY, 0}}}}};
  CHECK(refusal(scene) == "Scene: hull 0: wanted finite points, got 0, inf, 0");
}

TEST_CASE("a name stands for one obstacle") {
  Scene scene;
  scene.boxes = {{{{}, {1, 1, 1}}}, {{{}, {1, 1, 1}}, "shelf"}};
  scene.spheres = {{{{0, 0, 0}, 1}}, {{{0, 0, 0}, 1}}, {{{0, 0, 0}, 1}, "shelf"}};
  CHECK(refusal(scene) == "Scene: wanted different names, got 'shelf' of box 1 and of sphere 2");
  scene.spheres[2].name = "ground";
  CHECK(refusal(scene).empty());
  scene.ground = 0;
  CHECK(refusal(scene) == "Scene: wanted different names, got 'ground' of ground and of sphere 2");
  scene.spheres.clear();
  scene.may_touch = {{"hand", ""}};
  CHECK(refusal(scene) == "Scene: may_touch: wanted two names, got 'hand' and ''");
}

TEST_CASE("a body without a name is called by its kind and number") {
  CHECK(body_name(BodyKind::box, 3, "") == "box 3");
  CHECK(body_name(BodyKind::half_space, 0, "") == "half-space 0");
  CHECK(body_name(BodyKind::box, 3, "shelf_top") == "shelf_top");
  CHECK(body_name(BodyKind::ground, 0, "") == "ground");
}

}  // namespace
}  // namespace mace
