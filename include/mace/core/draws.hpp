// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mace {

/// `Count` simulated outcomes of one sample; trivially copyable if `Outcome` is.
template <class Outcome, int Count>
struct Draws {
  Outcome of[Count];
};

}  // namespace mace
