// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mace/core/numeric.hpp"

namespace mace::test {

/// The log score of what cannot be.
inline constexpr float infeasible = -numeric::infinity;

}  // namespace mace::test
