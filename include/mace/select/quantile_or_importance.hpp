// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "mace/select/importance.hpp"
#include "mace/select/top_quantile.hpp"

namespace mace {

/// Selector that is Importance if `importance` is set, otherwise TopQuantile. The choice at run time lets a program
/// that offers both compile one tuner per model instead of two.
template <class Exec, class Model>
struct QuantileOrImportance {
  std::optional<Importance<Exec, Model>> importance = {};  ///< importance sampling, if set
  TopQuantile quantile = {};                               ///< used otherwise

  /// Allocates memory for a round; see Importance::reserve for the arguments and errors.
  void reserve(Exec& exec, Index samples, Index elites) {
    if (importance) importance->reserve(exec, samples, elites);
  }
  /// Selects or weights the elites; see select_elites for the arguments.
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
