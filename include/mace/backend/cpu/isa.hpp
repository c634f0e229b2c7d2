// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <utility>

/// Which instructions a hot kernel may use. Users compile without -march: each such kernel is written once, over
/// vectors of a given number of bytes, and compiled here for every instruction set; the machine chooses at run time.
namespace mace {

enum class Isa { portable, avx2, avx512 };

/// The widest instruction set of this machine, asked once.
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

/// `Bytes` bytes of Reals that one instruction works on. A register of the instruction set at hand: a wider one spills.
template <class T, int Bytes>
struct Simd {
  typedef T type __attribute__((vector_size(Bytes)));
  /// The same, at any address and aliasing plain arrays of T: for loads and stores.
  typedef T unaligned __attribute__((vector_size(Bytes), aligned(alignof(T)), may_alias));
  static constexpr int lanes = Bytes / static_cast<int>(sizeof(T));
};

/// Forces a kernel into the three functions below, where it takes their instruction set.
#define MACE_INLINE [[gnu::always_inline]] inline

namespace isa {

// The kernel inlines into each of these and so is compiled for it. GCC 12 forgets `flatten` for a copy that it makes
// with fewer parameters.
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

/// Runs `kernel.run<Bytes>(args...)` with vectors of the width of `isa`.
template <class Kernel, class... Args>
void dispatch([[maybe_unused]] Isa isa, [[maybe_unused]] const Kernel& kernel, [[maybe_unused]] Args... args) {
#if !defined(__CUDA_ARCH__)  // where nvcc looks for device code, it must not meet vectors
#if defined(__x86_64__)
  if (isa == Isa::avx512) return isa::run_avx512(kernel, args...);
  if (isa == Isa::avx2) return isa::run_avx2(kernel, args...);
#endif
  kernel.template run<16>(args...);
#endif
}

}  // namespace mace
