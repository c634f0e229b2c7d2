// SPDX-License-Identifier: Apache-2.0
// A trained prior, in the dark: three fingers feel an airplane, and a probe beside its nose meets nothing. The program
// takes the prior's file, priors/planes.safetensors.
#include <cstdio>
#include <exception>
#include <span>
#include <utility>

#include "mace/cpu.hpp"
#include "mace/prior/vae_prior.hpp"

using mace::Vec;

int main(int argc, char** argv) try {
  mace::require(argc == 2, "wanted the file of the airplanes' prior, got ", argc - 1, " arguments");
  using Shape = mace::SmallPlanesVae;
  // [excerpt]
  auto exec = mace::cpu({.seed = 7});
  auto model = mace::load_vae<Shape>(exec, argv[1]);
  const auto airplane = mace::draw(exec, model, 1).front();  // nose +x, up +z, box diagonal 1

  const Vec<3> from[] = {{1, 0, 0}, {0, 1, 0}, {0, -1, 0}};  // the nose and the wings' tips, toward the middle
  const mace::Contact<Shape::points> fingers(from);
  const auto felt = mace::find_contacts(fingers.fingers(), airplane.xyz, Shape::points);
  const mace::Ray beside[] = {{.direction = {0, 0, 1}, .origin = {0.35f, 0.2f, -0.5f}}};
  const mace::Contact<Shape::points> probe(beside);  // down to where the origin is, and met nothing

  mace::FanOut simulator(fingers, probe);
  mace::Product score(mace::ContactMatch<8>(felt), mace::Untouched<8>(probe.fingers()));
  mace::Tuner tuner(exec, model, std::move(simulator), std::move(score),
                    {.samples = 256, .quantile = 1.0 / 16, .rounds = 15}, mace::Adam{}, mace::TopQuantile{},
                    mace::MomentMatch{});  // the classical cross-entropy method: no gradient steps, but moments
  const mace::Report report = tuner.run();
  // [excerpt]

  const float before = report.history.front().mean_score, after = report.history.back().mean_score;
  std::printf("mean score %.3f before, %.3f after %td rounds\n", double(before), double(after), report.rounds);
  mace::require(1 - after < 0.5f * (1 - before), "wanted half of what lacked of a score of 1, got ", before, " and ",
                after);
} catch (const std::exception& error) {
  std::fprintf(stderr, "11_touch: %s\n", error.what());
  return 1;
}
