// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

namespace mace {

/// Measures the wall-clock time since its construction, in seconds. Uses POSIX, since the header chrono is slow to
/// compile.
class Stopwatch {
 public:
  double seconds() const { return now() - start_; }

 private:
  static double now() {
    timespec at{};
    clock_gettime(CLOCK_MONOTONIC, &at);
    return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
  }
  double start_ = now();
};

}  // namespace mace
