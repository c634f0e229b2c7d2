// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <span>
#include <vector>

#include "mace/backend/cpu/bf16.hpp"
#include "mace/backend/cpu/isa.hpp"
#include "support/skip.hpp"

namespace mace::test {

/// The instruction sets of this machine, the portable one first.
inline std::vector<Isa> available_isas() {
  std::vector<Isa> isas{Isa::portable};
  if (best_isa() >= Isa::avx2) isas.push_back(Isa::avx2);
  if (best_isa() >= Isa::avx512) isas.push_back(Isa::avx512);
  return isas;
}

/// Whether this machine multiplies in bfloat16; if not, the test is skipped.
inline bool has_bf16() {
  if (!bf16::available()) skip("no AVX-512 BF16");
  return bf16::available();
}

/// True if both hold the same bytes: the same bits of every number.
template <class A, class B>
bool same_bits(const A& a, const B& b) {
  const auto left = std::as_bytes(std::span(a)), right = std::as_bytes(std::span(b));
  return left.size() == right.size() && std::memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace mace::test
