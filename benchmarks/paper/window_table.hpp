// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "common/scatter_panels.hpp"
#include "mace/core/number_text.hpp"
#include "mace/metrics/mmd.hpp"
#include "mace/metrics/modes.hpp"
#include "paper/arm_reference.hpp"
#include "paper/reach_table.hpp"

/// Samples of each method in the window against the exact posterior there.
namespace mace::benchmarks {

using Arms = std::vector<Vec<7>>;

/// A distribution to compare 1000 samples with: exact solutions with weights, and what 1000 of its own come to.
class WindowReference {
 public:
  WindowReference(Cpu& exec, std::string what, std::span<const Vec<7>> q, std::span<const double> log_weights)
      : name(std::move(what)), effective(weights::effective_samples(log_weights)), seed_(exec.seed()), q_(q) {
    const double all = weights::log_sum(log_weights);
    double sum = 0;
    for (const double w : log_weights) shares_.push_back(sum += std::exp(w - all));
    const Arms many = draw(10'000, 0);
    modes = find_modes(std::span<const Vec<7>>(many), {.least_share = 0.005});
    width_ = median_distance<7>(many);
    Series own;
    own.values.resize(repeats);
    exec.for_each_sample(repeats, [&](Index i) {
      const auto k = static_cast<std::uint32_t>(i);
      own.values[static_cast<std::size_t>(i)] = mmd(draw(compared, 2 * k + 1), draw(compared, 2 * k + 2));
    });
    band = own.quantile(0.95);
  }

  static constexpr Index compared = 1000, repeats = 400;

  const std::string name;
  const double effective;  ///< how many solutions of equal weight it is worth
  double band = 0;         ///< the squared MMD of two sets of 1000 of its own is below it 95 times of 100
  std::vector<ModeCluster<7, float>> modes;  ///< of 10,000: those with half a percent or more

  /// Independent ones of equal weight; another `which` is another draw.
  Arms draw(Index count, std::uint32_t which) const {
    Arms drawn;
    for (Index i = 0; i < count; ++i) {
      Random random({seed_, Stream::evaluation, first_draw + which}, static_cast<std::uint32_t>(i));
      const double u = (static_cast<double>(random.uniform()) + 0x1p-24 * static_cast<double>(random.uniform()));
      const auto at = std::upper_bound(shares_.begin(), shares_.end() - 1, u * shares_.back()) - shares_.begin();
      drawn.push_back(q_[static_cast<std::size_t>(at)]);
    }
    return drawn;
  }
  /// The squared MMD, by a Gaussian kernel as wide as the median distance of two of the reference.
  double mmd(const Arms& a, const Arms& b) const { return mmd_squared<7>({a}, {b}, width_); }

 private:
  static constexpr std::uint32_t first_draw = 1000;
  const std::uint64_t seed_;
  std::span<const Vec<7>> q_;
  std::vector<double> shares_;  ///< of all up to each
  double width_ = 0;
};

/// What a method's samples come to beside a reference, over some runs.
struct WindowRow {
  Series mmd, inside, modes;

  void add(const WindowReference& reference, const Arms& q, std::uint32_t run) {
    mmd.values.push_back(reference.mmd(q, reference.draw(WindowReference::compared, first_fresh + run)));
    inside.values.push_back(mmd.values.back() <= reference.band ? 1 : 0);
    modes.values.push_back(static_cast<double>(modes_reached(std::span(reference.modes), std::span<const Vec<7>>(q))));
  }
  Json json() const { return {{"mmd_squared", mmd.json()}, {"inside", inside.mean()}, {"modes", modes.json()}}; }

 private:
  static constexpr std::uint32_t first_fresh = 2 * WindowReference::repeats + 1;  ///< beyond those that made the band
};

/// The scene `window` at its own goal.
class WindowTable {
 public:
  WindowTable(const ReachSetting& setting, Index tries)
      : setting_(setting), exec_({.seed = 1, .threads = setting.threads}), task_(make_task(exec_)) {
    exact_ = arm_reference(exec_, task_.chain(), task_.check(), task_.goal_in_base().pose.position, tries);
    require(exact_.worst_miss < 1e-6, "window: wanted solutions at the goal, got one that is off by ",
            exact_.worst_miss, " m");
    references_.emplace_back(exec_, "uniform", exact_.q, exact_.log_weights);
    references_.emplace_back(exec_, "network", exact_.q, under_network());
    print_references(tries);
  }

  Json run(Index runs) {
    Json json{{"free_count", exact_.free_count}, {"free_share", exact_.free_share}};
    for (const auto& r : references_)
      json[r.name] = {{"effective_samples", r.effective}, {"band", r.band}, {"modes", r.modes.size()}};
    std::printf(
        "| samples of | MMD² to uniform | inside | modes | to network | inside | modes "
        "|\n|---|---|---|---|---|---|---|\n");
    for (const WindowReference& r : references_)
      json["rows"][r.name] = row("exact, " + r.name, runs,
                                 [&](std::uint32_t run) { return r.draw(WindowReference::compared, own_draws + run); });
    std::vector<ReachMethod> methods = scene_methods("window");
    methods.push_back(flat_posterior_method());
    for (const ReachMethod& method : methods)
      json["rows"][method.name] = row(method.name, runs, [&](std::uint32_t run) {
        Cpu exec({.seed = run, .threads = setting_.threads});
        examples::ArmReach<7> task = make_task(exec);
        return draw_by(method, exec, task, WindowReference::compared).q;
      });
    return json;
  }

  /// Two joints of each method's samples, in the first run.
  void paint(const std::filesystem::path& path) const {
    std::vector<std::vector<float>> points;
    examples::ScatterPanelsSpec spec{.x_label = "joint 1 (rad)", .y_label = "joint 3 (rad)", .dot_radius = 4.0};
    for (const Shown& of : shown_) {
      points.emplace_back();
      for (const auto& q : of.q) points.back().insert(points.back().end(), {q[0], q[2]});
      spec.panels.push_back({.title = of.name,
                             .note = "MMD² " + mace::detail::fixed_text(of.mmd, 4),
                             .points = MatrixView<const float>(points.back().data(), 2, std::ssize(of.q)),
                             .color = spec.panels.empty() ? examples::palette::quiet : examples::palette::blue});
    }
    examples::paint_scatter_panels(path, spec);
  }

 private:
  static constexpr std::uint32_t own_draws = 100'000;
  struct Shown {
    std::string name;
    Arms q;
    double mmd;  ///< squared, to the uniform reference
  };

  examples::ArmReach<7> make_task(Cpu& exec) const {
    const Goal<double> goal{{.position = named_goal("window")}};
    return {exec, panda_arm(), named_scene("window"), goal, setting_.prior};
  }
  /// The weights if the network is the prior: what a Posterior's samples are of.
  std::vector<double> under_network() {
    std::vector<double> log_weights = exact_.log_weights;
    const std::vector<float> log_densities = task_.log_densities(exact_.q);
    for (std::size_t i = 0; i < log_weights.size(); ++i) log_weights[i] += static_cast<double>(log_densities[i]);
    return log_weights;
  }
  void print_references(Index tries) const {
    std::printf(
        "\nexact solutions in the window: %td tries, %zu free ones (%.1f %% of those at the goal, %.1f %% by "
        "weight), at most %.0e m off, the largest weight %.1e of all\n",
        tries, exact_.q.size(), 100 * exact_.free_count, 100 * exact_.free_share, exact_.worst_miss,
        exact_.largest_share);
    for (const auto& r : references_)
      std::printf("prior %s: worth %.0f samples, %zu modes, MMD² of two sets of 1000 below %.5f in 95 %%\n",
                  r.name.c_str(), r.effective, r.modes.size(), r.band);
    std::printf("\n");
  }
  template <class Draw>
  Json row(const std::string& name, Index runs, const Draw& draw) {
    WindowRow rows[2];
    for (std::uint32_t run = 0; run < static_cast<std::uint32_t>(runs); ++run) {
      const Arms q = draw(run);
      for (std::size_t r = 0; r < 2; ++r) rows[r].add(references_[r], q, run);
      const bool pictured = name == "exact, uniform" || name == "mace" || name == "posterior, flat prior";
      if (run == 0 && pictured) shown_.push_back({name, q, rows[0].mmd.values[0]});
    }
    std::printf("| %s |", name.c_str());
    for (std::size_t r = 0; r < 2; ++r)
      std::printf(" %.5f ± %.5f | %.0f of %td | %.1f of %zu |", rows[r].mmd.mean(), rows[r].mmd.deviation(),
                  rows[r].inside.mean() * static_cast<double>(runs), runs, rows[r].modes.mean(),
                  references_[r].modes.size());
    std::printf("\n");
    std::fflush(stdout);
    return {{references_[0].name, rows[0].json()}, {references_[1].name, rows[1].json()}};
  }

  const ReachSetting& setting_;
  Cpu exec_;
  examples::ArmReach<7> task_;
  ArmReference exact_;
  std::vector<WindowReference> references_;
  std::vector<Shown> shown_;
};

}  // namespace mace::benchmarks
