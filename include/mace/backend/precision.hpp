// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mace {

/// Precision to which the factors of matrix products may be rounded; sums are always in single precision. The
/// constructor of an executor throws Error for a precision that it does not support.
enum class Precision {
  fp32,  ///< no rounding
  tf32,  ///< `cuda`: ten bits of mantissa, for frozen networks only
  bf16,  ///< `cpu` with AVX-512 BF16: eight bits of mantissa, for frozen networks only
};

}  // namespace mace
