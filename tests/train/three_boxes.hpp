// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mace/core/philox.hpp"
#include "mace/train/vae_gradient.hpp"
#include "support/clouds.hpp"
#include "support/small_vae.hpp"

/// A small batch for the gradients of the training's bounds.
namespace three_boxes {

inline constexpr mace::Index batch = 3;
inline constexpr mace::VaeTrainingOptions options = {
    .batch = batch, .encoder_points = 17, .reconstruction = 0.7f, .divergence = 0.3f, .prior_sigma = 0.5f};
inline const mace::RandomKey key{8, mace::Stream::training, 4};

inline mace::test::Points clouds() {
  return mace::test::box_clouds(mace::test::TinyVae::points, batch);
}

template <class Real>
struct Result {
  mace::VaeLoss loss;
  std::vector<Real> gradient;
};

}  // namespace three_boxes
