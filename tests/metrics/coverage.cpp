// SPDX-License-Identifier: Apache-2.0
#include "mace/metrics/coverage.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "mace/core/philox.hpp"

using namespace mace;

namespace {

EmpiricalDistribution normals_of(float deviation, std::uint32_t sample) {
  Random random({17, Stream::data}, sample);
  std::vector<float> values(4000);
  for (float& v : values) v = deviation * random.normal();
  return EmpiricalDistribution(values);
}

}  // namespace

TEST_CASE("EmpiricalDistribution weighs its values") {
  const std::vector<float> values = {3.0f, 1.0f, 2.0f};
  const std::vector<double> weights = {2.0, 4.0, 2.0};
  const EmpiricalDistribution d(values, weights);
  CHECK(d.mean() == doctest::Approx(1.75));
  CHECK(d.standard_deviation() == doctest::Approx(0.829156));
  CHECK(d.quantile(0.0) == 1.0);
  CHECK(d.quantile(0.5) == 1.0);
  CHECK(d.quantile(0.51) == 2.0);
  CHECK(d.quantile(1.0) == 3.0);
  CHECK(d.mass(1.5, 3.0) == doctest::Approx(0.5));
  CHECK(d.mass(1.0, 1.0) == doctest::Approx(0.5));
  CHECK(d.mass(4.0, 5.0) == 0.0);
  CHECK(d.mass(5.0, 4.0) == 0.0);
}

TEST_CASE("EmpiricalDistribution refuses values it cannot weigh") {
  const std::vector<float> values = {1.0f, 2.0f};
  const std::vector<double> one = {1.0}, none = {0.0, 0.0};
  CHECK_THROWS_AS(EmpiricalDistribution({}), Error);
  CHECK_THROWS_AS(EmpiricalDistribution(values, one), Error);
  CHECK_THROWS_AS(EmpiricalDistribution(values, none), Error);
}

TEST_CASE("coverage tells samples that are spread too little or too much") {
  const EmpiricalDistribution exact = normals_of(1.0f, 0);
  const Coverage matched = coverage(normals_of(1.0f, 1), exact, 0.5);
  CHECK(matched.dispersion() == "matched");
  CHECK(matched.exact_mass == doctest::Approx(0.9).epsilon(0.02));
  CHECK(matched.truth_inside);

  const Coverage narrow = coverage(normals_of(0.5f, 2), exact, 1.5);
  CHECK(narrow.dispersion() == "under-dispersed");
  CHECK(narrow.deviation_ratio() == doctest::Approx(0.5).epsilon(0.05));
  CHECK(narrow.exact_mass == doctest::Approx(0.589).epsilon(0.04));  // P(|z| < 1.645 / 2)
  CHECK(!narrow.truth_inside);

  CHECK(coverage(normals_of(2.0f, 3), exact, 0.0).dispersion() == "over-dispersed");
}
