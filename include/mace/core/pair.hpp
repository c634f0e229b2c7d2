// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mace {

/// Two values; trivially copyable if both are, unlike std::pair.
template <class First, class Second>
struct Pair {
  First first;
  Second second;
};

}  // namespace mace
