// SPDX-License-Identifier: Apache-2.0
#include "mace/prior/arm_prior.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/model/autoregressive.hpp"
#include "mace/robot/panda_arm.hpp"
#include "mace/simulate/arm.hpp"
#include "mace/simulate/arm_cpu.hpp"
#include "support/autoregressive.hpp"
#include "support/comma_locale.hpp"
#include "support/errors.hpp"

using namespace mace;
using SevenJoints = AutoregressiveShape<7, 3, 2, 1, 8>;

namespace {

ArmPrior<SevenJoints> small_prior() {
  return {test::random_arm<SevenJoints>(1), joint_limits<7>(panda_description()), {{"robot", "panda"}}};
}

std::string refusal(const Safetensors& file, const ChainDescription& chain) {
  return test::error_of([&] { read_arm_prior<SevenJoints>(file, chain); });
}

}  // namespace

TEST_CASE("an arm prior's file gives weights, limits and what was noted back") {
  const ArmPrior<SevenJoints> prior = small_prior();
  ChainDescription chain = panda_description();
  const Safetensors file = arm_file(prior, chain);
  CHECK(file.metadata.at("network") == "7 x 8-6");
  CHECK(file.tensors.at("joint.3.0.weight").shape == std::vector<Index>{8, 6});
  const ArmPrior<SevenJoints> read = read_arm_prior<SevenJoints>(file, chain);
  CHECK(read.weights == prior.weights);
  CHECK(read.about.at("robot") == "panda");
  for (int j = 0; j < 7; ++j) {
    CHECK(read.limits.low[j] == static_cast<float>(chain.joints[static_cast<std::size_t>(j)].lower));
    CHECK(read.limits.high[j] == static_cast<float>(chain.joints[static_cast<std::size_t>(j)].upper));
  }
  chain.joints[2].upper += 1e-7;  // as another description of the same arm rounds it
  chain.tip.position[2] -= 1e-7;
  CHECK(refusal(file, chain) == "");
}

TEST_CASE("an arm prior's file is written and read alike in every locale") {
  const ChainDescription chain = panda_description();
  const Safetensors file = arm_file(small_prior(), chain);
  const test::CommaLocale locale;
  CHECK(arm_file(small_prior(), chain).metadata == file.metadata);
  CHECK(refusal(file, chain) == "");
}

TEST_CASE("an arm prior of another arm is refused") {
  const Safetensors file = arm_file(small_prior(), panda_description());
  ChainDescription chain = panda_description();
  SUBCASE("another tip") {
    chain.tip_name = "panda_hand_tcp";
    CHECK(refusal(file, chain) ==
          "tensors: wanted a prior of an arm whose tip is 'panda_hand_tcp', got 'panda_grasptarget'");
  }
  SUBCASE("another base") {
    chain.base_name = "world";
  }
  SUBCASE("other limits") {
    chain.joints[5].upper = 3.8223;
  }
  SUBCASE("another tool under the same name") {
    chain.tip.position[2] += 0.0016;
  }
  SUBCASE("another length between two joints") {
    chain.joints[4].origin.position[1] += 0.01;
  }
  SUBCASE("another number of joints") {
    chain.joints.pop_back();
  }
  CHECK(refusal(file, chain) != "");
}

TEST_CASE("what is no prior of this network is refused") {
  Safetensors file = arm_file(small_prior(), panda_description());
  std::string words = "tensor";
  SUBCASE("another network") {
    CHECK_THROWS_WITH_AS((read_arm_prior<AutoregressiveShape<7, 3, 2, 2, 8>>(file, panda_description())),
                         "tensors: wanted a prior of the network 7 x 8-8-6, got '7 x 8-6'", Error);
    file.metadata["network"] = "", words = "network";
  }
  SUBCASE("another task") {
    file.metadata["task"] = "boxes", words = "task \"arm\"";
  }
  SUBCASE("no task") {
    file.metadata.erase("task"), words = "does not say its task";
  }
  SUBCASE("limits that are no numbers") {
    file.metadata["upper"] = "1 2 x", words = "upper: wanted a number, got 'x'";
  }
  SUBCASE("too few limits") {
    file.metadata["upper"] = "2.8973 1.7628", words = "upper is 2.8973 1.7628 2.8973";
  }
  SUBCASE("a tensor is missing") {
    file.tensors.erase("joint.6.1.bias");
  }
  SUBCASE("one too many") {
    file.tensors["more"] = {{1}, {0}};
  }
  SUBCASE("a weight that is no number") {
    file.tensors["joint.0.0.weight"].values[0] = numeric::not_a_number;
  }
  const std::string got = refusal(file, panda_description());
  CAPTURE(got);
  CHECK(test::contains(got, words));
}

TEST_CASE(
    "the shipped prior draws configurations that are near where the tip shall be, within the limits and mostly free") {
  const ArmDescription arm = panda_arm();
  const std::string path = MACE_SOURCE_DIR "/priors/panda.safetensors";
  CHECK(read_safetensors(path).metadata.at("robot") == "panda");
  Cpu exec({.seed = 1});
  auto model = load_arm_prior<7>(exec, path, arm.chain);
  CHECK_THROWS_AS(load_arm_prior<7>(exec, MACE_SOURCE_DIR "/priors/boxes.safetensors", arm.chain), Error);
  Arm<7> simulator(exec, arm, Scene{});
  const SerialChain<7> chain = arm.chain.chain<7>();
  double distance = 0, colliding = 0, spread = 0;
  constexpr Index goals = 20, each = 100;
  for (Index g = 0; g < goals; ++g) {
    Random random({1, Stream::evaluation, 0}, static_cast<std::uint32_t>(g));
    Vec<7> q;
    for (int j = 0; j < 7; ++j) q[j] = random.uniform(model.limits().low[j], model.limits().high[j]);
    const Vec<3> goal = chain.position(q);
    model.set_condition(exec, std::span<const float>(goal.v));
    std::vector<Vec<7>> samples(each);
    std::vector<ArmOutcome<float>> outcomes(each);
    model.sample(exec, {1, Stream::evaluation, 1 + static_cast<std::uint32_t>(g)}, samples);
    simulate(exec, simulator, std::span<const Vec<7>>(samples), std::span(outcomes));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const Vec<3> miss = outcomes[i].end_effector.position - goal;
      distance += std::sqrt(static_cast<double>(dot(miss, miss))) / (goals * each);
      colliding += outcomes[i].clearance < 0 ? 1.0 / (goals * each) : 0;
      spread += std::abs(static_cast<double>(samples[i][2] - samples[0][2])) / (goals * each);
      REQUIRE(chain.within_limits(samples[i]));
    }
  }
  // The tips of two configurations drawn at random are 85 cm apart.
  CHECK(distance < 0.15);
  CHECK(colliding < 0.15);
  CHECK(spread > 1);  // of the elbow's turns, radians
}
