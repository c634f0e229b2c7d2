// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "mace/cpu.hpp"

/// A model, a simulator and a score that fit together: samples and outcomes are floats.
struct RightModel {
  using Sample = float;
  float theta[1] = {0};
  std::span<float> parameters() { return theta; }
  void reserve(mace::Cpu&, mace::Index, mace::Index, mace::Index) {}
  void sample(mace::Cpu&, const mace::RandomKey&, std::span<float>) {}
  void set_elites(mace::Cpu&, std::span<const float>, const mace::Elites<mace::HostSpace>&) {}
  void likelihood_gradient(mace::Cpu&, mace::Index, std::span<float>) {}
};

struct RightSimulator {
  using Sample = float;
  using Outcome = float;
  float operator()(const float& x) const { return x; }
};

struct RightScore {
  using Outcome = float;
  float operator()(const float& x) const { return -x * x; }
};
