// SPDX-License-Identifier: Apache-2.0
// An engine as the simulator, here Bullet: a puck was pushed over a table with a cushion and came to rest. How was it
// pushed? Straight to where it lies, or off the cushion: the tuned model draws both. The simulator takes a whole round
// at once; each push has a world of its own, so that the same push has the same end.
#include <btBulletDynamicsCommon.h>

#include <cstdio>
#include <span>
#include <vector>

#include "mace/cpu.hpp"

using mace::Vec;

// A table with a puck at its origin and a cushion at y = 1 m.
class Table {
 public:
  Table() {
    world_.setGravity({0, 0, -9.81});
    for (btRigidBody* body : {&table_, &cushion_, &puck_}) {
      body->setFriction(0.5);  // of a pair it is the product
      body->setRestitution(0.9);
      world_.addRigidBody(body);
    }
    puck_.setAngularFactor(0);  // it slides and does not turn
  }
  // Where the puck stops when it is pushed off at that velocity, meters a second.
  Vec<2> push(const Vec<2>& velocity) {
    puck_.setLinearVelocity({velocity[0], velocity[1], 0});
    for (int step = 0; step < 600 && puck_.getLinearVelocity().length() > 0.01; ++step)
      world_.stepSimulation(1.0 / 120, 0);  // one step of that length, whatever the clock says
    const btVector3& at = puck_.getWorldTransform().getOrigin();
    return {float(at.x()), float(at.y())};
  }

 private:
  btDefaultCollisionConfiguration configuration_;
  btCollisionDispatcher dispatcher_{&configuration_};
  btDbvtBroadphase broadphase_;
  btSequentialImpulseConstraintSolver solver_;
  btStaticPlaneShape up_{{0, 0, 1}, 0}, inwards_{{0, -1, 0}, -1};
  btCylinderShapeZ disc_{{0.05, 0.05, 0.02}};
  btDefaultMotionState start_{btTransform(btQuaternion::getIdentity(), {0, 0, 0.02})};
  btRigidBody table_{{0, nullptr, &up_}}, cushion_{{0, nullptr, &inwards_}};
  btRigidBody puck_{{0.2, &start_, &disc_, {2e-4, 2e-4, 2.5e-4}}};
  btDiscreteDynamicsWorld world_{&dispatcher_, &broadphase_, &solver_, &configuration_};
};

// [excerpt]
struct Push {
  using Sample = Vec<2>;   // its velocity
  using Outcome = Vec<2>;  // where the puck lies then
  void simulate(mace::Cpu&, std::span<const Sample> pushes, std::span<Outcome> places) const {
    for (std::size_t i = 0; i < pushes.size(); ++i) places[i] = Table().push(pushes[i]);
  }
};
// [excerpt]

struct Seen {
  using Outcome = Vec<2>;
  Vec<2> at;
  MACE_HD float operator()(const Vec<2>& place) const {
    const Vec<2> off = place - at;
    return -0.5f * dot(off, off) / (0.05f * 0.05f);  // errors of 5 cm
  }
};

int main() try {
  std::vector<float> grid;  // the prior: 0 to 4 m/s to the right and towards the cushion
  for (int i = 0; i < 64; ++i) grid.insert(grid.end(), {0.25f + 0.5f * float(i % 8), 0.25f + 0.5f * float(i / 8)});
  auto exec = mace::cpu({.seed = 7});
  mace::GaussianMixture<mace::Cpu, 2, 64> model(exec, grid, 0.25f);

  const Vec<2> seen{1, 0.6f};
  mace::Tuner tuner(exec, model, Push{}, Seen{.at = seen},
                    {.samples = 512, .quantile = 1.0 / 8, .rounds = 5, .steps_per_round = 40},
                    mace::Adam{.rate = 0.01});
  tuner.run();  // ends while both ways are in the model: longer runs narrow to one

  std::vector<Vec<2>> pushes(400), places(400);
  model.sample(exec, {.seed = 2}, pushes);
  Push().simulate(exec, pushes, places);
  int straight = 0, banked = 0;
  for (std::size_t i = 0; i < pushes.size(); ++i)
    if (norm(places[i] - seen) < 0.15f) ++(pushes[i][1] < 2 ? straight : banked);
  std::printf("%d of 400 pushes end within 15 cm of (1, 0.6): %d straight, %d off the cushion\n", straight + banked,
              straight, banked);
  mace::require(straight > 80 && banked > 80 && straight + banked > 320, "wanted over 320 of 400 pushes to end there, ",
                "over 80 each way, got ", straight, " straight and ", banked, " off the cushion");
  const Vec<2> again = Table().push(pushes[0]);
  mace::require(again[0] == places[0][0] && again[1] == places[0][1], "wanted (", places[0][0], ", ", places[0][1],
                ") of the same push again, got (", again[0], ", ", again[1], ")");
} catch (const std::exception& error) {
  std::fprintf(stderr, "05_engine: %s\n", error.what());
  return 1;
}
