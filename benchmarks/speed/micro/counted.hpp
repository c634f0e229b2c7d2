// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

/// What a formula over `Real` asks of a processor: run it on these, and count.
namespace mace::benchmarks {

template <int Width>
struct CountedMask {
  bool lane[Width];

  friend bool any(const CountedMask& mask) {
    bool some = false;
    for (const bool one : mask.lane) some = some || one;
    return some;
  }
};

/// `Width` floats that behave like mace::Lanes and count what is done to them: one operation for all of them together,
/// whether arithmetic, a comparison or a choice, as a vector's instruction would do it.
template <int Width>
struct Counted {
  float lane[Width];
  static inline double operations = 0;

  Counted() : lane{} {}
  Counted(float x) {
    for (float& l : lane) l = x;
  }

  friend Counted operator+(const Counted& a, const Counted& b) {
    return each(1, [&](int i) { return a.lane[i] + b.lane[i]; });
  }
  friend Counted operator-(const Counted& a, const Counted& b) {
    return each(1, [&](int i) { return a.lane[i] - b.lane[i]; });
  }
  friend Counted operator*(const Counted& a, const Counted& b) {
    return each(1, [&](int i) { return a.lane[i] * b.lane[i]; });
  }
  friend Counted operator/(const Counted& a, const Counted& b) {
    return each(1, [&](int i) { return a.lane[i] / b.lane[i]; });
  }
  friend Counted operator-(const Counted& a) {
    return each(1, [&](int i) { return -a.lane[i]; });
  }
  Counted& operator+=(const Counted& b) { return *this = *this + b; }

  friend CountedMask<Width> operator<(const Counted& a, const Counted& b) {
    return mask([&](int i) { return a.lane[i] < b.lane[i]; });
  }
  friend CountedMask<Width> operator>(const Counted& a, const Counted& b) { return b < a; }
  friend CountedMask<Width> operator<=(const Counted& a, const Counted& b) {
    return mask([&](int i) { return a.lane[i] <= b.lane[i]; });
  }

  friend Counted choose(const CountedMask<Width>& condition, const Counted& yes, const Counted& no) {
    return each(1, [&](int i) { return condition.lane[i] ? yes.lane[i] : no.lane[i]; });
  }
  friend Counted least(const Counted& a, const Counted& b) {
    return each(1, [&](int i) { return a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]; });
  }
  friend Counted greatest(const Counted& a, const Counted& b) {
    return each(1, [&](int i) { return a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]; });
  }
  friend Counted magnitude(const Counted& x) {
    return each(1, [&](int i) { return std::abs(x.lane[i]); });
  }
  friend Counted rounded(const Counted& x) { return x; }

  // About as many as the polynomials of core/numeric.hpp take.
  friend Counted square_root(const Counted& x) {
    return each(22, [&](int i) { return std::sqrt(x.lane[i]); });
  }
  friend void sine_and_cosine(const Counted& x, Counted& sine, Counted& cosine) {
    sine = each(20, [&](int i) { return std::sin(x.lane[i]); });
    cosine = each(20, [&](int i) { return std::cos(x.lane[i]); });
  }

 private:
  template <class F>
  static Counted each(int cost, const F& f) {
    Counted out;
    for (int i = 0; i < Width; ++i) out.lane[i] = f(i);
    operations += cost;
    return out;
  }
  template <class F>
  static CountedMask<Width> mask(const F& f) {
    CountedMask<Width> out;
    for (int i = 0; i < Width; ++i) out.lane[i] = f(i);
    operations += 1;
    return out;
  }
};

}  // namespace mace::benchmarks
