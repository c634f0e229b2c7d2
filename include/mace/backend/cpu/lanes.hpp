// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>

#include "mace/backend/cpu/isa.hpp"
#include "mace/core/numeric.hpp"

namespace mace {

/// A truth value a lane: what comparing Lanes gives, for `choose` and `any`.
///
/// There is no && of two, and a choice between x and a choice of y or x should be written otherwise (with `least`,
/// say): GCC 12 makes one mask of two, and takes AVX-512 masks apart lane by lane, at ten times the cost.
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

/// As many floats as one instruction works on, which behave like one: a formula over `Real`, made of arithmetic and the
/// functions of core/choose.hpp, runs on all of them at once. For use inside a kernel that `dispatch` runs.
template <int Bytes>
class Lanes {
 public:
  static constexpr int count = Simd<float, Bytes>::lanes;

  MACE_INLINE Lanes() : v_{} {}
  /// The same number in every lane.
  MACE_INLINE Lanes(float x) : v_(Vector{} + x) {}
  // Not defaulted, so that the calling convention passes Lanes in memory whatever the instruction set: what the
  // compiler leaves out of line, in a build without optimization, is not compiled for the caller's.
  MACE_INLINE Lanes(const Lanes& other) : v_(other.v_) {}
  MACE_INLINE Lanes& operator=(const Lanes& other) {
    v_ = other.v_;
    return *this;
  }

  /// The `count` floats from `x` on.
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
    asm("" : "+v"(v));  // GCC 12 takes its own barrier for vectors apart lane by lane
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
