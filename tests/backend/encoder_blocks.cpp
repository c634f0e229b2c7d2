// SPDX-License-Identifier: Apache-2.0
// The body of the encoder's kernel for a device, run by threads of the host.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "mace/backend/cpu/executor.hpp"
#include "mace/model/point_encoder.hpp"
#include "mace/model/point_encoder_block.hpp"
#include "support/host_block.hpp"

using namespace mace;

TEST_CASE("blocks find the largest features of clouds that come in pieces") {
  constexpr Index rows = 70, points = 90, clouds = 4;
  Random random({91, Stream::evaluation, 0}, 0);
  std::vector<float> values(static_cast<std::size_t>(rows * points * clouds));
  for (float& v : values) v = std::floor(30 * random.uniform(-1, 1));  // many ties
  Cpu exec({});
  for (const Index piece : {Index{40}, points, 3 * points, points * clouds}) {
    CAPTURE(piece);
    std::vector<float> wanted(rows * clouds), got(rows * clouds);
    std::vector<std::int32_t> wanted_column(rows * clouds), column(rows * clouds);
    for (Index first = 0; first < points * clouds; first += piece) {
      const MatrixView<const float> part(values.data() + rows * first, rows, std::min(piece, points * clouds - first));
      max_over_points(exec, part, first, points, {wanted.data(), rows, clouds}, {wanted_column.data(), rows, clouds});
      const detail::MaxOverPointsBlocks<float> blocks{
          part, first, points, {got.data(), rows, clouds}, {column.data(), rows, clouds}};
      test::run_blocks(8, blocks.blocks(), blocks);
    }
    CHECK(got == wanted);
    CHECK(column == wanted_column);
  }
}
