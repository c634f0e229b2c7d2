// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/page_scene.hpp"
#include "common/scored_samples.hpp"

/// Tasks with clouds on a run's page.
namespace mace::examples {

using CloudFrame = Frame<Cloud<cloud_points>>;
using CloudRecorder = RunRecorder<Cloud<cloud_points>>;

inline constexpr std::size_t page_points = 1024;  ///< of a sample, of the 2048 that it has

inline CloudFrame cloud_frame(Index round, const ScoredSamples& drawn) {
  return first_samples(round, std::span<const Cloud<cloud_points>>(drawn.clouds.span()),
                       std::span<const float>(drawn.log_scores.span()));
}

/// Runs what samples a posterior, which has no snapshots: if there is a recorder, `draw(count)` is asked in each round
/// for some clouds of what has been reached by then.
template <class Posterior, class Draw>
PosteriorReport run_recorded(Posterior& posterior, CloudRecorder* recorder, const Draw& draw) {
  return posterior.run(ShowProgress(), [&](const RoundRecord& record) {
    if (recorder == nullptr || !(record.effective_samples > 0)) return;
    const Index round = record.round + 1;
    recorder->keep(round, [&] { return cloud_frame(round, draw(static_cast<Index>(most_samples))); });
  });
}

inline Json cloud_scene(const std::vector<CloudFrame>& frames, const std::vector<SceneItem>& items) {
  Bounds bounds;
  std::vector<std::vector<float>> clouds;  // of a frame, one sample after the other
  for (const CloudFrame& frame : frames) {
    auto& xyz = clouds.emplace_back();
    for (const auto& sample : frame.samples) {
      const std::vector<float> some = thinned(sample.xyz, page_points);
      xyz.insert(xyz.end(), some.begin(), some.end());
    }
    bounds.include(xyz);
  }
  Json scene = scene_json("clouds", "", bounds, items);
  scene["points"] = page_points;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    std::vector<std::uint16_t> packed;
    bounds.pack(clouds[i], packed);
    Json frame = frame_json(frames, i);
    frame["positions"] = base64_of(packed);
    scene["frames"].push_back(std::move(frame));
  }
  return scene;
}

}  // namespace mace::examples
