// SPDX-License-Identifier: Apache-2.0
#include "mace/posterior/recorded.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "support/executor.hpp"

using namespace mace;

namespace {

struct Twice {
  using Sample = float;
  using Outcome = float;
  MACE_HD float operator()(float x) const { return 2 * x; }
};

}  // namespace

TEST_CASE("a record has all rounds' outcomes in order") {
  auto exec = test::executor();
  std::vector<float> record, outcomes;
  Recorded<Twice> simulator({}, record);
  for (const float first : {1.0f, 3.0f}) {
    const auto round = exec.upload(std::vector<float>{first, first + 1});
    outcomes = test::filled<float>(
        exec, 2, [&](std::span<float> out) { simulate(exec, simulator, std::span<const float>(round.span()), out); });
  }
  CHECK(record == std::vector<float>{2, 4, 6, 8});
  CHECK(outcomes == std::vector<float>{6, 8});
}
