// SPDX-License-Identifier: Apache-2.0
// How far a set of airplanes is from what we draw, and from what a prior over those can say, beside drawn airplanes
// that neither has seen.
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <vector>

#include "common/command_line.hpp"
#include "mace/cpu.hpp"
#include "mace/io/cloud_set.hpp"
#include "mace/model/latent_vae.hpp"
#include "mace/prior/vae_prior.hpp"
#include "shapes/airplane.hpp"

using namespace mace;

namespace {

using Sample = Cloud<2048>;

struct Settings {
  std::string prior, set;
  Index generated = 4096;
  std::uint64_t seed = 1;
};

std::vector<Sample> draw(Cpu& exec, Index count, Stream stream) {
  std::vector<Sample> clouds(static_cast<std::size_t>(count));
  exec.for_each_sample(count, [&](Index i) {
    Random random({exec.seed(), stream, 0}, static_cast<std::uint32_t>(i));
    sample_airplane(random_airplane(random), random, clouds[static_cast<std::size_t>(i)].xyz, Sample::points);
  });
  return clouds;
}

std::vector<SortedCloud> sorted(Cpu& exec, const std::vector<Sample>& clouds) {
  std::vector<SortedCloud> out(clouds.size());
  exec.for_each_sample(static_cast<Index>(clouds.size()), [&](Index i) {
    const auto at = static_cast<std::size_t>(i);
    out[at].assign(clouds[at].xyz, Sample::points);
  });
  return out;
}

/// For each cloud CD_1 to the nearest of the others.
std::vector<float> nearest(Cpu& exec, const std::vector<SortedCloud>& clouds, const std::vector<SortedCloud>& others) {
  std::vector<float> best(clouds.size(), numeric::infinity);
  exec.for_each_sample(static_cast<Index>(clouds.size()), [&](Index i) {
    const auto at = static_cast<std::size_t>(i);
    for (const SortedCloud& other : others) {
      const float there = directed_chamfer_sum(Neighbors<1>{}, exec.isa(), clouds[at], other);
      if (there < best[at])
        best[at] = std::min(best[at], there + directed_chamfer_sum(Neighbors<1>{}, exec.isa(), other, clouds[at]));
    }
  });
  return best;
}

/// CD_1 of each cloud and its decoded code.
template <class Shape>
std::vector<float> reconstruction(Cpu& exec, const VaePrior& prior, const std::vector<Sample>& clouds) {
  const auto count = static_cast<Index>(clouds.size());
  LatentVae<Cpu, Shape> model(exec, prior.weights, prior.prior_sigma);
  auto codes = exec.allocate<float>(2 * Shape::latents * count), latents = exec.allocate<float>(Shape::latents * count);
  auto decoded = exec.allocate<Sample>(count);
  const MatrixView<float> code = codes.matrix(2 * Shape::latents, count), z = latents.matrix(Shape::latents, count);
  model.encode(exec, std::span<const Sample>(clouds), code);
  for (Index i = 0; i < count; ++i) std::copy_n(code.column(i), Shape::latents, z.column(i));
  model.decode(exec, z, decoded.span());
  std::vector<float> distance(clouds.size());
  exec.for_each_sample(count, [&](Index i) {
    const auto at = static_cast<std::size_t>(i);
    SortedCloud left, right;
    left.assign(clouds[at].xyz, Sample::points);
    right.assign(decoded.data()[i].xyz, Sample::points);
    distance[at] = chamfer_sum(Neighbors<1>{}, exec.isa(), left, right);
  });
  return distance;
}

void print(const char* what, std::vector<float> distance) {
  std::sort(distance.begin(), distance.end());
  const double mean = std::accumulate(distance.begin(), distance.end(), 0.0) / static_cast<double>(distance.size());
  std::printf("%-52s mean %.3f, median %.3f, 90 %% below %.3f\n", what, mean,
              static_cast<double>(distance[distance.size() / 2]),
              static_cast<double>(distance[distance.size() * 9 / 10]));
}

template <class Shape>
void judge(Cpu& exec, const Safetensors& file, const std::vector<Sample>& set, const std::vector<Sample>& held_out) {
  const VaePrior prior = read_vae<Shape>(file);
  print("the set, encoded and decoded:", reconstruction<Shape>(exec, prior, set));
  print("held-out drawn airplanes, encoded and decoded:", reconstruction<Shape>(exec, prior, held_out));
}

void run(const Settings& s) {
  Cpu exec = cpu({.seed = s.seed});
  const std::vector<Sample> set = read_cloud_set<Sample::points>(s.set), held_out = draw(exec, 200, Stream::evaluation);
  if (!s.prior.empty()) {
    const Safetensors file = read_safetensors(s.prior);
    require_task(file, "planes");
    with_vae_shape<SmallPlanesVae, PaperVae>(file, [&]<class Shape>() { judge<Shape>(exec, file, set, held_out); });
  }
  if (s.generated > 0) {
    const auto others = sorted(exec, draw(exec, s.generated, Stream::data));
    print("the set to the nearest drawn airplane:", nearest(exec, sorted(exec, set), others));
    print("held-out drawn ones to the nearest drawn airplane:", nearest(exec, sorted(exec, held_out), others));
  }
}

}  // namespace

int main(int argc, char** argv) {
  Settings s;
  CLI::App app("Measures (CD_1) how well drawn airplanes, and a prior over them, cover a set of clouds.",
               "plane_prior");
  app.add_option("--set", s.set, "clouds of 2048 points: an .npy file [n, 2048, 3] or a folder of PLY files")
      ->required();
  app.add_option("--prior", s.prior, "a prior that train_planes wrote")->check(CLI::ExistingFile);
  app.add_option("--generated", s.generated,
                 "how many airplanes are drawn to find the nearest among; 0: leave that out")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--seed", s.seed, "of the drawn airplanes")->capture_default_str();
  return examples::run_program(app, argc, argv, [&] { run(s); });
}
