// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace host_device {

/// Who keeps notes of what is in the device's memory (checker.cpp, in programs that are compiled for it).
class Watcher {
 public:
  virtual ~Watcher() = default;
  /// By what is no kernel: a copy, a memset, a matrix product.
  virtual void written(const void* /*p*/, std::size_t /*bytes*/) {}
  virtual void read(const char* /*what*/, const void* /*p*/, std::size_t /*bytes*/) {}
  /// The last thread of a kernel is done.
  virtual void kernel_ends() {}
};
Watcher& watcher();
void watch(Watcher& watcher);

}  // namespace host_device
