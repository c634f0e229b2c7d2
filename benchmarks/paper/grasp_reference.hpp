// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "paper/grasp_table.hpp"

/// Tuned samples against a reference by rejection, beyond the paper: what the prior alone says once it has to agree
/// with the contacts.
namespace mace::benchmarks {

/// Latents, a sample a row.
using Latents = std::vector<std::vector<double>>;

/// The mean distance between a sample of the one and a sample of the other (another, where they are the same set).
inline double mean_distance(const Latents& a, const Latents& b) {
  double sum = 0;
  for (const auto& x : a)
    for (const auto& y : b) {
      double square = 0;
      for (std::size_t l = 0; l < x.size(); ++l) square += (x[l] - y[l]) * (x[l] - y[l]);
      sum += std::sqrt(square);
    }
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  return sum / (&a == &b ? n * (n - 1) : n * m);
}

/// The energy distance of two samples, as a share of the mean distance between them: 0 for the same distribution, 1 for
/// two points (Székely and Rizzo, "Energy statistics", 2013). Without bias, so it may fall below 0.
inline double energy_distance(const Latents& a, const Latents& b) {
  const double between = mean_distance(a, b);
  return (2 * between - mean_distance(a, a) - mean_distance(b, b)) / (2 * between);
}

/// The standard deviation of the latents, averaged.
inline double mean_deviation(const Latents& z) {
  double sum = 0;
  for (std::size_t l = 0; l < z.front().size(); ++l) {
    double mean = 0, square = 0;
    for (const auto& x : z) mean += x[l] / static_cast<double>(z.size());
    for (const auto& x : z) square += (x[l] - mean) * (x[l] - mean);
    sum += std::sqrt(square / static_cast<double>(z.size() - 1));
  }
  return sum / static_cast<double>(z.front().size());
}

/// Draws that were accepted, and of how many.
struct Accepted {
  Latents latents;
  Index drawn = 0;
};

/// Of at most `count` draws N(mu, sigma^2) of a model's latents, those whose contact error is at most the tolerance;
/// 1000 are enough.
template <class Shape>
Accepted accepted(Cpu& exec, LatentVae<Cpu, Shape>& model, const examples::Grasp& grasp, double tolerance, Index count,
                  std::uint32_t round) {
  constexpr Index batch = 1024, latents = Shape::latents;
  constexpr std::size_t enough = 1000;
  auto memory = exec.allocate<float>(latents * batch);
  auto clouds = exec.allocate<typename Shape::Sample>(batch);
  auto felt = exec.allocate<examples::Grasp::Felt>(batch);
  const MatrixView<float> z = memory.matrix(latents, batch);
  Accepted result;
  Latents& kept = result.latents;
  for (; result.drawn < count && kept.size() < enough; ++round) {
    exec.fill_normal(z, {exec.seed(), Stream::evaluation, round});
    for (Index i = 0; i < batch; ++i)
      for (Index l = 0; l < latents; ++l) {
        const auto at = static_cast<std::size_t>(l);
        z(l, i) = model.mean()[at] + numeric::exp(model.log_sigma()[at]) * z(l, i);
      }
    model.decode(exec, z, clouds.span());
    find_contacts(exec, grasp.fingers(), std::span<const typename Shape::Sample>(clouds.span()), felt.span());
    for (Index i = 0; i < batch && result.drawn < count && kept.size() < enough; ++i, ++result.drawn)
      if (static_cast<double>(grasp.error(felt.data()[i])) <= tolerance)
        kept.emplace_back(z.column(i), z.column(i) + latents);
  }
  return result;
}

/// One object: the preset's tuned samples against `count` prior samples, both kept where they agree with the contacts
/// at least as well as the tuned samples do on average. So what differs is how they are spread there.
template <class Shape>
Json grasp_reference(const GraspSetting& s, const VaePrior& prior, const examples::GraspPreset& preset, Index object,
                     Index count) {
  constexpr std::uint32_t round = 1'000'000;
  Cpu exec({.seed = static_cast<std::uint64_t>(object), .threads = s.threads});
  LatentVae<Cpu, Shape> model(exec, prior.weights, prior.prior_sigma);
  const examples::Grasp grasp(examples::grasp_rays(true), s.object(object));
  auto tuner = grasp.tuner(exec, model, preset.options, preset.rate, false);
  tuner.run();
  const double tolerance = 1 - grasp.draw(exec, model, preset.best_of).score;
  const Latents tuned = accepted(exec, model, grasp, tolerance, 100'000, round).latents;
  model.reset(exec);
  const auto [reference, drawn] = accepted(exec, model, grasp, tolerance, count, 2 * round);
  const Latents untuned = accepted(exec, model, grasp, 1e9, 1000, 4 * round).latents;
  Json json{{"object", object},
            {"tolerance", tolerance},
            {"tuned", tuned.size()},
            {"reference", reference.size()},
            {"drawn", drawn}};
  if (tuned.size() < 50 || reference.size() < 50) return json;  // too few to compare
  const auto middle = reference.begin() + static_cast<std::ptrdiff_t>(reference.size() / 2);
  json["energy"] = energy_distance(tuned, reference);
  json["energy_of_prior"] = energy_distance(untuned, reference);
  json["energy_of_halves"] = energy_distance(Latents(reference.begin(), middle), Latents(middle, reference.end()));
  json["deviation_ratio"] = mean_deviation(tuned) / mean_deviation(reference);
  return json;
}

/// The first objects, with the paper's numbers and with ours.
template <class Shape>
Json grasp_references(const GraspSetting& s, Index objects, Index count) {
  const VaePrior prior = read_vae<Shape>(s.prior);
  std::printf(
      "\nTuned samples, and a reference: prior samples, at most %td, that agree with the contacts as well\n\n"
      "| tuned by | object | error, at most | reference: accepted | of drawn | energy distance of the tuned to it | "
      "of the prior | of its halves | deviation of the tuned over its |\n|---|---|---|---|---|---|---|---|---|\n",
      count);
  Json json;
  for (const auto& [name, preset] :
       {std::pair{"mace", examples::paper_grasp()}, std::pair{"quick", examples::quick_grasp()}})
    for (Index i = 0; i < objects; ++i) {
      const Json one = grasp_reference<Shape>(s, prior, preset, i, count);
      std::printf("| %s | %td | %.4f | %zu | %td |", name, i, one["tolerance"].get<double>(),
                  one["reference"].get<std::size_t>(), one["drawn"].get<Index>());
      for (const char* what : {"energy", "energy_of_prior", "energy_of_halves", "deviation_ratio"})
        std::printf(one.contains(what) ? " %.3f |" : " too few |", one.value(what, 0.0));
      std::printf("\n");
      json[name].push_back(one);
    }
  return json;
}

}  // namespace mace::benchmarks
