// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <map>
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

/// What a VAE is computed with.
inline void add_precision_flag(CLI::App& app, Precision& precision) {
  static const std::map<std::string, Precision> names{
      {"fp32", Precision::fp32}, {"tf32", Precision::tf32}, {"bf16", Precision::bf16}};
  app.add_option("--precision", precision, "of the VAE's products: fp32, tf32 (GPU) or bf16 (CPU with AVX-512 BF16)")
      ->transform(CLI::CheckedTransformer(names))
      ->default_str("fp32");
}
inline std::string name_of(Precision precision) {
  return precision == Precision::fp32 ? "fp32" : precision == Precision::tf32 ? "tf32" : "bf16";
}

/// Calls use(exec, host): the executor of the device, and one of the host for what is done beside it (on a CPU they are
/// one). Errors: cuda asked of a program that was built without it, or where there is no GPU.
template <class Use>
void on_device(const std::string& device, const CpuOptions& options, const Use& use) {
  if (device == "cpu") {
    Cpu host = cpu(options);
    return use(host, host);
  }
#ifdef __CUDACC__
  Cpu host = cpu({.seed = options.seed, .threads = options.threads});
  Cuda exec = cuda({.seed = options.seed, .precision = options.precision});
  use(exec, host);
#else
  fail("--device cuda: wanted a program of preset `cuda` (MACE_CUDA=ON), got one without CUDA");
#endif
}

}  // namespace mace::examples
