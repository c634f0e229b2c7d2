// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "mace/core/config.hpp"

namespace mace {

/// *sum += term as one step, which other threads, of a device or of the host, may take at the same time. They see it no
/// sooner than they wait for each other.
MACE_HD inline void add_atomically(std::int32_t* sum, std::int32_t term) {
#if defined(__CUDA_ARCH__)
  atomicAdd(sum, term);
#else
  std::atomic_ref(*sum).fetch_add(term, std::memory_order_relaxed);
#endif
}

}  // namespace mace
