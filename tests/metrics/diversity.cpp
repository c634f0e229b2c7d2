// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <vector>

#include "mace/metrics/diversity_cpu.hpp"

using namespace mace;

namespace {

using SmallCloud = Cloud<90>;

std::vector<SmallCloud> normal_clouds(std::size_t count) {
  std::vector<SmallCloud> clouds(count);
  for (std::size_t i = 0; i < count; ++i) {
    Random random({3, Stream::data}, static_cast<std::uint32_t>(i));
    for (float& x : clouds[i].xyz) x = random.normal();
  }
  return clouds;
}

double by_brute_force(const std::vector<SmallCloud>& clouds) {
  double sum = 0;
  for (std::size_t i = 0; i < clouds.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      sum += static_cast<double>(chamfer_sum(Neighbors<1>{}, clouds[i].xyz, Index{90}, clouds[j].xyz, Index{90}));
  return sum / (static_cast<double>(clouds.size() * (clouds.size() - 1)) / 2);
}

double diversity_of(const std::vector<SmallCloud>& clouds, int threads) {
  Cpu exec = cpu({.threads = threads});
  return diversity<90>(exec, clouds);
}

}  // namespace

TEST_CASE("diversity is the mean of CD_1 over all pairs") {
  for (const std::size_t count : {2u, 3u, 8u}) {
    const auto clouds = normal_clouds(count);
    CHECK(diversity_of(clouds, 1) == doctest::Approx(by_brute_force(clouds)).epsilon(1e-5));
  }
}

TEST_CASE("diversity has the same bits for any number of threads") {
  const auto clouds = normal_clouds(7);
  CHECK(diversity_of(clouds, 1) == diversity_of(clouds, 3));
}

TEST_CASE("diversity of copies is zero") {
  const std::vector<SmallCloud> clouds(4, normal_clouds(1)[0]);
  CHECK(diversity_of(clouds, 2) == 0.0);
}

TEST_CASE("diversity refuses a single cloud") {
  CHECK_THROWS_WITH_AS(diversity_of(normal_clouds(1), 1), "diversity: wanted at least 2 clouds, got 1", Error);
}
