// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "mace/cpu.hpp"
#include "mace/select/importance.hpp"

namespace mace::examples {

/// Elites, or importance sampling (Eq. 2): chosen at run time, since two types of tuner for each model would take the
/// compiler too long.
template <class Exec, class Model>
struct Selection {
  std::optional<Importance<Exec, Model>> weigh = {};
  TopQuantile top = {};

  void reserve(Exec& exec, Index samples, Index elites) {
    if (weigh) weigh->reserve(exec, samples, elites);
  }
  void operator()(Exec& exec, Model& model, std::span<const typename Model::Sample> samples,
                  std::span<const float> log_scores, std::span<std::int32_t> workspace,
                  Elites<typename Exec::Space>& elites) {
    if (weigh)
      (*weigh)(exec, model, samples, log_scores, workspace, elites);
    else
      top(exec, log_scores, workspace, elites);
  }
};

}  // namespace mace::examples
