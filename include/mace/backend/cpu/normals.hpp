// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "mace/backend/cpu/isa.hpp"
#include "mace/core/philox.hpp"
#include "mace/core/view.hpp"

namespace mace {

/// Vectorized `normals`, one block per lane: fills the blocks first … last - 1 of a matrix in column-major order.
/// Instruction sets round differently, so their results may differ by a few units in the last place.
struct NormalKernel {
  template <int Bytes>
  MACE_INLINE void run(MatrixView<float> out, const RandomKey* random, Index first, Index last) const {
    constexpr int lanes = Simd<float, Bytes>::lanes;
    const RandomKey key = random->counted();
    const Index blocks = (out.rows() + 3) / 4;
    for (Index start = first; start < last; start += lanes) {
      std::uint32_t sample[lanes], block[lanes];
      for (int lane = 0; lane < lanes; ++lane) {
        sample[lane] = static_cast<std::uint32_t>((start + lane) / blocks);
        block[lane] = static_cast<std::uint32_t>((start + lane) % blocks);
      }
      std::uint32_t word[4][lanes];
      for (int lane = 0; lane < lanes; ++lane) {
        const auto words = key.words(sample[lane], block[lane]);
        for (int i = 0; i < 4; ++i) word[i][lane] = words[i];
      }
      float drawn[4][lanes];
      for (int lane = 0; lane < lanes; ++lane) to_normals(word[0][lane], word[1][lane], drawn[0][lane], drawn[1][lane]);
      for (int lane = 0; lane < lanes; ++lane) to_normals(word[2][lane], word[3][lane], drawn[2][lane], drawn[3][lane]);
      for (int lane = 0; lane < std::min<Index>(lanes, last - start); ++lane) {
        const Index row = 4 * Index{block[lane]};
        for (Index r = row; r < std::min(row + 4, out.rows()); ++r) out(r, sample[lane]) = drawn[r - row][lane];
      }
    }
  }
};

}  // namespace mace
