// SPDX-License-Identifier: Apache-2.0
#include "mace/core/numeric.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>

using namespace mace;
using numeric::infinity;

namespace {

/// |got - exact| in units of the last place of a float as large as `exact`.
double ulps(float got, double exact) {
  const double unit = std::ldexp(1.0, std::max(std::ilogb(exact), -126) - 23);
  return std::abs(static_cast<double>(got) - exact) / unit;
}

/// Calls f for every `stride`-th float from low to high, both positive or both negative.
template <class F>
void sweep(float low, float high, std::uint32_t stride, const F& f) {
  auto from = std::bit_cast<std::uint32_t>(low), to = std::bit_cast<std::uint32_t>(high);
  if (from > to) std::swap(from, to);
  for (std::uint64_t bits = from; bits <= to; bits += stride) f(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  f(std::bit_cast<float>(to));
}

bool is_nan(float x) {
  return std::isnan(x);
}

}  // namespace

TEST_CASE("sqrt is within 2 ulp") {
  double worst = 0;
  sweep(FLT_MIN, FLT_MAX, 1009,
        [&](float x) { worst = std::max(worst, ulps(numeric::sqrt(x), std::sqrt(double(x)))); });
  sweep(1.0f, 4.0f, 17, [&](float x) { worst = std::max(worst, ulps(numeric::sqrt(x), std::sqrt(double(x)))); });
  CHECK(worst <= 2.0);

  // Denormals have too few bits for the estimate; what comes out is still next to nothing.
  double tiny = 0;
  sweep(FLT_TRUE_MIN, FLT_MIN, 1009,
        [&](float x) { tiny = std::max(tiny, std::abs(double(numeric::sqrt(x)) - std::sqrt(double(x)))); });
  CHECK(tiny <= 1e-20);
  CHECK(numeric::sqrt(0.0f) == 0.0f);
  CHECK(numeric::sqrt(-0.0f) == 0.0f);
  CHECK(numeric::sqrt(infinity) == infinity);
  CHECK(is_nan(numeric::sqrt(-1.0f)));
  CHECK(is_nan(numeric::sqrt(-infinity)));
  CHECK(is_nan(numeric::sqrt(numeric::not_a_number)));
  CHECK(numeric::sqrt(2.0) == std::sqrt(2.0));
}

TEST_CASE("exp is within 2 ulp") {
  double worst = 0;
  const auto compare = [&](float x) { worst = std::max(worst, ulps(numeric::exp(x), std::exp(double(x)))); };
  sweep(1e-10f, 88.7f, 503, compare);
  sweep(-1e-10f, -87.3f, 503, compare);
  CHECK(worst <= 2.0);

  CHECK(numeric::exp(0.0f) == 1.0f);
  CHECK(numeric::exp(-88.0f) == 0.0f);
  CHECK(numeric::exp(-infinity) == 0.0f);
  CHECK(numeric::exp(-FLT_MAX) == 0.0f);
  CHECK(numeric::exp(88.8f) == infinity);
  CHECK(numeric::exp(infinity) == infinity);
  CHECK(is_nan(numeric::exp(numeric::not_a_number)));
  CHECK(numeric::exp(0.5) == std::exp(0.5));
}

TEST_CASE("log is within 2 ulp") {
  double worst = 0;
  const auto compare = [&](float x) {
    if (x != 1.0f) worst = std::max(worst, ulps(numeric::log(x), std::log(double(x))));
  };
  sweep(FLT_TRUE_MIN, FLT_MAX, 1009, compare);  // denormals too
  sweep(0.5f, 2.0f, 17, compare);
  CHECK(worst <= 2.0);

  CHECK(numeric::log(1.0f) == 0.0f);
  CHECK(numeric::log(0.0f) == -infinity);
  CHECK(numeric::log(-0.0f) == -infinity);
  CHECK(numeric::log(infinity) == infinity);
  CHECK(is_nan(numeric::log(-1.0f)));
  CHECK(is_nan(numeric::log(-infinity)));
  CHECK(is_nan(numeric::log(numeric::not_a_number)));
  CHECK(numeric::log(0.5) == std::log(0.5));
}

TEST_CASE("sincos is within its absolute error") {
  struct Row {
    float up_to;
    double error;
  };
  for (const Row row : {Row{100.0f, 1e-7}, Row{8192.0f, 2e-7}}) {
    double worst = 0;
    const auto compare = [&](float x) {
      float sine, cosine;
      numeric::sincos(x, sine, cosine);
      worst = std::max(
          {worst, std::abs(double(sine) - std::sin(double(x))), std::abs(double(cosine) - std::cos(double(x)))});
    };
    sweep(1e-20f, row.up_to, 503, compare);
    sweep(-1e-20f, -row.up_to, 503, compare);
    for (int i = -60; i <= 60; ++i) compare(static_cast<float>(i) * 1.57079633f);  // where the quadrant changes
    CAPTURE(row.up_to);
    CHECK(worst <= row.error);
  }
  float sine, cosine;
  numeric::sincos(0.0f, sine, cosine);
  CHECK(sine == 0.0f);
  CHECK(cosine == 1.0f);
  double s, c;
  numeric::sincos(0.3, s, c);
  CHECK(s == std::sin(0.3));
  CHECK(c == std::cos(0.3));
}

TEST_CASE("sincos_bounded is within its absolute error") {
  double worst = 0;
  const auto check = [&](double x) {
    double sine, cosine;
    numeric::sincos_bounded(x, sine, cosine);
    const auto exact = static_cast<long double>(x);
    worst = std::max({worst, std::abs(static_cast<double>(sine - std::sin(exact))),
                      std::abs(static_cast<double>(cosine - std::cos(exact)))});
  };
  for (int i = -200000; i <= 200000; ++i) {
    check(1.7e-5 * i);
    check(0.4999 * i);
    check(0.25 * std::acos(-1.0) * i / 4);
  }
  CHECK(worst < 2e-16);
  double sine, cosine;
  numeric::sincos_bounded(0.0, sine, cosine);
  CHECK(sine == 0);
  CHECK(cosine == 1);
}

TEST_CASE("erf is within 4 ulp") {
  double worst = 0;
  const auto compare = [&](float x) { worst = std::max(worst, ulps(numeric::erf(x), std::erf(double(x)))); };
  sweep(1e-30f, 10.0f, 503, compare);
  sweep(-1e-30f, -10.0f, 503, compare);
  sweep(0.9f, 1.1f, 17, compare);  // where the two polynomials meet
  CHECK(worst <= 4.0);

  CHECK(numeric::erf(0.0f) == 0.0f);
  CHECK(numeric::erf(4.0f) == 1.0f);
  CHECK(numeric::erf(infinity) == 1.0f);
  CHECK(numeric::erf(-infinity) == -1.0f);
  CHECK(is_nan(numeric::erf(numeric::not_a_number)));
  CHECK(numeric::erf(0.5) == std::erf(0.5));
}

TEST_CASE("inverse_erf undoes erf, within its relative error") {
  double worst = 0, worst_double = 0;
  // Compared with the exact derivative: erf(x) - y, over the slope at x, is how far x is off.
  const auto off = [](double x, double y) {
    const double miss = std::abs(y) < 0.5 ? std::erf(x) - y : y < 0 ? std::erfc(-x) - (1 + y) : (1 - y) - std::erfc(x);
    return std::abs(miss * 0.88622692545275801 * std::exp(x * x) / x);
  };
  const auto compare = [&](float y) {
    worst = std::max(worst, off(double(numeric::inverse_erf(y)), double(y)));
    worst_double = std::max(worst_double, off(numeric::inverse_erf(double(y)), double(y)));
  };
  sweep(1e-30f, 0.99999994f, 503, compare);
  sweep(-1e-30f, -0.99999994f, 503, compare);
  sweep(0.9999f, 0.99999994f, 1, compare);
  CHECK(worst <= 6e-7);
  for (double rest = 1.2e-16; rest < 1; rest *= 1.1) {
    const double y = 1.0 - rest;
    worst_double = std::max({worst_double, off(numeric::inverse_erf(y), y), off(numeric::inverse_erf(-y), -y)});
  }
  CHECK(worst_double <= 1e-14);

  CHECK(numeric::inverse_erf(0.0f) == 0.0f);
  CHECK(numeric::inverse_erf(1.0f) == infinity);
  CHECK(numeric::inverse_erf(-1.0f) == -infinity);
  CHECK(is_nan(numeric::inverse_erf(1.5f)));
  CHECK(is_nan(numeric::inverse_erf(numeric::not_a_number)));
  CHECK(numeric::inverse_erf(0.0) == 0.0);
  CHECK(numeric::inverse_erf(-1.0) == -HUGE_VAL);
}

TEST_CASE("is_finite and is_nan tell NaN and infinities from numbers") {
  for (const float x : {0.0f, -0.0f, FLT_TRUE_MIN, 1.0f, -FLT_MAX, FLT_MAX}) {
    CHECK(numeric::is_finite(x));
    CHECK_FALSE(numeric::is_nan(x));
  }
  for (const float x : {infinity, -infinity, numeric::not_a_number, -numeric::not_a_number})
    CHECK_FALSE(numeric::is_finite(x));
  CHECK(numeric::is_nan(numeric::not_a_number));
  CHECK_FALSE(numeric::is_nan(infinity));
}

TEST_CASE("round_small rounds to even") {
  struct Row {
    float x, rounded;
  };
  for (const Row row : {Row{0.5f, 0}, Row{1.5f, 2}, Row{2.5f, 2}, Row{-0.5f, 0}, Row{-1.5f, -2}, Row{0.49f, 0},
                        Row{-3.7f, -4}, Row{4194303.0f, 4194303.0f}})
    CHECK(numeric::round_small(row.x) == row.rounded);
}
