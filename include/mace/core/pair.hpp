// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mace {

/// Two values side by side, trivially copyable if both are (std::pair is not).
template <class First, class Second>
struct Pair {
  First first;
  Second second;
};

}  // namespace mace
