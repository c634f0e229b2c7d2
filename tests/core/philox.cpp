// SPDX-License-Identifier: Apache-2.0
#include "mace/core/philox.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace mace;

namespace {

/// Deviations of a standard normal statistic beyond this have probability 1e-6: the false-alarm rate of each check
/// here.
constexpr double rare = 4.892;

/// The first `count` normals of one sample.
std::vector<double> draw(const RandomKey& key, std::uint32_t sample, std::uint32_t count) {
  std::vector<double> values;
  for (std::uint32_t block = 0; block < count / 4; ++block) {
    const Vec<4> four = normals(key, sample, block);
    values.insert(values.end(), four.v, four.v + 4);
  }
  return values;
}

/// sum x y / sqrt(n): standard normal if x and y are independent standard normals.
double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum / std::sqrt(static_cast<double>(x.size()));
}

}  // namespace

TEST_CASE("Philox4x32-10 gives the published known answers") {
  struct Row {
    Vec<4, std::uint32_t> counter;
    Vec<2, std::uint32_t> key;
    Vec<4, std::uint32_t> words;
  };
  const std::uint32_t ones = 0xffffffffu;
  const Row rows[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}},
      {{ones, ones, ones, ones}, {ones, ones}, {0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}},
      {{0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u},
       {0xa4093822u, 0x299f31d0u},
       {0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}},
  };
  for (const Row& row : rows) {
    const auto words = philox4x32(row.counter, row.key);
    for (int i = 0; i < 4; ++i) CHECK(words[i] == row.words[i]);
  }
}

TEST_CASE("words differ when any part of their name does") {
  const RandomKey key{1, Stream::draw, 2};
  const auto words = key.words(3, 4);
  const auto differs = [&](const Vec<4, std::uint32_t>& other) { return !std::equal(words.v, words.v + 4, other.v); };
  CHECK_FALSE(differs(RandomKey{1, Stream::draw, 2}.words(3, 4)));
  CHECK(differs(RandomKey{2, Stream::draw, 2}.words(3, 4)));
  CHECK(differs(RandomKey{1ull << 32 | 1, Stream::draw, 2}.words(3, 4)));
  CHECK(differs(RandomKey{1, Stream::simulator, 2}.words(3, 4)));
  CHECK(differs(RandomKey{1, Stream::draw, 3}.words(3, 4)));
  CHECK(differs(key.words(4, 4)));
  CHECK(differs(key.words(3, 5)));
}

TEST_CASE("to_uniform and to_normals are finite at the ends of their range") {
  CHECK(to_uniform(0) == 0.0f);
  CHECK(to_uniform(0xffffffffu) < 1.0f);
  for (const std::uint32_t radius : {0u, 255u, 256u, 0x80000000u, 0xffffffffu})
    for (const std::uint32_t angle : {0u, 0x40000000u, 0x80000000u, 0xffffffffu}) {
      float first, second;
      to_normals(radius, angle, first, second);
      CHECK(numeric::is_finite(first));
      CHECK(numeric::is_finite(second));
      CHECK(std::hypot(first, second) <= 5.78f);  // sqrt(-2 log 2^-24)
    }
}

TEST_CASE("normals have the moments, the tails and the distribution of N(0, 1)") {
  const std::vector<double> x = draw({7, Stream::draw, 3}, 11, 400'000);
  const double n = static_cast<double>(x.size());
  double mean = 0, square = 0;
  for (const double v : x) mean += v / n, square += v * v / n;
  CHECK(std::abs(mean) * std::sqrt(n) < rare);
  CHECK(std::abs(square - 1) * std::sqrt(n / 2) < rare);

  struct Row {
    double beyond, probability;
  };
  for (const Row row : {Row{1, 0.317310508}, Row{2, 0.0455002639}, Row{3, 0.00269979606}}) {
    const auto tail = std::count_if(x.begin(), x.end(), [&](double v) { return std::abs(v) > row.beyond; });
    const double p = row.probability;
    CHECK(std::abs(static_cast<double>(tail) - n * p) / std::sqrt(n * p * (1 - p)) < rare);
  }

  // Kolmogorov and Smirnov: P(sqrt(n) D > 2.7) < 2 exp(-2 * 2.7^2) = 1e-6.
  std::vector<double> sorted = x;
  std::sort(sorted.begin(), sorted.end());
  double largest = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double expected = 0.5 * std::erfc(-sorted[i] / std::sqrt(2.0));
    largest = std::max({largest, std::abs(expected - static_cast<double>(i) / n),
                        std::abs(expected - static_cast<double>(i + 1) / n)});
  }
  CHECK(largest * std::sqrt(n) < 2.7);
}

TEST_CASE("streams, rounds, samples and lanes are uncorrelated") {
  const std::uint32_t count = 100'000;
  const auto x = draw({7, Stream::draw, 3}, 11, count);
  CHECK(std::abs(correlation(x, draw({8, Stream::draw, 3}, 11, count))) < rare);
  CHECK(std::abs(correlation(x, draw({7, Stream::training, 3}, 11, count))) < rare);
  CHECK(std::abs(correlation(x, draw({7, Stream::draw, 4}, 11, count))) < rare);
  CHECK(std::abs(correlation(x, draw({7, Stream::draw, 3}, 12, count))) < rare);
  for (std::ptrdiff_t lag = 1; lag <= 4; ++lag)
    CHECK(std::abs(correlation({x.begin(), x.end() - 4}, {x.begin() + lag, x.end() - 4 + lag})) < rare);
}

TEST_CASE("Random reads the words of its sample one after the other") {
  const RandomKey key{5, Stream::data, 1};
  Random random(key, 9);
  for (std::uint32_t block = 0; block < 3; ++block)
    for (int i = 0; i < 4; ++i) CHECK(random.word() == key.words(9, block)[i]);

  Random a(key, 2), b(key, 2);
  for (int i = 0; i < 1000; ++i) {
    const float u = a.uniform(-2.0f, 3.0f);
    CHECK(u == -2.0f + 5.0f * b.uniform());
    CHECK(u >= -2.0f);
    CHECK(u < 3.0f);
  }
}
