// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <type_traits>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/core/host_copy.hpp"
#include "support/machine.hpp"
#ifdef MACE_TEST_DEVICE
#include "mace/cuda.cuh"
#else
#include "mace/cpu.hpp"
#endif

/// The executor that a suite is compiled for, so that its cases are written once. A file that includes this is compiled
/// for the host and for a device.
namespace mace::test {

#ifdef MACE_TEST_DEVICE
using Exec = Cuda;
#else
using Exec = Cpu;
#endif
using Space = Exec::Space;
inline constexpr bool on_device = !std::is_same_v<Space, HostSpace>;

/// An executor with these options, of which a device takes the seed.
inline Exec executor(const CpuOptions& options = {}) {
#ifdef MACE_TEST_DEVICE
  return cuda({.seed = options.seed});
#else
  return cpu(options);
#endif
}

/// The instruction sets and numbers of threads that a case is tried with. They are the host's: a device is tried once.
inline std::vector<Isa> isas() {
  return on_device ? std::vector{Isa::portable} : available_isas();
}
inline std::vector<int> threads() {
  return on_device ? std::vector{1} : std::vector{1, 2};
}

/// What stands in an executor's memory.
template <class E, class T>
std::vector<std::remove_const_t<T>> on_host(E& exec, std::span<T> values) {
  return copy_to_host(exec, std::span<const T>(values));
}
template <class E, class T>
std::vector<T> on_host(E& exec, const Buffer<T, typename E::Space>& buffer) {
  return on_host(exec, buffer.span());
}
template <class E, class T>
std::vector<std::remove_const_t<T>> on_host(E& exec, MatrixView<T> matrix) {
  return on_host(exec, std::span<T>(matrix.data(), static_cast<std::size_t>(matrix.size())));
}

/// Numbers for the executor's memory that already has room for them.
template <class Values, class T>
void write(Exec& exec, const Values& values, std::span<T> to) {
  exec.copy(std::span<const T>(values), to);
  exec.finish();
}

/// What `fill(memory)` leaves in memory of the executor for `count` values.
template <class T, class Fill>
std::vector<T> filled(Exec& exec, std::size_t count, const Fill& fill) {
  const Buffer<T, Space> memory = exec.template allocate<T>(static_cast<Index>(count));
  fill(memory.span());
  return on_host(exec, memory);
}

}  // namespace mace::test
