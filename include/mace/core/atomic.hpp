// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "mace/core/config.hpp"

namespace mace {

/// Adds `term` to `*sum` atomically, on the host or a device. Memory order is relaxed: other threads see the sum once
/// they synchronize.
MACE_HD inline void add_atomically(std::int32_t* sum, std::int32_t term) {
#if defined(__CUDA_ARCH__)
  atomicAdd(sum, term);
#else
  std::atomic_ref(*sum).fetch_add(term, std::memory_order_relaxed);
#endif
}

}  // namespace mace
