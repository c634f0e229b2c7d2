// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "cuda_runtime.h"

namespace host_device {

/// The thread of a device that a thread of the host is being, and what it may touch.
struct AtWork {
  bool working = false;  ///< in a kernel's code, not in the runtime's
  const Kernel* kernel = nullptr;
  std::uint32_t kernel_number = 0, block_number = 0;  ///< of this run: no two have the same
  std::uint32_t block = 0;                            ///< its index in the kernel
  std::uint16_t thread = 0, epoch = 0;                ///< epoch: barriers so far
  const char *stack = nullptr, *stack_end = nullptr;
  const char** parameters = nullptr;  ///< where on the stack the kernel's begin; whoever sees it called notes it
};
extern thread_local constinit AtWork at_work;

/// The shared memory of the block at work.
const unsigned char* shared_memory();
inline constexpr std::size_t most_shared_bytes = 227 * 1024;

/// All blocks of a kernel, one after the other.
void run(const Kernel& kernel);

}  // namespace host_device
