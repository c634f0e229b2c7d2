// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "mace/cpu.hpp"
#ifdef __CUDACC__
#include "mace/cuda.cuh"
#endif

namespace mace::examples {

inline void add_device_flag(CLI::App& app, std::string& device) {
  app.add_option("--device", device, "cpu, or cuda: a GPU")
      ->check(CLI::IsMember({"cpu", "cuda"}))
      ->capture_default_str();
}

/// Calls use(exec, host): the executor of the device, and one of the host for what is done beside it (on a CPU they are
/// one). Errors: cuda asked of a program that was built without it, or where there is no GPU.
template <class Use>
void on_device(const std::string& device, const CpuOptions& options, const Use& use) {
  Cpu host = cpu(options);
  if (device == "cpu") return use(host, host);
#ifdef __CUDACC__
  Cuda exec = cuda({.seed = options.seed});
  use(exec, host);
#else
  fail("--device cuda: wanted a program that was built with the CUDA toolkit, got one without");
#endif
}

}  // namespace mace::examples
