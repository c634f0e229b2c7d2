// SPDX-License-Identifier: Apache-2.0
#include "../../benchmarks/paper/box_posterior.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace mace;

namespace {

constexpr Box true_box{0.9f, 0.4f, 0.6f, 0.3f};
constexpr CutPlane everything{{0.0f, 0.0f, 1.0f}, -1.0f};
constexpr CutPlane lower_part{{0.0f, 0.0f, -1.0f}, -0.25f};

/// Of the true box, seen through a cut.
BoxPosterior posterior_of(const CutPlane& cut, Index boxes, std::uint64_t seed = 0, int threads = 2) {
  Random random({23, Stream::data}, 0);
  std::vector<float> xyz(3 * 2048);
  sample_box(true_box, random, xyz.data(), 2048);
  xyz.resize(static_cast<std::size_t>(3 * box_posterior_parts::cut_in_place(cut, xyz)));
  Cpu exec = cpu({.threads = threads});
  return box_posterior(exec, cut, xyz, {.boxes = boxes, .seed = seed});
}

}  // namespace

TEST_CASE("a whole cloud's posterior concentrates at its box") {
  const BoxPosterior posterior = posterior_of(everything, 1024);
  CHECK(posterior.effective_size() > 40);
  for (const Coverage& c : posterior.compare(posterior.boxes, true_box)) {
    CHECK(c.truth_inside);
    CHECK(c.deviation_ratio() > 1.25);  // the unweighted boxes are the prior
  }
  const Box named = canonical_box(true_box, posterior.yaw);
  const float numbers[] = {named.x_edge, named.y_edge, named.height, named.yaw};
  for (int d = 0; d < 4; ++d) {
    CAPTURE(d);
    const EmpiricalDistribution marginal = posterior.marginal(d);
    const double off = marginal.mean() - static_cast<double>(numbers[d]);
    CHECK(std::abs(off) < marginal.standard_deviation());
  }
}

TEST_CASE("what the cut hides stays uncertain") {
  const double seen = posterior_of(everything, 1024).marginal(2).standard_deviation();
  const double hidden = posterior_of(lower_part, 1024).marginal(2).standard_deviation();
  CHECK(hidden > 1.5 * seen);
}

TEST_CASE("another cover of the prior gives the same posterior") {
  const BoxPosterior one = posterior_of(lower_part, 1024), other = posterior_of(lower_part, 1024, 1);
  for (int d = 0; d < 4; ++d) {
    const double deviation = one.marginal(d).standard_deviation();
    CHECK(std::abs(one.marginal(d).mean() - other.marginal(d).mean()) < 0.15 * deviation);
    CHECK(other.marginal(d).standard_deviation() == doctest::Approx(deviation).epsilon(0.1));
  }
}

TEST_CASE("the posterior has the same bits for any number of threads") {
  CHECK(posterior_of(lower_part, 64, 0, 1).weights == posterior_of(lower_part, 64, 0, 3).weights);
}
