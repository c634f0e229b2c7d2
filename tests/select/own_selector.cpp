// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <cstdint>
#include <span>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/select/concept.hpp"

using namespace mace;

namespace {

// [excerpt]
/// Whatever scores at least so much is an elite, the first K of the round that do.
struct GoodEnough {
  float log_score;
  void operator()(Cpu&, std::span<const float> log_scores, std::span<std::int32_t>, Elites<HostSpace>& elites) const {
    std::int32_t found = 0, *const indices = elites.indices.data();
    for (std::size_t i = 0; i < log_scores.size() && found < elites.per_batch; ++i)
      if (log_scores[i] >= log_score) indices[found++] = static_cast<std::int32_t>(i);
    for (Index e = 0; e < elites.per_batch; ++e) {
      if (e >= found) indices[e] = 0;  // always a sample of the round, if of no weight
      elites.weights.data()[e] = e < found ? 1.0f / static_cast<float>(found) : 0.0f;
    }
    elites.found.data()[0] = found;
  }
};
// [excerpt]
static_assert(Selector<GoodEnough, Cpu>);

}  // namespace

TEST_CASE("a user's selector takes what it likes, fewer than K too") {
  Cpu exec({});
  Elites<HostSpace> elites(exec, 3, 1);
  std::vector<std::int32_t> workspace(4);
  const std::vector<float> scores{-1, -5, -2, -0.5f};
  const GoodEnough select{.log_score = -2};
  select(exec, scores, workspace, elites);
  CHECK(elites.found.data()[0] == 3);
  CHECK(elites.indices.data()[2] == 3);
  CHECK(elites.weights.data()[2] == doctest::Approx(1.0 / 3));
  GoodEnough{.log_score = -0.7f}(exec, scores, workspace, elites);
  CHECK(elites.found.data()[0] == 1);
  CHECK(elites.indices.data()[0] == 3);
  CHECK(elites.weights.data()[0] == 1);
  CHECK(elites.weights.data()[1] == 0);
}
