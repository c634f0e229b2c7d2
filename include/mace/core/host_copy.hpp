// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>
#include <vector>

#include "mace/core/buffer.hpp"

namespace mace {

/// What stands in the executor's memory, copied to the host.
template <class Exec, class T>
std::vector<T> copy_to_host(Exec& exec, std::span<const T> values) {
  std::vector<T> copy(values.size());
  exec.copy(values, std::span<T>(copy));
  exec.finish();
  return copy;
}

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
      return copy_ = copy_to_host(exec, std::span<const T>(buffer.span()));
    }
  }

 private:
  std::vector<T> copy_;
};

}  // namespace mace
