// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "mace/select/importance.hpp"
#include "mace/select/top_quantile.hpp"

namespace mace {

/// TopQuantile, or Importance where `importance` is set: the choice is made at run time, so that a program that offers
/// both compiles one tuner a model instead of two.
template <class Exec, class Model>
struct QuantileOrImportance {
  std::optional<Importance<Exec, Model>> importance = {};
  TopQuantile quantile = {};

  void reserve(Exec& exec, Index samples, Index elites) {
    if (importance) importance->reserve(exec, samples, elites);
  }
  void operator()(Exec& exec, Model& model, std::span<const typename Model::Sample> samples,
                  std::span<const float> log_scores, std::span<std::int32_t> workspace,
                  Elites<typename Exec::Space>& elites) {
    if (importance)
      (*importance)(exec, model, samples, log_scores, workspace, elites);
    else
      quantile(exec, log_scores, workspace, elites);
  }
};

}  // namespace mace
