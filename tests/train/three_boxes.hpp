// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mace/core/philox.hpp"
#include "mace/train/vae_gradient.hpp"
#include "support/clouds.hpp"
#include "support/executor.hpp"
#include "support/small_vae.hpp"

/// A small batch for the gradients of the training's bounds.
namespace three_boxes {

inline constexpr mace::Index batch = 3;
inline constexpr mace::VaeTrainingOptions options = {
    .batch = batch, .encoder_points = 17, .reconstruction = 0.7f, .divergence = 0.3f, .prior_sigma = 0.5f};
inline const mace::RandomKey key{8, mace::Stream::training, 4};

/// Of the gradient's entries those that are compared with differences: on the host all. A device has the same code for
/// each, and one that is made of the host takes minutes for all.
inline constexpr std::size_t every = mace::test::on_device ? 41 : 1;

inline mace::test::Points clouds() {
  return mace::test::box_clouds(mace::test::TinyVae::points, batch);
}

/// Numbers of the host as those of the executor.
template <class Real>
auto uploaded(mace::test::Exec& exec, const std::vector<float>& values) {
  return exec.upload(std::vector<Real>(values.begin(), values.end()));
}

template <class Real>
struct Result {
  mace::VaeLoss loss;
  std::vector<Real> gradient;
};

}  // namespace three_boxes
