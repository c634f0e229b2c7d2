// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>
#include <vector>

#include "mace/core/buffer.hpp"

namespace mace {

/// What stands in a buffer, where the host can read it: the buffer itself if it can, else a copy.
template <class T, class Space>
class HostCopy {
 public:
  /// Valid until the next call, and while the buffer stays as it is.
  template <class Exec>
  std::span<const T> of(Exec& exec, const Buffer<T, Space>& buffer) {
    if constexpr (std::same_as<Space, HostSpace>) {
      return buffer.span();
    } else {
      copy_.resize(static_cast<std::size_t>(buffer.size()));
      exec.copy(std::span<const T>(buffer.span()), std::span<T>(copy_));
      exec.finish();
      return copy_;
    }
  }

 private:
  std::vector<T> copy_;
};

}  // namespace mace
