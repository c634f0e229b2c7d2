// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

#include "mace/backend/cpu/isa.hpp"
#include "mace/core/numeric.hpp"

namespace mace {

/// One truth value per lane: the result of comparing Lanes, for `choose` and `any`.
///
/// Masks have no && operator, and nested choices such as choose(a, x, choose(b, y, x)) should be written differently
/// (with `least`, for example): GCC 12 merges the two masks and processes AVX-512 masks lane by lane, at ten times the
/// cost.
template <int Bytes>
struct LaneMask {
  typename Simd<std::int32_t, Bytes>::type bits;

  MACE_INLINE explicit LaneMask(const typename Simd<std::int32_t, Bytes>::type& b) : bits(b) {}
  MACE_INLINE LaneMask(const LaneMask& other) : bits(other.bits) {}
  LaneMask& operator=(const LaneMask&) = delete;

  MACE_INLINE friend bool any(const LaneMask& mask) {
    using Floats = typename Simd<float, Bytes>::type;
    const Floats chosen = mask.bits ? Floats{} + 1.0f : Floats{};
    std::uint64_t words[Bytes / 8], together = 0;
    std::memcpy(words, &chosen, sizeof(words));
    for (const std::uint64_t word : words) together |= word;
    return together != 0;
  }
};

/// Vector of `Bytes` bytes of floats that behaves like a scalar, so that a formula over `Real` that uses arithmetic and
/// the functions of core/choose.hpp evaluates all lanes at once. For use in kernels that `dispatch` runs.
template <int Bytes>
class Lanes {
 public:
  static constexpr int count = Simd<float, Bytes>::lanes;

  MACE_INLINE Lanes() : v_{} {}
  /// Sets every lane to x.
  MACE_INLINE Lanes(float x) : v_(Vector{} + x) {}
  // Not defaulted, so that Lanes are passed in memory with every instruction set: in a build without optimization,
  // functions that are not inlined are not compiled for the caller's instruction set.
  MACE_INLINE Lanes(const Lanes& other) : v_(other.v_) {}
  MACE_INLINE Lanes& operator=(const Lanes& other) {
    v_ = other.v_;
    return *this;
  }

  /// Loads x[0] … x[count - 1]; x may be unaligned.
  MACE_INLINE static Lanes load(const float* x) {
    const Vector v = *reinterpret_cast<const Memory*>(x);
    return Lanes(v);
  }
  MACE_INLINE void store(float* x) const { *reinterpret_cast<Memory*>(x) = v_; }

  MACE_INLINE friend Lanes operator+(const Lanes& a, const Lanes& b) { return Lanes(a.v_ + b.v_); }
  MACE_INLINE friend Lanes operator-(const Lanes& a, const Lanes& b) { return Lanes(a.v_ - b.v_); }
  MACE_INLINE friend Lanes operator*(const Lanes& a, const Lanes& b) { return Lanes(a.v_ * b.v_); }
  MACE_INLINE friend Lanes operator/(const Lanes& a, const Lanes& b) { return Lanes(a.v_ / b.v_); }
  MACE_INLINE friend Lanes operator-(const Lanes& a) { return Lanes(-a.v_); }
  MACE_INLINE Lanes& operator+=(const Lanes& b) { return *this = *this + b; }

  MACE_INLINE friend LaneMask<Bytes> operator<(const Lanes& a, const Lanes& b) { return LaneMask<Bytes>(a.v_ < b.v_); }
  MACE_INLINE friend LaneMask<Bytes> operator>(const Lanes& a, const Lanes& b) { return b < a; }
  MACE_INLINE friend LaneMask<Bytes> operator<=(const Lanes& a, const Lanes& b) {
    return LaneMask<Bytes>(a.v_ <= b.v_);
  }

  MACE_INLINE friend Lanes choose(const LaneMask<Bytes>& condition, const Lanes& yes, const Lanes& no) {
    return Lanes(condition.bits ? yes.v_ : no.v_);
  }
  MACE_INLINE friend Lanes least(const Lanes& a, const Lanes& b) { return Lanes(a.v_ < b.v_ ? a.v_ : b.v_); }
  MACE_INLINE friend Lanes greatest(const Lanes& a, const Lanes& b) { return Lanes(a.v_ > b.v_ ? a.v_ : b.v_); }
  MACE_INLINE friend Lanes magnitude(const Lanes& x) {
    return Lanes((Vector)((typename Simd<std::int32_t, Bytes>::type)x.v_ & 0x7fffffff));
  }

  MACE_INLINE friend Lanes rounded(const Lanes& x) {
#if defined(__clang__)
    return x;
#elif defined(__x86_64__)
    Vector v = x.v_;
    asm("" : "+v"(v));  // GCC 12 expands its own barrier for vectors lane by lane
    return Lanes(v);
#else
    return Lanes(__builtin_assoc_barrier(x.v_));
#endif
  }

  MACE_INLINE friend Lanes square_root(const Lanes& x) {
    float in[count], out[count];
    x.store(in);
    for (int lane = 0; lane < count; ++lane) out[lane] = numeric::sqrt(in[lane]);
    return load(out);
  }
  MACE_INLINE friend void sine_and_cosine(const Lanes& x, Lanes& sine, Lanes& cosine) {
    float in[count], sines[count], cosines[count];
    x.store(in);
    for (int lane = 0; lane < count; ++lane) numeric::sincos(in[lane], sines[lane], cosines[lane]);
    sine = load(sines);
    cosine = load(cosines);
  }

 private:
  using Vector = typename Simd<float, Bytes>::type;
  using Memory = typename Simd<float, Bytes>::unaligned;

  MACE_INLINE explicit Lanes(const Vector& v) : v_(v) {}

  Vector v_;
};

}  // namespace mace
