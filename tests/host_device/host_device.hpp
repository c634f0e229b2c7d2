// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

/// What a test may ask of a device made of the host, and tell it.
namespace host_device {

/// What there is and was not given back. At the end of the process there must be none.
struct Live {
  std::size_t allocations, pinned, streams, events, graphs, executables, handles;

  bool operator==(const Live&) const = default;
};
Live live();

/// The violations so far, in order; they are forgotten, and no longer make the process fail.
std::vector<std::string> take_violations();

/// Refuses the n-th allocation from now on, of the device's memory or pinned (1: the next), and then no more; 0: none.
void refuse_allocation(long n);

/// How many allocations were asked for so far.
long allocations();

}  // namespace host_device
