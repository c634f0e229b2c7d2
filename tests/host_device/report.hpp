// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <string>

#include "cuda_runtime_api.h"

namespace host_device {

/// Notes what is wrong, or undefined, or refused by CUDA: it is told at once, and the process will fail.
void violation(const std::string& what);

/// The same, as the answer of a function of the runtime.
cudaError_t violation(cudaError_t status, const std::string& what);

/// Ends the process: nothing that follows would make sense.
[[noreturn]] void fatal(const std::string& what);

/// A status on its way to the caller, remembered for cudaGetLastError.
cudaError_t answer(cudaError_t status);

/// The runtime, which one thread of the host at a time has to itself. When it leaves, the device's memory is out of
/// reach again.
class Entry {
 public:
  Entry();
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry();

 private:
  std::lock_guard<std::recursive_mutex> lock_;
};

}  // namespace host_device
