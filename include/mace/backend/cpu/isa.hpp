// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>

/// Instruction sets of hot kernels. Users compile without -march: each kernel is written once as a template over the
/// vector width in bytes, compiled here for every instruction set and chosen at run time.
namespace mace {

/// Instruction set of a kernel, in ascending order of vector width.
enum class Isa { portable, avx2, avx512 };

/// Returns the widest instruction set of this machine.
inline Isa best_isa() {
#if defined(__x86_64__)
  static const Isa best = [] {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq"))
      return Isa::avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Isa::avx2;
    return Isa::portable;
  }();
  return best;
#else
  return Isa::portable;
#endif
}

/// SIMD vector of T with `Bytes` bytes. It should be no wider than a register of the instruction set, or it spills.
template <class T, int Bytes>
struct Simd {
  typedef T type __attribute__((vector_size(Bytes)));
  /// The same vector at any address, allowed to alias arrays of T; for loads and stores.
  typedef T unaligned __attribute__((vector_size(Bytes), aligned(alignof(T)), may_alias));
  static constexpr int lanes = Bytes / static_cast<int>(sizeof(T));
};

/// Inlines a kernel into the functions below, so that it is compiled for their instruction sets.
#define MACE_INLINE [[gnu::always_inline]] inline

namespace isa {

// The kernel is inlined into each of these functions and so compiled for its instruction set. GCC 12 drops `flatten`
// when it clones a function with fewer parameters.
#if defined(__clang__)
#define MACE_FLATTEN gnu::flatten
#else
#define MACE_FLATTEN gnu::flatten, gnu::noclone
#endif
#if defined(__x86_64__)
#define MACE_AVX512 gnu::target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma")
template <class Kernel, class... Args>
[[MACE_AVX512, MACE_FLATTEN]] void run_avx512(const Kernel& kernel, Args... args) {
  kernel.template run<64>(args...);
}

template <class Kernel, class... Args>
[[gnu::target("avx2,fma"), MACE_FLATTEN]] void run_avx2(const Kernel& kernel, Args... args) {
  kernel.template run<32>(args...);
}
#endif

}  // namespace isa

/// Calls `kernel.run<Bytes>(args...)` with the vector width of an instruction set.
/// @param isa the instruction set
/// @param kernel the kernel
/// @param args arguments of the kernel, passed by value
template <class Kernel, class... Args>
void dispatch([[maybe_unused]] Isa isa, [[maybe_unused]] const Kernel& kernel, [[maybe_unused]] Args... args) {
#if !defined(__CUDA_ARCH__)  // nvcc's device pass does not accept vector types
#if defined(__x86_64__)
  if (isa == Isa::avx512) return isa::run_avx512(kernel, args...);
  if (isa == Isa::avx2) return isa::run_avx2(kernel, args...);
#endif
  kernel.template run<16>(args...);
#endif
}

}  // namespace mace
