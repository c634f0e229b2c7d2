// SPDX-License-Identifier: Apache-2.0
#include "mace/robot/srdf.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

#include "mace/core/error.hpp"

/// The reader may refuse the bytes with mace::Error; any other end is a finding.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    mace::parse_srdf(std::as_bytes(std::span(data, size)), "input");
  } catch (const mace::Error&) {
  }
  return 0;
}
