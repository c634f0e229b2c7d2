// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <span>
#include <vector>

#include "mace/core/buffer.hpp"

namespace mace {

/// Copies values from the executor's memory to the host and waits until they have arrived.
template <class Exec, class T>
std::vector<T> copy_to_host(Exec& exec, std::span<const T> values) {
  std::vector<T> copy(values.size());
  exec.copy(values, std::span<T>(copy));
  exec.finish();
  return copy;
}

/// Makes a buffer readable on the host: directly if it is in host memory, otherwise through a copy.
template <class T, class Space>
class HostCopy {
 public:
  /// Returns the buffer's values; the span is valid until the next call and while the buffer is unchanged.
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
