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
#include "common/thinned.hpp"

/// Tasks with clouds on a run's page.
namespace mace::examples {

using CloudKeyframe = Keyframe<Cloud<cloud_points>>;
using CloudKeyframes = Keyframes<Cloud<cloud_points>>;

inline constexpr std::size_t page_points = 1024;  ///< of a sample, of the 2048 that it has

inline CloudKeyframe cloud_keyframe(Index round, const ScoredSamples& drawn) {
  return first_samples(round, std::span<const Cloud<cloud_points>>(drawn.clouds.span()),
                       std::span<const float>(drawn.log_scores.span()));
}

/// Runs what samples a posterior, which has no snapshots: if keyframes are wanted, `draw(count)` is asked in each round
/// for some clouds of what has been reached by then.
template <class Posterior, class Draw>
PosteriorReport run_with_keyframes(Posterior& posterior, CloudKeyframes* keyframes, const Draw& draw) {
  return posterior.run(ShowProgress(), [&](const RoundRecord& record) {
    if (keyframes == nullptr || !(record.effective_samples > 0)) return;
    const Index round = record.round + 1;
    keyframes->keep(round, [&] { return cloud_keyframe(round, draw(static_cast<Index>(most_samples))); });
  });
}

/// `after`: what the samples of the last keyframe are called.
inline Json cloud_scene(const std::vector<CloudKeyframe>& keyframes, const std::string& after,
                        const std::vector<SceneItem>& items) {
  Bounds bounds;
  std::vector<std::vector<float>> clouds;  // of a keyframe, one sample after the other
  for (const CloudKeyframe& keyframe : keyframes) {
    auto& xyz = clouds.emplace_back();
    for (const auto& sample : keyframe.samples) {
      const std::vector<float> some = thinned(sample.xyz, page_points);
      xyz.insert(xyz.end(), some.begin(), some.end());
    }
    bounds.include(xyz);
  }
  Json scene = scene_json("clouds", "", bounds, items);
  scene["points"] = page_points;
  for (std::size_t i = 0; i < keyframes.size(); ++i) {
    std::vector<std::uint16_t> packed;
    bounds.pack(clouds[i], packed);
    Json keyframe = keyframe_json(keyframes, i, after);
    keyframe["positions"] = base64_of(packed);
    scene["keyframes"].push_back(std::move(keyframe));
  }
  return scene;
}

}  // namespace mace::examples
