// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mace {

/// How the factors of matrix products may be rounded; sums are in single precision. An executor is made with one, and
/// refuses those that it does not have.
enum class Precision {
  fp32,  ///< not at all
  tf32,  ///< `cuda`: to ten bits of mantissa; in networks that do not change
  bf16,  ///< `cpu`, with AVX-512 BF16: to eight bits of mantissa; in networks that do not change
};

}  // namespace mace
